/**
 * Tables of which no definition is published, and two of our own that hold what a lake must survive. The form is
 * described in `catalogue-line.ts`. Names and types of campaign, product, role and contactleads are the platform's,
 * from its documentation.
 */
const campaign = `
= Campaign	campaigns	Campaign	4400	campaignid	name	UserOwned	tcb
ActualEnd	DateTime	Actual End Date	date=DateOnly
ActualStart	DateTime	Actual Start Date	date=DateOnly
BudgetedCost	Money	Budget Allocated	prec=2	min=0	max=1000000000000
BudgetedCost_Base	Money	Budget Allocated (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
CampaignId	Uniqueidentifier	Campaign	is=rc
CodeName	String	Campaign Code	len=32	db=64
Description	Memo	Description	len=2000
EmailAddress	String	Email Address	len=100	db=200
ExchangeRate	Decimal	Exchange Rate	prec=12	min=1e-12	max=100000000000	is=r
ExpectedResponse	Integer	Expected Response Percentage	min=0	max=1000000000
ExpectedRevenue	Money	Estimated Revenue	prec=2	min=0	max=1000000000000
ExpectedRevenue_Base	Money	Estimated Revenue (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
IsTemplate	Boolean	Template	opt=1=Yes;0=No	is=rc
Message	String	Message	len=256	db=512
Name	String	Name	len=128	db=256
Objective	Memo	Offer	len=2000
OtherCost	Money	Miscellaneous Costs	prec=2	min=0	max=1000000000000
OtherCost_Base	Money	Miscellaneous Costs (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
ProcessId	Uniqueidentifier	Process
PromotionCodeName	String	Promotion Code	len=128	db=256
ProposedEnd	DateTime	Proposed End Date	date=DateOnly
ProposedStart	DateTime	Proposed Start Date	date=DateOnly
StageId	Uniqueidentifier	Process Stage
StateCode	State	Status	opt=0=Active;1=Inactive	is=ru
StatusCode	Status	Status Reason	opt=0@0=Proposed;1@0=Ready To Launch;2@0=Launched;3@0=Completed;4@0=Canceled;5@0=Suspended;6@1=Inactive
TmpRegardingObjectId	String	Tmp Regarding Object	len=36	db=72
TotalActualCost	Money	Total Cost of Campaign	prec=2	min=0	max=100000000000000	is=r
TotalActualCost_Base	Money	Total Cost of Campaign (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
TransactionCurrencyId	Lookup	Currency	to=transactioncurrency
TraversedPath	String	Traversed Path	len=1250	db=2500
TypeCode	Picklist	Campaign Type	opt=1=Advertisement;2=Direct Marketing;3=Event;4=Co-branding;5=Other
`;

const product = `
= Product	products	Product	1024	productid	name	OrganizationOwned	tcb
CurrentCost	Money	Current Cost	prec=4	min=0	max=1000000000000
CurrentCost_Base	Money	Current Cost (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
Description	Memo	Description	len=2000
EntityImageId	Uniqueidentifier	Entity Image Id	is=r
ExchangeRate	Decimal	Exchange Rate	prec=12	min=1e-12	max=100000000000	is=r
HierarchyPath	String	Hierarchy Path	len=450	db=900	is=r
IsKit	Boolean	Is Kit	opt=1=Yes;0=No	is=r
IsStockItem	Boolean	Stock Item	opt=1=Yes;0=No
Name	String	Name	len=100	db=200
ParentProductId	Lookup	Parent	to=product
Price	Money	List Price	prec=4	min=0	max=1000000000000
Price_Base	Money	List Price (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
ProductId	Uniqueidentifier	Product	is=rc
ProductNumber	String	Product ID	len=100	db=200
ProductStructure	Picklist	Product Structure	opt=1=Product;2=Product Family;3=Product Bundle	is=rc
ProductTypeCode	Picklist	Product Type	opt=1=Sales Inventory;2=Miscellaneous Charges;3=Services;4=Flat Fees
ProductUrl	String	URL	len=255	db=510
QuantityDecimal	Integer	Decimals Supported	min=0	max=5
QuantityOnHand	Decimal	Quantity On Hand	prec=5	min=0	max=1000000000
Size	String	Size	len=200	db=400
StandardCost	Money	Standard Cost	prec=4	min=0	max=1000000000000
StandardCost_Base	Money	Standard Cost (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
StateCode	State	Status	opt=0=Active;1=Retired;2=Draft;3=Under Revision	is=ru
StatusCode	Status	Status Reason	opt=1@0=Active;2@1=Retired;0@2=Draft;3@3=Under Revision
StockVolume	Decimal	Stock Volume	prec=5	min=0	max=1000000000
StockWeight	Decimal	Stock Weight	prec=5	min=0	max=1000000000
SupplierName	String	Vendor	len=100	db=200
TransactionCurrencyId	Lookup	Currency	to=transactioncurrency
ValidFromDate	DateTime	Valid From	date=DateOnly
ValidToDate	DateTime	Valid To	date=DateOnly
VendorName	String	Vendor	len=100	db=200
VendorPartNumber	String	Vendor Name	len=100	db=200
`;

const role = `
= Role	roles	Security Role	1036	roleid	name	BusinessOwned	tc
BusinessUnitId	Lookup	Business Unit	to=businessunit	is=rc
CreatedBy	Lookup	Created By	to=systemuser	is=r
CreatedOn	DateTime	Created On	is=r
CreatedOnBehalfBy	Lookup	Created By (Delegate)	to=systemuser	is=r
ImportSequenceNumber	Integer	Import Sequence Number	min=-2147483648	max=2147483647	is=rc
IsInherited	Picklist	Member's privilege inheritance	opt=0=Team privileges only;1=Direct User (Basic) access level and Team privileges
IsManaged	Boolean	State	opt=1=Managed;0=Unmanaged	is=r
ModifiedBy	Lookup	Modified By	to=systemuser	is=r
ModifiedOn	DateTime	Modified On	is=r
ModifiedOnBehalfBy	Lookup	Modified By (Delegate)	to=systemuser	is=r
Name	String	Name	len=100	db=200
OrganizationId	Uniqueidentifier	Organization	is=r
OverriddenCreatedOn	DateTime	Record Created On	date=DateOnly	is=rc
ParentRoleId	Lookup	Parent Role	to=role	is=r
ParentRootRoleId	Lookup	Parent Root Role	to=role	is=r
RoleId	Uniqueidentifier	Role	is=rc
VersionNumber	BigInt	Version number	is=r
= ContactLeads	contactleadscollection	Contact Leads	22	contactleadid		None	tciw
ContactId	Uniqueidentifier		is=r
ContactLeadId	Uniqueidentifier		is=r
LeadId	Uniqueidentifier		is=r
VersionNumber	BigInt		is=r
`;

const own = `
= lake_Everything	lake_everythings	Everything	10001	lake_everythingid	lake_name	UserOwned	tcbx
lake_AnyParent	Lookup	Any Parent	to=account,contact,lake_everything	is=rcux
lake_BigNumber	BigInt	Big Number	is=rcux
lake_Birthday	DateTime	Birthday	date=DateOnly	is=rcux
lake_Choice	Picklist	Choice	opt=100000000=Plain;100000001=With, comma;100000002=With "quotes";100000003=Größe %3B émoji 🎉;2147483647=Largest	is=rcux
lake_Colours	MultiSelectPicklist	Colours	choice=lake_colour	is=rcux
lake_Customer	Customer	Customer	to=account,contact	is=rcux
lake_Decimal	Decimal	Decimal	prec=10	min=-100000000000	max=100000000000	is=rcux
lake_Document	File	Document	is=rcux
lake_Double	Double	Double	prec=5	min=-100000000000	max=100000000000	is=rcux
lake_DoubledAmount	Decimal	Doubled Amount	prec=4	min=-100000000000	max=100000000000	is=rx	src=1
lake_EverythingId	Uniqueidentifier	Everything	is=rcx
lake_Flag	Boolean	Flag	opt=1=Yes;0=No	is=rcux
lake_GlobalColour	Picklist	Global Colour	choice=lake_colour	is=rcux
lake_IsCustomizable	ManagedProperty	Is Customizable	is=rcux
lake_Local	DateTime	Local	is=rcux
lake_Memo	Memo	Memo	len=1048576	is=rcux
lake_Money	Money	Money	prec=4	min=-922337203685477	max=922337203685477	is=rcux
lake_Money_Base	Money	Money (Base)	prec=4	min=-922337203685477	max=922337203685477	is=rx
lake_Name	String	Name	len=850	db=1700	is=rcux
lake_Parties	PartyList	Parties	to=account,contact	is=rcux
lake_Picture	Image	Picture	of=lake_pictureid	is=rcux
lake_PictureId	Uniqueidentifier	Picture Id	is=rx
lake_Picture_Timestamp	BigInt		of=lake_pictureid	is=rx
lake_Picture_URL	String		of=lake_pictureid	len=200	db=400	is=rx
lake_RolledUp	Integer	Rolled Up	min=-2147483648	max=2147483647	is=rx	src=2
lake_Secret	String	Secret	len=100	db=200	is=rcuxs
lake_Table	EntityName	Table	is=rcux
lake_Text	String	Text	len=4000	db=8000	is=rcux
lake_Virtual	Virtual	Virtual	is=rx
lake_Wall	DateTime	Wall Clock	date=TimeZoneIndependent	is=rcux
lake_Whole	Integer	Whole Number	min=-2147483648	max=2147483647	is=rcux
ExchangeRate	Decimal	Exchange Rate	prec=12	min=1e-12	max=100000000000	is=r
StateCode	State	Status	opt=0=Active;1=Inactive	is=ru
StatusCode	Status	Status Reason	opt=1@0=Active;2@1=Inactive
TransactionCurrencyId	Lookup	Currency	to=transactioncurrency
= lake_Untracked	lake_untrackeds	Untracked	10002	lake_untrackedid	lake_name	OrganizationOwned	cbx
lake_Code	String	Code	len=40	db=80	is=rcux
lake_Name	String	Name	len=100	db=200	is=rcux
lake_Score	Integer	Score	min=-2147483648	max=2147483647	is=rcux
lake_UntrackedId	Uniqueidentifier	Untracked	is=rcx
StateCode	State	Status	opt=0=Active;1=Inactive	is=ru
StatusCode	Status	Status Reason	opt=1@0=Active;2@1=Inactive
= lake_Reading	lake_readings	Reading	10003	lake_readingid	lake_name	UserOwned	tcbxe
lake_Measured	DateTime	Measured	is=rcux
lake_Name	String	Name	len=100	db=200	is=rcux
lake_Payload	Memo	Payload	len=1048576	is=rcux
lake_ReadingId	Uniqueidentifier	Reading	is=rcx
lake_Value	Double	Value	prec=5	min=-100000000000	max=100000000000	is=rcux
PartitionId	String	Partition Id	len=1024	db=2048	is=rc
StateCode	State	Status	opt=0=Active;1=Inactive	is=ru
StatusCode	Status	Status Reason	opt=1@0=Active;2@1=Inactive
TTLInSeconds	Integer	Time to live	min=-2147483648	max=2147483647
= lake_Remote	lake_remotes	Remote	10004	lake_remoteid	lake_name	OrganizationOwned	xvw
lake_Name	String	Name	len=100	db=200	is=rcux
lake_RemoteId	Uniqueidentifier	Remote	is=rcx
`;

export const customFacts: string = campaign + product + role + own;

/** The global choices of our own tables, in the form of `choiceFacts`. */
export const customChoiceFacts: string = `lake_colour	Colour	1=Red;2=Green;3=Blue;4=Yellow%3B light;5=קראסנע
`;
