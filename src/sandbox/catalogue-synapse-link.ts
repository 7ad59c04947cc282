/**
 * The tables in which an environment keeps its own profiles of Azure Synapse Link. Names, types, lengths and options are
 * the platform's, from its table reference ("Synapse Link Profile (synapselinkprofile) table/entity reference" and those
 * of synapselinkprofileentity, synapselinkprofileentitystate and synapselinkschedule). Left out are the columns of
 * solution components (componentstate, solutionid and their like). Change tracking is off here: nothing says how it is
 * there. The form is described in `catalogue-line.ts`.
 */
const profile = `
= synapselinkprofile	synapselinkprofiles	Synapse Link Profile	10005	synapselinkprofileid	name	OrganizationOwned	cb
ActivationTime	DateTime	Activation Time
CopyAttachments	Boolean	Copy Attachments	opt=1=Yes;0=No
CopyFiles	Boolean	Copy Files	opt=1=Yes;0=No
datalakefolder	Lookup	Data Lake Folder	to=datalakefolder
DestinationSyncState	Picklist	Destination Sync State	choice=synapselinkdestinationsyncstate
ExtendedProperties	Memo	Extended Properties	len=4000
name	String	Name	len=100	db=200
ProfileState	Picklist	Profile State	choice=synapselinkprofilestate
ProfileType	Picklist	Profile Type	choice=synapselinkprofiletype
ProfileUpdatedTime	DateTime	Profile Updated Time
ProfileVersion	String	Profile Version	len=32	db=64
SnapshotsToPersist	Integer	Snapshots To Persist	min=0	max=100
StateCode	State	Status	opt=0=Active;1=Inactive	is=ru
StatusCode	Status	Status Reason	opt=1@0=Active;2@1=Inactive
synapselinkprofileId	Uniqueidentifier	Synapse Link Profile	is=rc
UniqueName	String	Unique Name	len=100	db=200
`;

const profileEntity = `
= synapselinkprofileentity	synapselinkprofileentities	Synapse Link Profile Entity	10006	synapselinkprofileentityid	name	OrganizationOwned	cb
AppendOnlyMode	Boolean	Append Only Mode	opt=1=Yes;0=No
Enabled	Boolean	Enabled	opt=1=Yes;0=No
EntityName	String	Entity Name	len=64	db=128
EntitySource	Picklist	Entity source	choice=synapselinkentitysource
EntityType	Picklist	Entity Type	choice=synapselinkprofileentitytype
ExtendedProperties	Memo	Extended Properties	len=4000
GenerateParquet	Boolean	Generate Parquet	opt=1=Yes;0=No
name	String	Name	len=100	db=200
PartitionStrategy	Picklist	Partition Strategy	choice=synapselinkentitypartitionstrategy
profile	Lookup	Profile	to=synapselinkprofile
RecordCountPerBlock	Integer	Record Count Per Block	min=0	max=2147483647
StateCode	State	Status	opt=0=Active;1=Inactive	is=ru
StatusCode	Status	Status Reason	opt=1@0=Active;2@1=Inactive
synapselinkprofileentityId	Uniqueidentifier	Synapse Link Profile Entity	is=rc
UniqueName	String	Unique Name	len=150	db=300
`;

const entityState = `
= synapselinkprofileentitystate	synapselinkprofileentitystates	Synapse Link Profile Entity State	10007	synapselinkprofileentitystateid	name	OrganizationOwned	cb
AdditionTime	DateTime	Addition Time
CrmRecordCount	BigInt	CRM Record Count
CrmRecordCountModifiedTime	DateTime	CRM Record Count Modified Time
EntityName	String	EntityName	len=64	db=128
EntitySource	Picklist	Entity source	choice=synapselinkentitysource
EntityType	Picklist	EntityType	choice=synapselinkprofileentitytype
InitialSyncDataCompletedTime	DateTime	Initial Sync Data Completed Time
InitialSyncMetadataCreatedTime	DateTime	Initial Sync Metadata Created Time
InitialSyncProcessCompletedTime	DateTime	Initial Sync Process Completed Time
InitialSyncState	Picklist	Initial Sync State	choice=synapselinkentitysyncstate
LakeRecordCount	BigInt	Lake Record Count
LakeRecordCountModifiedTime	DateTime	Lake Record Count Modified Time
LastSyncedDataTime	DateTime	Last Synced Data Time
LastSyncedDataVersion	String	Last Synced Data Version	len=32	db=64
LastSyncedMetadataTime	DateTime	Last Synced Metadata Time
LastSyncedMetadataVersion	String	Last Synced Metadata Version	len=32	db=64
MetadataState	Picklist	Metadata State	choice=synapselinkentitymetadatastate
name	String	Name	len=100	db=200
profile	Lookup	Profile	to=synapselinkprofile
profileentity	Lookup	ProfileEntity	to=synapselinkprofileentity
StateCode	State	Status	opt=0=Active;1=Inactive	is=ru
StatusCode	Status	Status Reason	opt=1@0=Active;2@1=Inactive
synapselinkprofileentitystateId	Uniqueidentifier	Synapse Link Profile Entity State	is=rc
SynapseTableCreationState	Picklist	Synapse Table Creation State	choice=synapsetablecreationstate
SyncState	Picklist	Sync State	choice=synapselinkentitysyncstate
`;

const schedule = `
= synapselinkschedule	synapselinkschedules	Synapse Link Schedule	10008	synapselinkscheduleid	name	OrganizationOwned	cb
EntityName	String	Entity Name	len=100	db=200
name	String	Name	len=100	db=200
profile	Lookup	Profile	to=synapselinkprofile
RecurrenceInterval	Integer	Recurrence Interval	min=0	max=999999
RecurrenceUnit	Picklist	Recurrence Unit	choice=synapselinkschedulerecurrenceunit
StartTime	DateTime	Start Time
StateCode	State	Status	opt=0=Active;1=Inactive	is=ru
StatusCode	Status	Status Reason	opt=1@0=Active;2@1=Inactive
synapselinkscheduleId	Uniqueidentifier	Synapse Link Schedule	is=rc
Type	Picklist	Type	choice=synapselinkscheduletype
UniqueName	String	Unique Name	len=100	db=200
`;

export const synapseLinkFacts: string = profile + profileEntity + entityState + schedule;

/** The global choices of those tables, in the form of `choiceFacts`. */
export const synapseLinkChoiceFacts: string = `synapselinkdestinationsyncstate	Destination Sync State	0=None;1=NotCompleted;2=Completed
synapselinkprofilestate	Profile State	0=Inactive;1=Active;2=Error;3=Deleted;4=Aborting;5=Aborted;6=Suspended;7=Suspending;8=Deactivated
synapselinkprofiletype	Profile Type	0=SynapseLink;1=EventAnalytics
synapselinkentitysource	Entity source	0=Dataverse;1=FnOTables
synapselinkprofileentitytype	Entity Type	0=Requested
synapselinkentitypartitionstrategy	Partition Strategy	0=Year;1=Month;2=HalfMonth;3=FiveDay
synapselinkentitysyncstate	Sync State	0=None;1=NotStarted;2=InProgress;4=Completed;8=CompletedWithFailures;16=RequestedInitialData;32=Paused;64=PostProcessing
synapselinkentitymetadatastate	Metadata State	0=None;1=NotCreated;2=MetadataCreating;4=RelationshipCreating;8=Created;16=Failure
synapsetablecreationstate	Synapse Table Creation State	0=NotStarted;1=InProgress;2=Completed;3=Failed
synapselinkscheduletype	Type	0=Snapshot;1=IncrementalUpdate
synapselinkschedulerecurrenceunit	Recurrence Unit	0=None;1=Minute;2=Hour;3=Day;4=Week;5=Month;6=Year
`;
