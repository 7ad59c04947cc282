/**
 * What the generator cannot read off the published definitions: which tables there are, what lookups point to,
 * options of choices, and three tables of which no definition is published. Lines are those of
 * `src/sandbox/catalogue-line.ts`.
 */
export interface PlannedTable {
  /** The table line, without `= `. */
  readonly line: string;
  /** Where the columns come from, in this order; the first to name a column wins. */
  readonly from: readonly ('definition' | 'generated' | 'model' | `generated:${string}`)[];
  /** Columns of the sources that this table does not have. */
  readonly without?: readonly string[];
  /** Columns added or replaced. */
  readonly more?: readonly string[];
}

const ACTIVITY_ONLY_TASK = ['crmtaskassigneduniqueid', 'percentcomplete', 'subscriptionid', 'regardingobject'];

const CUSTOMER = 'CustomerId\tCustomer\tCustomer\tto=account,contact';
const PRIORITY = '0=Low;1=Normal;2=High';

export const plan: readonly PlannedTable[] = [
  { line: 'Account\taccounts\tAccount\t1\taccountid\tname\tUserOwned\ttcw', from: ['definition'] },
  { line: 'Contact\tcontacts\tContact\t2\tcontactid\tfullname\tUserOwned\ttcw', from: ['definition'] },
  {
    line: 'Lead\tleads\tLead\t4\tleadid\tfullname\tUserOwned\ttcb',
    from: ['model'],
    more: [
      CUSTOMER,
      'AccountId\tLookup\tAccount\tto=account\tis=r',
      'ContactId\tLookup\tContact\tto=contact\tis=r',
      'EMailAddress1\tString\tEmail\tlen=100\tdb=200',
    ],
  },
  {
    line: 'Opportunity\topportunities\tOpportunity\t3\topportunityid\tname\tUserOwned\ttcb',
    from: ['model'],
    more: [
      CUSTOMER,
      'AccountId\tLookup\tAccount\tto=account\tis=r',
      'ContactId\tLookup\tContact\tto=contact\tis=r',
      'BudgetStatus\tPicklist\tBudget\topt=0=No Committed Budget;1=May Buy;2=Can Buy;3=Will Buy',
      'InitialCommunication\tPicklist\tInitial Communication\topt=0=Contacted;1=Not Contacted',
      'Need\tPicklist\tNeed\topt=0=Must have;1=Should have;2=Good to have;3=No need',
      'PurchaseProcess\tPicklist\tPurchase Process\topt=0=Individual;1=Committee;2=Unknown',
      'PurchaseTimeframe\tPicklist\tPurchase Timeframe\topt=0=Immediate;1=This Quarter;2=Next Quarter;3=This Year;4=Unknown',
    ],
  },
  {
    line: 'Incident\tincidents\tCase\t112\tincidentid\ttitle\tUserOwned\ttcb',
    from: ['model'],
    more: [
      CUSTOMER,
      'IncidentId\tUniqueidentifier\tCase\tis=rc',
      'AccountId\tLookup\tAccount\tto=account\tis=r',
      'ContactId\tLookup\tContact\tto=contact\tis=r',
      'SubjectId\tLookup\tSubject\tto=subject',
      'CreatedByExternalParty\tLookup\tCreated By (External Party)\tto=externalparty\tis=r',
      'ModifiedByExternalParty\tLookup\tModified By (External Party)\tto=externalparty\tis=r',
      'MessageTypeCode\tPicklist\tReceived As\topt=0=Public Message;1=Private Message',
    ],
  },
  {
    line: 'Task\ttasks\tTask\t4212\tactivityid\tsubject\tUserOwned\ttca',
    from: ['generated', 'model'],
    without: ['regardingobject'],
    more: [`PriorityCode\tPicklist\tPriority\topt=${PRIORITY}`],
  },
  {
    line: 'Email\temails\tEmail\t4202\tactivityid\tsubject\tUserOwned\ttca',
    from: ['generated', 'model'],
    without: ['regardingobject'],
    more: [
      `PriorityCode\tPicklist\tPriority\topt=${PRIORITY}`,
      `DeliveryPriorityCode\tPicklist\tDelivery Priority\topt=${PRIORITY}`,
    ],
  },
  {
    line: 'PhoneCall\tphonecalls\tPhone Call\t4210\tactivityid\tsubject\tUserOwned\ttca',
    from: ['model', 'generated:task'],
    without: ACTIVITY_ONLY_TASK,
    more: [
      'From\tPartyList\tCall From\tto=account,contact,lead,systemuser',
      'To\tPartyList\tCall To\tto=account,contact,lead,systemuser',
      'DirectionCode\tBoolean\tDirection\topt=1=Outgoing;0=Incoming',
      'LeftVoiceMail\tBoolean\tLeft Voice Mail\topt=1=Yes;0=No',
      `PriorityCode\tPicklist\tPriority\topt=${PRIORITY}`,
    ],
  },
  {
    line: 'Appointment\tappointments\tAppointment\t4201\tactivityid\tsubject\tUserOwned\ttca',
    from: ['model', 'generated:task'],
    without: ACTIVITY_ONLY_TASK,
    more: [
      'RequiredAttendees\tPartyList\tRequired Attendees\tto=account,contact,lead,systemuser',
      'OptionalAttendees\tPartyList\tOptional Attendees\tto=account,contact,lead,systemuser',
      'Organizer\tPartyList\tOrganizer\tto=systemuser',
      'InstanceTypeCode\tPicklist\tAppointment Type\topt=0=Not Recurring;1=Recurring Master;2=Recurring Instance;3=Recurring Exception;4=Recurring Future Exception\tis=r',
      'SeriesId\tUniqueidentifier\tSeries Id\tis=r',
      `PriorityCode\tPicklist\tPriority\topt=${PRIORITY}`,
    ],
  },
  {
    line: 'ActivityPointer\tactivitypointers\tActivity\t4200\tactivityid\tsubject\tUserOwned\ttca',
    from: ['generated'],
    more: [
      `PriorityCode\tPicklist\tPriority\topt=${PRIORITY}`,
      `DeliveryPriorityCode\tPicklist\tDelivery Priority\topt=${PRIORITY}\tis=r`,
      'Community\tPicklist\tSocial Channel\topt=0=Other;1=Facebook;2=Twitter',
      'InstanceTypeCode\tPicklist\tRecurring Instance Type\topt=0=Not Recurring;1=Recurring Master;2=Recurring Instance;3=Recurring Exception;4=Recurring Future Exception\tis=r',
    ],
  },
  {
    line: 'ActivityParty\tactivityparties\tActivity Party\t135\tactivitypartyid\tpartyidname\tNone\ttc',
    from: ['generated'],
    more: [
      'ActivityId\tLookup\tActivity\tto=activitypointer,appointment,email,phonecall,task',
      'PartyId\tLookup\tParty\tto=account,contact,lead,systemuser',
      'OwnerId\tOwner\tOwner\tto=systemuser,team\tis=r',
      'InstanceTypeCode\tPicklist\tAppointment Type\topt=0=Not Recurring;1=Recurring Master;2=Recurring Instance;3=Recurring Exception;4=Recurring Future Exception\tis=r',
      'ParticipationTypeMask\tPicklist\tParticipation Type\topt=1=Sender;2=To Recipient;3=CC Recipient;4=BCC Recipient;5=Required attendee;6=Optional attendee;7=Organizer;8=Regarding;9=Owner;10=Resource;11=Customer',
    ],
  },
  { line: 'Annotation\tannotations\tNote\t5\tannotationid\tsubject\tUserOwned\ttcw', from: ['definition'] },
  {
    line: 'SystemUser\tsystemusers\tUser\t8\tsystemuserid\tfullname\tBusinessOwned\ttc',
    from: ['generated'],
    more: [
      'AzureState\tPicklist\tAzure State\topt=0=Exists;1=Soft deleted;2=Not found or hard deleted',
      'DeletedState\tPicklist\tDeleted State\topt=0=Not deleted;1=Soft deleted',
      'SystemManagedUserType\tPicklist\tSystem Managed User Type\topt=0=Entra User;1=C2 User;2=Impersonable Stub User;3=Agentic User',
    ],
  },
  { line: 'Team\tteams\tTeam\t9\tteamid\tname\tBusinessOwned\ttcw', from: ['definition'] },
  {
    line: 'BusinessUnit\tbusinessunits\tBusiness Unit\t10\tbusinessunitid\tname\tBusinessOwned\ttc',
    from: ['generated'],
  },
  {
    line: 'TransactionCurrency\ttransactioncurrencies\tCurrency\t9105\ttransactioncurrencyid\tcurrencyname\tOrganizationOwned\ttc',
    from: ['generated'],
    more: ['CurrencyType\tPicklist\tCurrency Type\topt=0=System;1=Custom'],
  },
  {
    line: 'SystemUserRoles\tsystemuserrolescollection\tUser Role\t15\tsystemuserroleid\t\tNone\ttciw',
    from: ['definition'],
  },
];

/** What lookups of the generated classes point to; the classes do not say it. */
export const lookupTargets: Readonly<Record<string, string>> = {
  acceptingentityid: 'queue,systemuser,team',
  businessunitid: 'businessunit',
  calendarid: 'calendar',
  correlatedactivityid: 'email',
  createdby: 'systemuser',
  createdonbehalfby: 'systemuser',
  defaultmailbox: 'mailbox',
  emailsender: 'account,contact,lead,queue,systemuser',
  mobileofflineprofileid: 'mobileofflineprofile',
  modifiedby: 'systemuser',
  modifiedonbehalfby: 'systemuser',
  organizationid: 'organization',
  ownerid: 'systemuser,team',
  owningbusinessunit: 'businessunit',
  owningteam: 'team',
  owninguser: 'systemuser',
  parentactivityid: 'email',
  parentbusinessunitid: 'businessunit',
  parentsystemuserid: 'systemuser',
  positionid: 'position',
  queueid: 'queue',
  receivingmailboxid: 'mailbox',
  regardingobjectid: 'account,campaign,contact,incident,lead,opportunity',
  sendermailboxid: 'mailbox',
  sendersaccount: 'account',
  sensitivitylabelid: 'sensitivitylabel',
  slaid: 'sla',
  slainvokedid: 'sla',
  templateid: 'template',
  territoryid: 'territory',
  transactioncurrencyid: 'transactioncurrency',
};

/** Party lists of the generated classes. */
export const partyTargets = 'account,contact,lead,systemuser';

/** Tables an organization with sales and service has notes on, beyond those of the published definition. */
export const noteTargets: readonly string[] = ['lead', 'opportunity', 'incident', 'campaign', 'product'];
