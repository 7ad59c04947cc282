// Written by tools/generate-catalogue.ts from the published definitions named in NOTICE; do not edit.
// The form is described in catalogue-line.ts.

export const tableFacts: string = `= Account	accounts	Account	1	accountid	name	UserOwned	tcw
AccountCategoryCode	Picklist	Category	opt=1=Preferred Customer;2=Standard
AccountCategoryCodeName	Virtual		of=accountcategorycode	is=r
AccountClassificationCode	Picklist	Classification	opt=1=Default Value
AccountClassificationCodeName	Virtual		of=accountclassificationcode	is=r
AccountId	Uniqueidentifier	Account	is=rc
AccountNumber	String	Account Number	len=20	db=40
AccountRatingCode	Picklist	Account Rating	opt=1=Default Value
AccountRatingCodeName	Virtual		of=accountratingcode	is=r
Address1_AddressId	Uniqueidentifier	Address 1: ID
Address1_AddressTypeCode	Picklist	Address 1: Address Type	opt=1=Bill To;2=Ship To;3=Primary;4=Other
Address1_AddressTypeCodeName	Virtual		of=address1_addresstypecode	is=r
Address1_City	String	Address 1: City	len=80	db=160
Address1_Composite	Memo	Address 1	len=1000	is=r
Address1_Country	String	Address 1: Country/Region	len=80	db=160
Address1_County	String	Address 1: County	len=50	db=100
Address1_Fax	String	Address 1: Fax	len=50	db=100
Address1_FreightTermsCode	Picklist	Address 1: Freight Terms	opt=1=FOB;2=No Charge
Address1_FreightTermsCodeName	Virtual		of=address1_freighttermscode	is=r
Address1_Latitude	Double	Address 1: Latitude	prec=5	min=-90	max=90
Address1_Line1	String	Address 1: Street 1	len=250	db=500
Address1_Line2	String	Address 1: Street 2	len=250	db=500
Address1_Line3	String	Address 1: Street 3	len=250	db=500
Address1_Longitude	Double	Address 1: Longitude	prec=5	min=-180	max=180
Address1_Name	String	Address 1: Name	len=200	db=400
Address1_PostalCode	String	Address 1: ZIP/Postal Code	len=20	db=40
Address1_PostOfficeBox	String	Address 1: Post Office Box	len=20	db=40
Address1_PrimaryContactName	String	Address 1: Primary Contact Name	len=100	db=300
Address1_ShippingMethodCode	Picklist	Address 1: Shipping Method	opt=1=Airborne;2=DHL;3=FedEx;4=UPS;5=Postal Mail;6=Full Load;7=Will Call
Address1_ShippingMethodCodeName	Virtual		of=address1_shippingmethodcode	is=r
Address1_StateOrProvince	String	Address 1: State/Province	len=50	db=100
Address1_Telephone1	String	Address Phone	len=50	db=100
Address1_Telephone2	String	Address 1: Telephone 2	len=50	db=100
Address1_Telephone3	String	Address 1: Telephone 3	len=50	db=100
Address1_UPSZone	String	Address 1: UPS Zone	len=4	db=8
Address1_UTCOffset	Integer	Address 1: UTC Offset	min=-1500	max=1500
Address2_AddressId	Uniqueidentifier	Address 2: ID
Address2_AddressTypeCode	Picklist	Address 2: Address Type	opt=1=Default Value
Address2_AddressTypeCodeName	Virtual		of=address2_addresstypecode	is=r
Address2_City	String	Address 2: City	len=80	db=160
Address2_Composite	Memo	Address 2	len=1000	is=r
Address2_Country	String	Address 2: Country/Region	len=80	db=160
Address2_County	String	Address 2: County	len=50	db=100
Address2_Fax	String	Address 2: Fax	len=50	db=100
Address2_FreightTermsCode	Picklist	Address 2: Freight Terms	opt=1=Default Value
Address2_FreightTermsCodeName	Virtual		of=address2_freighttermscode	is=r
Address2_Latitude	Double	Address 2: Latitude	prec=5	min=-90	max=90
Address2_Line1	String	Address 2: Street 1	len=250	db=500
Address2_Line2	String	Address 2: Street 2	len=250	db=500
Address2_Line3	String	Address 2: Street 3	len=250	db=500
Address2_Longitude	Double	Address 2: Longitude	prec=5	min=-180	max=180
Address2_Name	String	Address 2: Name	len=200	db=400
Address2_PostalCode	String	Address 2: ZIP/Postal Code	len=20	db=40
Address2_PostOfficeBox	String	Address 2: Post Office Box	len=20	db=40
Address2_PrimaryContactName	String	Address 2: Primary Contact Name	len=100	db=300
Address2_ShippingMethodCode	Picklist	Address 2: Shipping Method	opt=1=Default Value
Address2_ShippingMethodCodeName	Virtual		of=address2_shippingmethodcode	is=r
Address2_StateOrProvince	String	Address 2: State/Province	len=50	db=100
Address2_Telephone1	String	Address 2: Telephone 1	len=50	db=100
Address2_Telephone2	String	Address 2: Telephone 2	len=50	db=100
Address2_Telephone3	String	Address 2: Telephone 3	len=50	db=100
Address2_UPSZone	String	Address 2: UPS Zone	len=4	db=8
Address2_UTCOffset	Integer	Address 2: UTC Offset	min=-1500	max=1500
Adx_CreatedByIPAddress	String	Created By (IP Address)	len=100	db=200	is=rcux
Adx_CreatedByUsername	String	Created By (User Name)	len=100	db=200	is=rcux
Adx_ModifiedByIPAddress	String	Modified By (IP Address)	len=100	db=200	is=rcux
Adx_ModifiedByUsername	String	Modified By (User Name)	len=100	db=200	is=rcux
Aging30	Money	Aging 30	prec=2	min=0	max=100000000000000	is=r
Aging30_Base	Money	Aging 30 (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
Aging60	Money	Aging 60	prec=2	min=0	max=100000000000000	is=r
Aging60_Base	Money	Aging 60 (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
Aging90	Money	Aging 90	prec=2	min=0	max=100000000000000	is=r
Aging90_Base	Money	Aging 90 (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
BusinessTypeCode	Picklist	Business Type	opt=1=Default Value
BusinessTypeCodeName	Virtual		of=businesstypecode	is=r
CreatedBy	Lookup	Created By	to=systemuser	is=r
CreatedByExternalParty	Lookup	Created By (External Party)	to=externalparty	is=r
CreatedByExternalPartyName	String		of=createdbyexternalparty	len=100	db=320	is=r
CreatedByExternalPartyYomiName	String		of=createdbyexternalparty	len=100	db=320	is=r
CreatedByName	String		of=createdby	len=100	db=320	is=r
CreatedByYomiName	String		of=createdby	len=100	db=320	is=r
CreatedOn	DateTime	Created On	is=r
CreatedOnBehalfBy	Lookup	Created By (Delegate)	to=systemuser	is=r
CreatedOnBehalfByName	String		of=createdonbehalfby	len=100	db=320	is=r
CreatedOnBehalfByYomiName	String		of=createdonbehalfby	len=100	db=320	is=r
CreditLimit	Money	Credit Limit	prec=2	min=0	max=100000000000000
CreditLimit_Base	Money	Credit Limit (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
CreditOnHold	Boolean	Credit Hold	opt=1=Yes;0=No
CreditOnHoldName	Virtual		of=creditonhold	is=r
CustomerSizeCode	Picklist	Customer Size	opt=1=Default Value
CustomerSizeCodeName	Virtual		of=customersizecode	is=r
CustomerTypeCode	Picklist	Relationship Type	opt=1=Competitor;2=Consultant;3=Customer;4=Investor;5=Partner;6=Influencer;7=Press;8=Prospect;9=Reseller;10=Supplier;11=Vendor;12=Other
CustomerTypeCodeName	Virtual		of=customertypecode	is=r
Description	Memo	Description	len=2000
DoNotBulkEMail	Boolean	Do not allow Bulk Emails	opt=1=Do Not Allow;0=Allow
DoNotBulkEMailName	Virtual		of=donotbulkemail	is=r
DoNotBulkPostalMail	Boolean	Do not allow Bulk Mails	opt=1=Yes;0=No
DoNotBulkPostalMailName	Virtual		of=donotbulkpostalmail	is=r
DoNotEMail	Boolean	Do not allow Emails	opt=1=Do Not Allow;0=Allow
DoNotEMailName	Virtual		of=donotemail	is=r
DoNotFax	Boolean	Do not allow Faxes	opt=1=Do Not Allow;0=Allow
DoNotFaxName	Virtual		of=donotfax	is=r
DoNotPhone	Boolean	Do not allow Phone Calls	opt=1=Do Not Allow;0=Allow
DoNotPhoneName	Virtual		of=donotphone	is=r
DoNotPostalMail	Boolean	Do not allow Mails	opt=1=Do Not Allow;0=Allow
DoNotPostalMailName	Virtual		of=donotpostalmail	is=r
DoNotSendMarketingMaterialName	Virtual		of=donotsendmm	is=r
DoNotSendMM	Boolean	Send Marketing Materials	opt=1=Do Not Send;0=Send
EMailAddress1	String	Email	len=100	db=200
EMailAddress2	String	Email Address 2	len=100	db=200
EMailAddress3	String	Email Address 3	len=100	db=200
EntityImage	Image	Default Image	of=entityimageid
EntityImage_Timestamp	BigInt		of=entityimageid	is=r
EntityImage_URL	String		of=entityimageid	len=200	db=400	is=r
EntityImageId	Uniqueidentifier	Entity Image Id	is=r
ExchangeRate	Decimal	Exchange Rate	prec=12	min=1e-12	max=100000000000	is=r
Fax	String	Fax	len=50	db=100
FollowEmail	Boolean	Follow Email Activity	opt=1=Allow;0=Do Not Allow
FollowEmailName	Virtual		of=followemail	is=r
FtpSiteURL	String	FTP Site	len=200	db=400
ImportSequenceNumber	Integer	Import Sequence Number	min=-2147483648	max=2147483647	is=rc
IndustryCode	Picklist	Industry	opt=1=Accounting;2=Agriculture and Non-petrol Natural Resource Extraction;3=Broadcasting Printing and Publishing;4=Brokers;5=Building Supply Retail;6=Business Services;7=Consulting;8=Consumer Services;9=Design, Direction and Creative Management;10=Distributors, Dispatchers and Processors;11=Doctor's Offices and Clinics;12=Durable Manufacturing;13=Eating and Drinking Places;14=Entertainment Retail;15=Equipment Rental and Leasing;16=Financial;17=Food and Tobacco Processing;18=Inbound Capital Intensive Processing;19=Inbound Repair and Services;20=Insurance;21=Legal Services;22=Non-Durable Merchandise Retail;23=Outbound Consumer Service;24=Petrochemical Extraction and Distribution;25=Service Retail;26=SIG Affiliations;27=Social Services;28=Special Outbound Trade Contractors;29=Specialty Realty;30=Transportation;31=Utility Creation and Distribution;32=Vehicle Retail;33=Wholesale
IndustryCodeName	Virtual		of=industrycode	is=r
IsPrivate	Boolean		opt=1=Yes;0=No	is=
IsPrivateName	Virtual		of=isprivate	is=r
LastOnHoldTime	DateTime	Last On Hold Time
LastUsedInCampaign	DateTime	Last Date Included in Campaign	is=ru
MarketCap	Money	Market Capitalization	prec=2	min=0	max=100000000000000
MarketCap_Base	Money	Market Capitalization (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
MarketingOnly	Boolean	Marketing Only	opt=1=Yes;0=No
MarketingOnlyName	Virtual		of=marketingonly	is=r
MasterAccountIdName	String		of=masterid	len=100	db=320	is=r
MasterAccountIdYomiName	String		of=masterid	len=100	db=320	is=r
MasterId	Lookup	Master ID	to=account	is=r
Merged	Boolean	Merged	opt=1=Yes;0=No	is=r
MergedName	Virtual		of=merged	is=r
ModifiedBy	Lookup	Modified By	to=systemuser	is=r
ModifiedByExternalParty	Lookup	Modified By (External Party)	to=externalparty	is=r
ModifiedByExternalPartyName	String		of=modifiedbyexternalparty	len=100	db=320	is=r
ModifiedByExternalPartyYomiName	String		of=modifiedbyexternalparty	len=100	db=320	is=r
ModifiedByName	String		of=modifiedby	len=100	db=320	is=r
ModifiedByYomiName	String		of=modifiedby	len=100	db=320	is=r
ModifiedOn	DateTime	Modified On	is=r
ModifiedOnBehalfBy	Lookup	Modified By (Delegate)	to=systemuser	is=r
ModifiedOnBehalfByName	String		of=modifiedonbehalfby	len=100	db=320	is=r
ModifiedOnBehalfByYomiName	String		of=modifiedonbehalfby	len=100	db=320	is=r
msa_managingpartnerid	Lookup	Managing Partner	to=account	is=rcux
msa_managingpartneridName	String		of=msa_managingpartnerid	len=160	db=320	is=rx
msa_managingpartneridYomiName	String		of=msa_managingpartnerid	len=160	db=320	is=rx
Name	String	Account Name	len=160	db=320
NumberOfEmployees	Integer	Number of Employees	min=0	max=1000000000
OnHoldTime	Integer	On Hold Time (Minutes)	min=-2147483648	max=2147483647	is=r
OverriddenCreatedOn	DateTime	Record Created On	is=rc
OwnerId	Owner	Owner	to=systemuser,team
OwnerIdName	String		of=ownerid	len=100	db=320	is=r
OwnerIdType	EntityName		of=ownerid
OwnerIdYomiName	String		of=ownerid	len=100	db=320	is=r
OwnershipCode	Picklist	Ownership	opt=1=Public;2=Private;3=Subsidiary;4=Other
OwnershipCodeName	Virtual		of=ownershipcode	is=r
OwningBusinessUnit	Lookup	Owning Business Unit	to=businessunit	is=r
OwningBusinessUnitName	String		of=owningbusinessunit	len=160	db=320	is=r
OwningTeam	Lookup	Owning Team	to=team	is=r
OwningUser	Lookup	Owning User	to=systemuser	is=r
ParentAccountId	Lookup	Parent Account	to=account
ParentAccountIdName	String		of=parentaccountid	len=100	db=320	is=r
ParentAccountIdYomiName	String		of=parentaccountid	len=100	db=320	is=r
ParticipatesInWorkflow	Boolean	Participates in Workflow	opt=1=Yes;0=No
ParticipatesInWorkflowName	Virtual		of=participatesinworkflow	is=r
PaymentTermsCode	Picklist	Payment Terms	opt=1=Net 30;2=2%25 10, Net 30;3=Net 45;4=Net 60
PaymentTermsCodeName	Virtual		of=paymenttermscode	is=r
PreferredAppointmentDayCode	Picklist	Preferred Day	opt=0=Sunday;1=Monday;2=Tuesday;3=Wednesday;4=Thursday;5=Friday;6=Saturday
PreferredAppointmentDayCodeName	Virtual		of=preferredappointmentdaycode	is=r
PreferredAppointmentTimeCode	Picklist	Preferred Time	opt=1=Morning;2=Afternoon;3=Evening
PreferredAppointmentTimeCodeName	Virtual		of=preferredappointmenttimecode	is=r
PreferredContactMethodCode	Picklist	Preferred Method of Contact	opt=1=Any;2=Email;3=Phone;4=Fax;5=Mail
PreferredContactMethodCodeName	Virtual		of=preferredcontactmethodcode	is=r
PreferredSystemUserId	Lookup	Preferred User	to=systemuser
PreferredSystemUserIdName	String		of=preferredsystemuserid	len=100	db=320	is=r
PreferredSystemUserIdYomiName	String		of=preferredsystemuserid	len=100	db=320	is=r
PrimaryContactId	Lookup	Primary Contact	to=contact
PrimaryContactIdName	String		of=primarycontactid	len=100	db=320	is=r
PrimaryContactIdYomiName	String		of=primarycontactid	len=100	db=320	is=r
PrimarySatoriId	String	Primary Satori ID	len=200	db=400
PrimaryTwitterId	String	Primary Twitter ID	len=128	db=256
ProcessId	Uniqueidentifier	Process
Revenue	Money	Annual Revenue	prec=2	min=0	max=100000000000000
Revenue_Base	Money	Annual Revenue (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
SharesOutstanding	Integer	Shares Outstanding	min=0	max=1000000000
ShippingMethodCode	Picklist	Shipping Method	opt=1=Default Value
ShippingMethodCodeName	Virtual		of=shippingmethodcode	is=r
SIC	String	SIC Code	len=20	db=40
SLAId	Lookup	SLA	to=sla
SLAInvokedId	Lookup	Last SLA applied	to=sla	is=r
SLAInvokedIdName	String		of=slainvokedid	len=100	db=320	is=r
SLAName	String		of=slaid	len=100	db=200	is=r
StageId	Uniqueidentifier	(Deprecated) Process Stage
StateCode	State	Status	opt=0=Active;1=Inactive	is=ru
StateCodeName	Virtual		of=statecode	is=r
StatusCode	Status	Status Reason	opt=1@0=Active;2@1=Inactive
StatusCodeName	Virtual		of=statuscode	is=r
StockExchange	String	Stock Exchange	len=20	db=40
Telephone1	String	Main Phone	len=50	db=100
Telephone2	String	Other Phone	len=50	db=100
Telephone3	String	Telephone 3	len=50	db=100
TerritoryCode	Picklist	Territory Code	opt=1=Default Value
TerritoryCodeName	Virtual		of=territorycode	is=r
TickerSymbol	String	Ticker Symbol	len=10	db=20
TimeSpentByMeOnEmailAndMeetings	String	Time Spent by me	len=1250	db=2500	is=r
TimeZoneRuleVersionNumber	Integer	Time Zone Rule Version Number	min=-1	max=2147483647
TransactionCurrencyId	Lookup	Currency	to=transactioncurrency
TransactionCurrencyIdName	String		of=transactioncurrencyid	len=100	db=200	is=r
TraversedPath	String	(Deprecated) Traversed Path	len=1250	db=2500
UTCConversionTimeZoneCode	Integer	UTC Conversion Time Zone Code	min=-1	max=2147483647
VersionNumber	BigInt	Version Number	is=r
WebSiteURL	String	Website	len=200	db=400
YomiName	String	Yomi Account Name	len=160	db=320
= Contact	contacts	Contact	2	contactid	fullname	UserOwned	tcw
AccountId	Lookup	Account	to=account	is=r
AccountIdName	String		of=accountid	len=100	db=320	is=r
AccountIdYomiName	String		of=accountid	len=100	db=320	is=r
AccountRoleCode	Picklist	Role	opt=1=Decision Maker;2=Employee;3=Influencer
AccountRoleCodeName	Virtual		of=accountrolecode	is=r
Address1_AddressId	Uniqueidentifier	Address 1: ID
Address1_AddressTypeCode	Picklist	Address 1: Address Type	opt=1=Bill To;2=Ship To;3=Primary;4=Other
Address1_AddressTypeCodeName	Virtual		of=address1_addresstypecode	is=r
Address1_City	String	Address 1: City	len=80	db=160
Address1_Composite	Memo	Address 1	len=1000	is=r
Address1_Country	String	Address 1: Country/Region	len=80	db=160
Address1_County	String	Address 1: County	len=50	db=100
Address1_Fax	String	Address 1: Fax	len=50	db=100
Address1_FreightTermsCode	Picklist	Address 1: Freight Terms	opt=1=FOB;2=No Charge
Address1_FreightTermsCodeName	Virtual		of=address1_freighttermscode	is=r
Address1_Latitude	Double	Address 1: Latitude	prec=5	min=-90	max=90
Address1_Line1	String	Address 1: Street 1	len=250	db=500
Address1_Line2	String	Address 1: Street 2	len=250	db=500
Address1_Line3	String	Address 1: Street 3	len=250	db=500
Address1_Longitude	Double	Address 1: Longitude	prec=5	min=-180	max=180
Address1_Name	String	Address 1: Name	len=200	db=400
Address1_PostalCode	String	Address 1: ZIP/Postal Code	len=20	db=40
Address1_PostOfficeBox	String	Address 1: Post Office Box	len=20	db=40
Address1_PrimaryContactName	String	Address 1: Primary Contact Name	len=100	db=300
Address1_ShippingMethodCode	Picklist	Address 1: Shipping Method	opt=1=Airborne;2=DHL;3=FedEx;4=UPS;5=Postal Mail;6=Full Load;7=Will Call
Address1_ShippingMethodCodeName	Virtual		of=address1_shippingmethodcode	is=r
Address1_StateOrProvince	String	Address 1: State/Province	len=50	db=100
Address1_Telephone1	String	Address 1: Phone	len=50	db=100
Address1_Telephone2	String	Address 1: Telephone 2	len=50	db=100
Address1_Telephone3	String	Address 1: Telephone 3	len=50	db=100
Address1_UPSZone	String	Address 1: UPS Zone	len=4	db=8
Address1_UTCOffset	Integer	Address 1: UTC Offset	min=-1500	max=1500
Address2_AddressId	Uniqueidentifier	Address 2: ID
Address2_AddressTypeCode	Picklist	Address 2: Address Type	opt=1=Default Value
Address2_AddressTypeCodeName	Virtual		of=address2_addresstypecode	is=r
Address2_City	String	Address 2: City	len=80	db=160
Address2_Composite	Memo	Address 2	len=1000	is=r
Address2_Country	String	Address 2: Country/Region	len=80	db=160
Address2_County	String	Address 2: County	len=50	db=100
Address2_Fax	String	Address 2: Fax	len=50	db=100
Address2_FreightTermsCode	Picklist	Address 2: Freight Terms	opt=1=Default Value
Address2_FreightTermsCodeName	Virtual		of=address2_freighttermscode	is=r
Address2_Latitude	Double	Address 2: Latitude	prec=5	min=-90	max=90
Address2_Line1	String	Address 2: Street 1	len=250	db=500
Address2_Line2	String	Address 2: Street 2	len=250	db=500
Address2_Line3	String	Address 2: Street 3	len=250	db=500
Address2_Longitude	Double	Address 2: Longitude	prec=5	min=-180	max=180
Address2_Name	String	Address 2: Name	len=100	db=400
Address2_PostalCode	String	Address 2: ZIP/Postal Code	len=20	db=40
Address2_PostOfficeBox	String	Address 2: Post Office Box	len=20	db=40
Address2_PrimaryContactName	String	Address 2: Primary Contact Name	len=100	db=300
Address2_ShippingMethodCode	Picklist	Address 2: Shipping Method	opt=1=Default Value
Address2_ShippingMethodCodeName	Virtual		of=address2_shippingmethodcode	is=r
Address2_StateOrProvince	String	Address 2: State/Province	len=50	db=100
Address2_Telephone1	String	Address 2: Telephone 1	len=50	db=100
Address2_Telephone2	String	Address 2: Telephone 2	len=50	db=100
Address2_Telephone3	String	Address 2: Telephone 3	len=50	db=100
Address2_UPSZone	String	Address 2: UPS Zone	len=4	db=8
Address2_UTCOffset	Integer	Address 2: UTC Offset	min=-1500	max=1500
Address3_AddressId	Uniqueidentifier	Address 3: ID
Address3_AddressTypeCode	Picklist	Address 3: Address Type	opt=1=Default Value
Address3_AddressTypeCodeName	Virtual		of=address3_addresstypecode	is=r
Address3_City	String	Address 3: City	len=80	db=160
Address3_Composite	Memo	Address 3	len=1000	is=r
Address3_Country	String	Address3: Country/Region	len=80	db=160
Address3_County	String	Address 3: County	len=50	db=100
Address3_Fax	String	Address 3: Fax	len=50	db=100
Address3_FreightTermsCode	Picklist	Address 3: Freight Terms	opt=1=Default Value
Address3_FreightTermsCodeName	Virtual		of=address3_freighttermscode	is=r
Address3_Latitude	Double	Address 3: Latitude	prec=5	min=-90	max=90
Address3_Line1	String	Address3: Street 1	len=250	db=500
Address3_Line2	String	Address3: Street 2	len=250	db=500
Address3_Line3	String	Address3: Street 3	len=250	db=500
Address3_Longitude	Double	Address 3: Longitude	prec=5	min=-180	max=180
Address3_Name	String	Address 3: Name	len=200	db=400
Address3_PostalCode	String	Address3: ZIP/Postal Code	len=20	db=40
Address3_PostOfficeBox	String	Address 3: Post Office Box	len=20	db=40
Address3_PrimaryContactName	String	Address 3: Primary Contact Name	len=100	db=300
Address3_ShippingMethodCode	Picklist	Address 3: Shipping Method	opt=1=Default Value
Address3_ShippingMethodCodeName	Virtual		of=address3_shippingmethodcode	is=r
Address3_StateOrProvince	String	Address3: State/Province	len=50	db=100
Address3_Telephone1	String	Address 3: Telephone1	len=50	db=100
Address3_Telephone2	String	Address 3: Telephone2	len=50	db=100
Address3_Telephone3	String	Address 3: Telephone3	len=50	db=100
Address3_UPSZone	String	Address 3: UPS Zone	len=4	db=8
Address3_UTCOffset	Integer	Address 3: UTC Offset	min=-1500	max=1500
adx_ConfirmRemovePassword	Boolean	Confirm Remove Password	opt=1=Yes;0=No	is=rcux
adx_confirmremovepasswordName	Virtual		of=adx_confirmremovepassword	is=rx
Adx_CreatedByIPAddress	String	Created By IP Address	len=100	db=200	is=rcux
Adx_CreatedByUsername	String	Created By Username	len=100	db=200	is=rcux
adx_identity_accessfailedcount	Integer	Access Failed Count	min=-2147483648	max=2147483647	is=rcux
adx_identity_emailaddress1confirmed	Boolean	Email Confirmed	opt=1=Yes;0=No	is=rcux
adx_identity_emailaddress1confirmedName	Virtual		of=adx_identity_emailaddress1confirmed	is=rx
adx_identity_lastsuccessfullogin	DateTime	Last Successful Login	is=rcux
adx_identity_locallogindisabled	Boolean	Local Login Disabled	opt=1=Yes;0=No	is=rcux
adx_identity_locallogindisabledName	Virtual		of=adx_identity_locallogindisabled	is=rx
adx_identity_lockoutenabled	Boolean	Lockout Enabled	opt=1=Yes;0=No	is=rcux
adx_identity_lockoutenabledName	Virtual		of=adx_identity_lockoutenabled	is=rx
adx_identity_lockoutenddate	DateTime	Lockout End Date	is=rcux
adx_identity_logonenabled	Boolean	Login Enabled	opt=1=Yes;0=No	is=rcuxs
adx_identity_logonenabledName	Virtual		of=adx_identity_logonenabled	is=rx
adx_identity_mobilephoneconfirmed	Boolean	Mobile Phone Confirmed	opt=1=Yes;0=No	is=rcux
adx_identity_mobilephoneconfirmedName	Virtual		of=adx_identity_mobilephoneconfirmed	is=rx
adx_identity_newpassword	String	New Password Input	len=100	db=200	is=rcux
adx_identity_passwordhash	String	Password Hash	len=128	db=256	is=rcuxs
adx_identity_securitystamp	String	Security Stamp	len=100	db=200	is=rcux
adx_identity_twofactorenabled	Boolean	Two Factor Enabled	opt=1=Yes;0=No	is=rcux
adx_identity_twofactorenabledName	Virtual		of=adx_identity_twofactorenabled	is=rx
adx_identity_username	String	User Name	len=100	db=200	is=rcux
Adx_ModifiedByIPAddress	String	Modified By IP Address	len=100	db=200	is=rcux
Adx_ModifiedByUsername	String	Modified By Username	len=100	db=200	is=rcux
Adx_OrganizationName	String	Organization Name	len=250	db=500	is=rcux
adx_preferredlcid	Integer	Preferred LCID (Deprecated)	min=-2147483648	max=2147483647	is=rcux
adx_profilealert	Boolean	Profile Alert	opt=1=Yes;0=No	is=rcux
adx_profilealertdate	DateTime	Profile Alert Date	is=rcux
adx_profilealertinstructions	Memo	Profile Alert Instructions	len=4096	is=rcux
adx_profilealertName	Virtual		of=adx_profilealert	is=rx
Adx_ProfileIsAnonymous	Boolean	Profile Is Anonymous	opt=1=Yes;0=No	is=rcux
adx_profileisanonymousName	Virtual		of=adx_profileisanonymous	is=rx
Adx_ProfileLastActivity	DateTime	Profile Last Activity	is=rcux
adx_profilemodifiedon	DateTime	Profile Modified On	is=rcux
adx_PublicProfileCopy	Memo	Public Profile Copy	len=64000	is=rcux
Adx_TimeZone	Integer	Time Zone	min=-1500	max=1500	is=rcux
Aging30	Money	Aging 30	prec=2	min=0	max=100000000000000	is=r
Aging30_Base	Money	Aging 30 (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
Aging60	Money	Aging 60	prec=2	min=0	max=100000000000000	is=r
Aging60_Base	Money	Aging 60 (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
Aging90	Money	Aging 90	prec=2	min=0	max=100000000000000	is=r
Aging90_Base	Money	Aging 90 (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
Anniversary	DateTime	Anniversary	date=DateOnly
AnnualIncome	Money	Annual Income	prec=2	min=0	max=100000000000000
AnnualIncome_Base	Money	Annual Income (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
AssistantName	String	Assistant	len=100	db=200
AssistantPhone	String	Assistant Phone	len=50	db=100
BirthDate	DateTime	Birthday	date=DateOnly
Business2	String	Business Phone 2	len=50	db=100
Callback	String	Callback Number	len=50	db=100
ChildrensNames	String	Children's Names	len=255	db=510
Company	String	Company Phone	len=50	db=100
ContactId	Uniqueidentifier	Contact	is=rc
cra05_Calculated1	String	Calculated1	len=4000	db=8000	is=rx	src=1
CreatedBy	Lookup	Created By	to=systemuser	is=r
CreatedByExternalParty	Lookup	Created By (External Party)	to=externalparty	is=r
CreatedByExternalPartyName	String		of=createdbyexternalparty	len=100	db=320	is=r
CreatedByExternalPartyYomiName	String		of=createdbyexternalparty	len=100	db=320	is=r
CreatedByName	String		of=createdby	len=100	db=320	is=r
CreatedByYomiName	String		of=createdby	len=100	db=320	is=r
CreatedOn	DateTime	Created On	is=r
CreatedOnBehalfBy	Lookup	Created By (Delegate)	to=systemuser	is=r
CreatedOnBehalfByName	String		of=createdonbehalfby	len=100	db=320	is=r
CreatedOnBehalfByYomiName	String		of=createdonbehalfby	len=100	db=320	is=r
CreditLimit	Money	Credit Limit	prec=2	min=0	max=100000000000000
CreditLimit_Base	Money	Credit Limit (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
CreditOnHold	Boolean	Credit Hold	opt=1=Yes;0=No
CreditOnHoldName	Virtual		of=creditonhold	is=r
CustomerSizeCode	Picklist	Customer Size	opt=1=Default Value
CustomerSizeCodeName	Virtual		of=customersizecode	is=r
CustomerTypeCode	Picklist	Relationship Type	opt=1=Default Value
CustomerTypeCodeName	Virtual		of=customertypecode	is=r
Department	String	Department	len=100	db=200
Description	Memo	Description	len=2000
DoNotBulkEMail	Boolean	Do not allow Bulk Emails	opt=1=Do Not Allow;0=Allow
DoNotBulkEMailName	Virtual		of=donotbulkemail	is=r
DoNotBulkPostalMail	Boolean	Do not allow Bulk Mails	opt=1=Yes;0=No
DoNotBulkPostalMailName	Virtual		of=donotbulkpostalmail	is=r
DoNotEMail	Boolean	Do not allow Emails	opt=1=Do Not Allow;0=Allow
DoNotEMailName	Virtual		of=donotemail	is=r
DoNotFax	Boolean	Do not allow Faxes	opt=1=Do Not Allow;0=Allow
DoNotFaxName	Virtual		of=donotfax	is=r
DoNotPhone	Boolean	Do not allow Phone Calls	opt=1=Do Not Allow;0=Allow
DoNotPhoneName	Virtual		of=donotphone	is=r
DoNotPostalMail	Boolean	Do not allow Mails	opt=1=Do Not Allow;0=Allow
DoNotPostalMailName	Virtual		of=donotpostalmail	is=r
DoNotSendMarketingMaterialName	Virtual		of=donotsendmm	is=r
DoNotSendMM	Boolean	Send Marketing Materials	opt=1=Do Not Send;0=Send
EducationCode	Picklist	Education	opt=1=Default Value
EducationCodeName	Virtual		of=educationcode	is=r
EMailAddress1	String	Email	len=100	db=200
EMailAddress2	String	Email Address 2	len=100	db=200
EMailAddress3	String	Email Address 3	len=100	db=200
EmployeeId	String	Employee	len=50	db=100
EntityImage	Image	Entity Image	of=entityimageid
EntityImage_Timestamp	BigInt		of=entityimageid	is=r
EntityImage_URL	String		of=entityimageid	len=200	db=400	is=r
EntityImageId	Uniqueidentifier	Entity Image Id	is=r
ExchangeRate	Decimal	Exchange Rate	prec=12	min=1e-12	max=100000000000	is=r
ExternalUserIdentifier	String	External User Identifier	len=50	db=100
FamilyStatusCode	Picklist	Marital Status	opt=1=Single;2=Married;3=Divorced;4=Widowed
FamilyStatusCodeName	Virtual		of=familystatuscode	is=r
Fax	String	Fax	len=50	db=100
FirstName	String	First Name	len=50	db=100
FollowEmail	Boolean	Follow Email Activity	opt=1=Allow;0=Do Not Allow
FollowEmailName	Virtual		of=followemail	is=r
FtpSiteUrl	String	FTP Site	len=200	db=400
FullName	String	Full Name	len=160	db=320	is=r
GenderCode	Picklist	Gender	opt=1=Male;2=Female
GenderCodeName	Virtual		of=gendercode	is=r
GovernmentId	String	Government	len=50	db=100
HasChildrenCode	Picklist	Has Children	opt=1=Default Value
HasChildrenCodeName	Virtual		of=haschildrencode	is=r
Home2	String	Home Phone 2	len=50	db=100
ImportSequenceNumber	Integer	Import Sequence Number	min=-2147483648	max=2147483647	is=rc
IsAutoCreate	Boolean	Auto-created	opt=1=Yes;0=No	is=
IsBackofficeCustomer	Boolean	Back Office Customer	opt=1=Yes;0=No
IsBackofficeCustomerName	Virtual		of=isbackofficecustomer	is=r
IsPrivate	Boolean		opt=1=Yes;0=No	is=
IsPrivateName	Virtual		of=isprivate	is=r
JobTitle	String	Job Title	len=100	db=200
LastName	String	Last Name	len=50	db=100
LastOnHoldTime	DateTime	Last On Hold Time
LastUsedInCampaign	DateTime	Last Date Included in Campaign	is=ru
LeadSourceCode	Picklist	Lead Source	opt=1=Default Value
LeadSourceCodeName	Virtual		of=leadsourcecode	is=r
ManagerName	String	Manager	len=100	db=200
ManagerPhone	String	Manager Phone	len=50	db=100
MarketingOnly	Boolean	Marketing Only	opt=1=Yes;0=No
MarketingOnlyName	Virtual		of=marketingonly	is=r
MasterContactIdName	String		of=masterid	len=100	db=320	is=r
MasterContactIdYomiName	String		of=masterid	len=100	db=320	is=r
MasterId	Lookup	Master ID	to=contact	is=r
Merged	Boolean	Merged	opt=1=Yes;0=No	is=r
MergedName	Virtual		of=merged	is=r
MiddleName	String	Middle Name	len=50	db=100
MobilePhone	String	Mobile Phone	len=50	db=100
ModifiedBy	Lookup	Modified By	to=systemuser	is=r
ModifiedByExternalParty	Lookup	Modified By (External Party)	to=externalparty	is=r
ModifiedByExternalPartyName	String		of=modifiedbyexternalparty	len=100	db=320	is=r
ModifiedByExternalPartyYomiName	String		of=modifiedbyexternalparty	len=100	db=320	is=r
ModifiedByName	String		of=modifiedby	len=100	db=320	is=r
ModifiedByYomiName	String		of=modifiedby	len=100	db=320	is=r
ModifiedOn	DateTime	Modified On	is=r
ModifiedOnBehalfBy	Lookup	Modified By (Delegate)	to=systemuser	is=r
ModifiedOnBehalfByName	String		of=modifiedonbehalfby	len=100	db=320	is=r
ModifiedOnBehalfByYomiName	String		of=modifiedonbehalfby	len=100	db=320	is=r
msa_managingpartnerid	Lookup	Managing Partner	to=account	is=rcux
msa_managingpartneridName	String		of=msa_managingpartnerid	len=160	db=320	is=rx
msa_managingpartneridYomiName	String		of=msa_managingpartnerid	len=160	db=320	is=rx
msdyn_disablewebtracking	Boolean	Disable Web Tracking	opt=1=Yes;0=No	is=rcux
msdyn_disablewebtrackingName	Virtual		of=msdyn_disablewebtracking	is=rx
msdyn_isminor	Boolean	Is Minor	opt=1=Yes;0=No	is=rcux
msdyn_isminorName	Virtual		of=msdyn_isminor	is=rx
msdyn_isminorwithparentalconsent	Boolean	Is Minor with Parental Consent	opt=1=Yes;0=No	is=rcux
msdyn_isminorwithparentalconsentName	Virtual		of=msdyn_isminorwithparentalconsent	is=rx
msdyn_portaltermsagreementdate	DateTime	Portal Terms Agreement Date	is=rcux
mspp_userpreferredlcid	Picklist	Preferred Language	choice=powerpagelanguages	is=rcux
mspp_userpreferredlcidName	Virtual		of=mspp_userpreferredlcid	is=rx
NickName	String	Nickname	len=100	db=200
NumberOfChildren	Integer	No. of Children	min=0	max=1000000000
OnHoldTime	Integer	On Hold Time (Minutes)	min=-2147483648	max=2147483647	is=r
OverriddenCreatedOn	DateTime	Record Created On	is=rc
OwnerId	Owner	Owner	to=systemuser,team
OwnerIdName	String		of=ownerid	len=100	db=320	is=r
OwnerIdType	EntityName		of=ownerid
OwnerIdYomiName	String		of=ownerid	len=100	db=320	is=r
OwningBusinessUnit	Lookup	Owning Business Unit	to=businessunit	is=r
OwningBusinessUnitName	String		of=owningbusinessunit	len=160	db=320	is=r
OwningTeam	Lookup	Owning Team	to=team	is=r
OwningUser	Lookup	Owning User	to=systemuser	is=r
Pager	String	Pager	len=50	db=100
ParentContactId	Lookup	Parent Contact	to=contact	is=r
ParentContactIdName	String		of=parentcontactid	len=100	db=320	is=r
ParentContactIdYomiName	String		of=parentcontactid	len=100	db=320	is=r
ParentCustomerId	Customer	Company Name	to=account,contact
ParentCustomerIdName	String		of=parentcustomerid	len=160	db=8000	is=r
ParentCustomerIdType	EntityName	Parent Customer Type	of=parentcustomerid
ParentCustomerIdYomiName	String		of=parentcustomerid	len=450	db=8000	is=r
ParticipatesInWorkflow	Boolean	Participates in Workflow	opt=1=Yes;0=No
ParticipatesInWorkflowName	Virtual		of=participatesinworkflow	is=r
PaymentTermsCode	Picklist	Payment Terms	opt=1=Net 30;2=2%25 10, Net 30;3=Net 45;4=Net 60
PaymentTermsCodeName	Virtual		of=paymenttermscode	is=r
PreferredAppointmentDayCode	Picklist	Preferred Day	opt=0=Sunday;1=Monday;2=Tuesday;3=Wednesday;4=Thursday;5=Friday;6=Saturday
PreferredAppointmentDayCodeName	Virtual		of=preferredappointmentdaycode	is=r
PreferredAppointmentTimeCode	Picklist	Preferred Time	opt=1=Morning;2=Afternoon;3=Evening
PreferredAppointmentTimeCodeName	Virtual		of=preferredappointmenttimecode	is=r
PreferredContactMethodCode	Picklist	Preferred Method of Contact	opt=1=Any;2=Email;3=Phone;4=Fax;5=Mail
PreferredContactMethodCodeName	Virtual		of=preferredcontactmethodcode	is=r
PreferredSystemUserId	Lookup	Preferred User	to=systemuser
PreferredSystemUserIdName	String		of=preferredsystemuserid	len=100	db=320	is=r
PreferredSystemUserIdYomiName	String		of=preferredsystemuserid	len=100	db=320	is=r
ProcessId	Uniqueidentifier	Process
Salutation	String	Salutation	len=100	db=200
ShippingMethodCode	Picklist	Shipping Method	opt=1=Default Value
ShippingMethodCodeName	Virtual		of=shippingmethodcode	is=r
SLAId	Lookup	SLA	to=sla
SLAInvokedId	Lookup	Last SLA applied	to=sla	is=r
SLAInvokedIdName	String		of=slainvokedid	len=100	db=320	is=r
SLAName	String		of=slaid	len=100	db=200	is=r
SpousesName	String	Spouse/Partner Name	len=100	db=200
StageId	Uniqueidentifier	(Deprecated) Process Stage
StateCode	State	Status	opt=0=Active;1=Inactive	is=ru
StateCodeName	Virtual		of=statecode	is=r
StatusCode	Status	Status Reason	opt=1@0=Active;2@1=Inactive
StatusCodeName	Virtual		of=statuscode	is=r
SubscriptionId	Uniqueidentifier	Subscription	is=c
Suffix	String	Suffix	len=10	db=20
Telephone1	String	Business Phone	len=50	db=100
Telephone2	String	Home Phone	len=50	db=100
Telephone3	String	Telephone 3	len=50	db=100
TerritoryCode	Picklist	Territory	opt=1=Default Value
TerritoryCodeName	Virtual		of=territorycode	is=r
TimeSpentByMeOnEmailAndMeetings	String	Time Spent by me	len=1250	db=2500	is=r
TimeZoneRuleVersionNumber	Integer	Time Zone Rule Version Number	min=-1	max=2147483647
TransactionCurrencyId	Lookup	Currency	to=transactioncurrency
TransactionCurrencyIdName	String		of=transactioncurrencyid	len=100	db=200	is=r
TraversedPath	String	(Deprecated) Traversed Path	len=1250	db=2500
UTCConversionTimeZoneCode	Integer	UTC Conversion Time Zone Code	min=-1	max=2147483647
VersionNumber	BigInt	Version Number	is=r
WebSiteUrl	String	Website	len=200	db=400
YomiFirstName	String	Yomi First Name	len=150	db=300
YomiFullName	String	Yomi Full Name	len=450	db=900	is=r
YomiLastName	String	Yomi Last Name	len=150	db=300
YomiMiddleName	String	Yomi Middle Name	len=150	db=300
= Lead	leads	Lead	4	leadid	fullname	UserOwned	tcb
AccountId	Lookup	Account	to=account	is=r
address1_addressid	Uniqueidentifier	Address 1: ID
address1_addresstypecode	Picklist	Address 1: Address Type	opt=1=Default Value
address1_city	String	City	len=80	db=160
address1_composite	Memo	Address 1	len=1000	is=r
address1_country	String	Country/Region	len=80	db=160
address1_county	String	Address 1: County	len=50	db=100
address1_fax	String	Address 1: Fax	len=50	db=100
address1_latitude	Double	Address 1: Latitude	prec=5	min=-90	max=90
address1_line1	String	Street 1	len=250	db=500
address1_line2	String	Street 2	len=250	db=500
address1_line3	String	Street 3	len=250	db=500
address1_longitude	Double	Address 1: Longitude	prec=5	min=-180	max=180
address1_name	String	Address 1: Name	len=100	db=200
address1_postalcode	String	ZIP/Postal Code	len=20	db=40
address1_postofficebox	String	Address 1: Post Office Box	len=20	db=40
address1_shippingmethodcode	Picklist	Address 1: Shipping Method	opt=1=Default Value
address1_stateorprovince	String	State/Province	len=50	db=100
address1_telephone1	String	Address 1: Telephone 1	len=50	db=100
address1_telephone2	String	Address 1: Telephone 2	len=50	db=100
address1_telephone3	String	Address 1: Telephone 3	len=50	db=100
address1_upszone	String	Address 1: UPS Zone	len=4	db=8
address1_utcoffset	Integer	Address 1: UTC Offset	min=-1500	max=1500
address2_addressid	Uniqueidentifier	Address 2: ID
address2_addresstypecode	Picklist	Address 2: Address Type	opt=1=Default Value
address2_city	String	Address 2: City	len=80	db=160
address2_composite	Memo	Address 2	len=1000	is=r
address2_country	String	Address 2: Country/Region	len=80	db=160
address2_county	String	Address 2: County	len=50	db=100
address2_fax	String	Address 2: Fax	len=50	db=100
address2_latitude	Double	Address 2: Latitude	prec=5	min=-90	max=90
address2_line1	String	Address 2: Street 1	len=250	db=500
address2_line2	String	Address 2: Street 2	len=250	db=500
address2_line3	String	Address 2: Street 3	len=250	db=500
address2_longitude	Double	Address 2: Longitude	prec=5	min=-180	max=180
address2_name	String	Address 2: Name	len=100	db=200
address2_postalcode	String	Address 2: ZIP/Postal Code	len=20	db=40
address2_postofficebox	String	Address 2: Post Office Box	len=20	db=40
address2_shippingmethodcode	Picklist	Address 2: Shipping Method	opt=1=Default Value
address2_stateorprovince	String	Address 2: State/Province	len=50	db=100
address2_telephone1	String	Address 2: Telephone 1	len=50	db=100
address2_telephone2	String	Address 2: Telephone 2	len=50	db=100
address2_telephone3	String	Address 2: Telephone 3	len=50	db=100
address2_upszone	String	Address 2: UPS Zone	len=4	db=8
address2_utcoffset	Integer	Address 2: UTC Offset	min=-1500	max=1500
BudgetAmount	Money	Budget Amount	prec=2	min=0	max=1000000000000
budgetamount_base	Money	Budget Amount (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
BudgetStatus	Picklist	Budget	opt=0=No Committed Budget;1=May Buy;2=Can Buy;3=Will Buy
campaignid	Lookup		to=campaign
CompanyName	String	Company Name	len=100	db=200
ConfirmInterest	Boolean	Confirm Interest	opt=1=Yes;0=No
ContactId	Lookup	Contact	to=contact	is=r
CustomerId	Customer	Customer	to=account,contact
DecisionMaker	Boolean	Decision Maker?	opt=1=Yes;0=No
Description	Memo	Description	len=2000
DoNotBulkEMail	Boolean	Do not allow Bulk Emails	opt=1=Yes;0=No
DoNotEMail	Boolean	Do not allow Emails	opt=1=Yes;0=No
DoNotFax	Boolean	Do not allow Faxes	opt=1=Yes;0=No
DoNotPhone	Boolean	Do not allow Phone Calls	opt=1=Yes;0=No
DoNotPostalMail	Boolean	Do not allow Mails	opt=1=Yes;0=No
DoNotSendMM	Boolean	Marketing Material	opt=1=Yes;0=No
EMailAddress1	String	Email	len=100	db=200
EMailAddress2	String	Email Address 2	len=100	db=200
EMailAddress3	String	Email Address 3	len=100	db=200
EntityImageId	Uniqueidentifier		is=r
EstimatedAmount	Money	Est. Value	prec=2	min=0	max=1000000000000
estimatedamount_base	Money	Est. Value (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
EstimatedCloseDate	DateTime	Est. Close Date	date=DateOnly
EstimatedValue	Double	Est. Value (deprecated)	prec=2	min=0	max=1000000000
EvaluateFit	Boolean	Evaluate Fit	opt=1=Yes;0=No
ExchangeRate	Decimal	Exchange Rate	prec=12	min=1e-10	max=100000000000	is=r
Fax	String	Fax	len=50	db=100
FirstName	String	First Name	len=50	db=100
FollowEmail	Boolean	Follow Email Activity	opt=1=Yes;0=No
FullName	String	Name	len=160	db=320
IndustryCode	Picklist	Industry	opt=1=Accounting;2=Agriculture and Non-petrol Natural Resource Extraction;3=Broadcasting Printing and Publishing;4=Brokers;5=Building Supply Retail;6=Business Services;7=Consulting;8=Consumer Services;9=Design, Direction and Creative Management;10=Distributors, Dispatchers and Processors;11=Doctor's Offices and Clinics;12=Durable Manufacturing;13=Eating and Drinking Places;14=Entertainment Retail;15=Equipment Rental and Leasing;16=Financial;17=Food and Tobacco Processing;18=Inbound Capital Intensive Processing;19=Inbound Repair and Services;20=Insurance;21=Legal Services;22=Non-Durable Merchandise Retail;23=Outbound Consumer Service;24=Petrochemical Extraction and Distribution;25=Service Retail;26=SIG Affiliations;27=Social Services;28=Special Outbound Trade Contractors;29=Specialty Realty;30=Transportation;31=Utility Creation and Distribution;32=Vehicle Retail;33=Wholesale
InitialCommunication	Picklist	Initial Communication	opt=0=Contacted;1=Not Contacted
JobTitle	String	Job Title	len=100	db=200
LastName	String	Last Name	len=50	db=100
LastOnHoldTime	DateTime	Last On Hold Time	is=r
LastUsedInCampaign	DateTime	Last Campaign Date
LeadId	Uniqueidentifier	Lead	is=rc
LeadQualityCode	Picklist	Rating	opt=1=Hot;2=Warm;3=Cold
LeadSourceCode	Picklist	Lead Source	opt=1=Advertisement;2=Employee Referral;3=External Referral;4=Partner;5=Public Relations;6=Seminar;7=Trade Show;8=Web;9=Word of Mouth;10=Other
masterid	Lookup		to=lead
Merged	Boolean	Merged	opt=1=Yes;0=No
MiddleName	String	Middle Name	len=50	db=100
MobilePhone	String	Mobile Phone	len=20	db=40
Need	Picklist	Need	opt=0=Must have;1=Should have;2=Good to have;3=No need
NumberOfEmployees	Integer	No. of Employees	min=0	max=1000000
OnHoldTime	Integer	On Hold Time (Minutes)	min=-2147483648	max=2147483647	is=r
originatingcaseid	Lookup		to=incident
Pager	String	Pager	len=20	db=40
parentaccountid	Lookup		to=account
parentcontactid	Lookup		to=contact
ParticipatesInWorkflow	Boolean	Participates in Workflow	opt=1=Yes;0=No
PreferredContactMethodCode	Picklist	Preferred Method of Contact	opt=1=Any;2=Email;3=Phone;4=Fax;5=Mail
PriorityCode	Picklist	Priority	opt=1=Default Value
ProcessId	Uniqueidentifier	Process Id
PurchaseProcess	Picklist	Purchase Process	opt=0=Individual;1=Committee;2=Unknown
PurchaseTimeFrame	Picklist	Purchase Timeframe	opt=0=Immediate;1=This Quarter;2=Next Quarter;3=This Year;4=Unknown
QualificationComments	Memo	Qualification Comments	len=2000
qualifyingopportunityid	Lookup		to=opportunity
relatedobjectid	Lookup		to=campaignresponse
Revenue	Money	Annual Revenue	prec=2	min=0	max=100000000000000
revenue_base	Money	Annual Revenue (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
SalesStage	Picklist	Sales Stage	opt=0=Qualify
SalesStageCode	Picklist	Sales Stage Code	opt=1=Default Value
Salutation	String	Salutation	len=100	db=200
schedulefollowup_prospect	DateTime	Schedule Follow Up (Prospect)	date=DateOnly
schedulefollowup_qualify	DateTime	Schedule Follow Up (Qualify)	date=DateOnly
SIC	String	SIC Code	len=20	db=40
slaid	Lookup		to=sla
slainvokedid	Lookup		to=sla	is=r
StageId	Uniqueidentifier	Stage Id
StateCode	State	Status	opt=0=Open;1=Qualified;2=Disqualified
StatusCode	Status	Status Reason	opt=1@0=New;2@0=Contacted;3@1=Qualified;4@2=Lost;5@2=Cannot Contact;6@2=No Longer Interested;7@2=Canceled
Subject	String	Topic	len=300	db=600
Telephone1	String	Business Phone	len=50	db=100
Telephone2	String	Home Phone	len=50	db=100
Telephone3	String	Other Phone	len=50	db=100
TimeSpentByMeOnEmailAndMeetings	String	Time Spent by me	len=1250	db=2500
transactioncurrencyid	Lookup		to=transactioncurrency
TraversedPath	String	Traversed Path	len=1250	db=2500
WebSiteUrl	String	Website	len=200	db=400
YomiCompanyName	String	Yomi Company Name	len=100	db=200
YomiFirstName	String	Yomi First Name	len=150	db=300
YomiFullName	String	Yomi Full Name	len=450	db=900
YomiLastName	String	Yomi Last Name	len=150	db=300
YomiMiddleName	String	Yomi Middle Name	len=150	db=300
= Opportunity	opportunities	Opportunity	3	opportunityid	name	UserOwned	tcb
AccountId	Lookup	Account	to=account	is=r
ActualCloseDate	DateTime	Actual Close Date	date=DateOnly
ActualValue	Money	Actual Revenue	prec=2	min=-1000000000000	max=1000000000000
actualvalue_base	Money	Actual Revenue (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
BudgetAmount	Money	Budget Amount	prec=2	min=0	max=1000000000000
budgetamount_base	Money	Budget Amount (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
BudgetStatus	Picklist	Budget	opt=0=No Committed Budget;1=May Buy;2=Can Buy;3=Will Buy
campaignid	Lookup		to=campaign
CaptureProposalFeedback	Boolean	Proposal Feedback Captured	opt=1=Yes;0=No
CloseProbability	Integer	Probability	min=0	max=100
CompleteFinalProposal	Boolean	Final Proposal Ready	opt=1=Yes;0=No
CompleteInternalReview	Boolean	Complete Internal Review	opt=1=Yes;0=No
ConfirmInterest	Boolean	Confirm Interest	opt=1=Yes;0=No
ContactId	Lookup	Contact	to=contact	is=r
CurrentSituation	Memo	Current Situation	len=2000
CustomerId	Customer	Customer	to=account,contact
CustomerNeed	Memo	Customer Need	len=2000
CustomerPainPoints	Memo	Customer Pain Points	len=2000
DecisionMaker	Boolean	Decision Maker?	opt=1=Yes;0=No
Description	Memo	Description	len=2000
DevelopProposal	Boolean	Develop Proposal	opt=1=Yes;0=No
DiscountAmount	Money	Opportunity Discount Amount	prec=2	min=0	max=1000000000000
discountamount_base	Money	Opportunity Discount Amount (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
DiscountPercentage	Decimal	Opportunity Discount (%)	prec=2	min=0	max=100
EmailAddress	String	Email Address	len=100	db=200
EstimatedCloseDate	DateTime	Est. Close Date	date=DateOnly
EstimatedValue	Money	Est. Revenue	prec=2	min=-1000000000000	max=1000000000000
estimatedvalue_base	Money	Est. Revenue (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
EvaluateFit	Boolean	Evaluate Fit	opt=1=Yes;0=No
ExchangeRate	Decimal	Exchange Rate	prec=12	min=1e-10	max=100000000000	is=r
FileDebrief	Boolean	File Debrief	opt=1=Yes;0=No
FinalDecisionDate	DateTime	Final Decision Date	date=DateOnly
FreightAmount	Money	Freight Amount	prec=2	min=0	max=1000000000000
freightamount_base	Money	Freight Amount (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
IdentifyCompetitors	Boolean	Identify Competitors	opt=1=Yes;0=No
IdentifyCustomerContacts	Boolean	Identify Customer Contacts	opt=1=Yes;0=No
IdentifyPursuitTeam	Boolean	Identify Sales Team	opt=1=Yes;0=No
InitialCommunication	Picklist	Initial Communication	opt=0=Contacted;1=Not Contacted
IsRevenueSystemCalculated	Boolean	Revenue	opt=1=Yes;0=No
LastOnHoldTime	DateTime	Last On Hold Time	is=r
Name	String	Topic	len=300	db=600
Need	Picklist	Need	opt=0=Must have;1=Should have;2=Good to have;3=No need
OnHoldTime	Integer	On Hold Time (Minutes)	min=-2147483648	max=2147483647	is=r
OpportunityId	Uniqueidentifier	Opportunity	is=rc
OpportunityRatingCode	Picklist	Rating	opt=1=Hot;2=Warm;3=Cold
originatingleadid	Lookup		to=lead
parentaccountid	Lookup		to=account
parentcontactid	Lookup		to=contact
ParticipatesInWorkflow	Boolean	Participates in Workflow	opt=1=Yes;0=No
PresentFinalProposal	Boolean	Present Final Proposal	opt=1=Yes;0=No
PresentProposal	Boolean	Presented Proposal	opt=1=Yes;0=No
pricelevelid	Lookup		to=pricelevel
PricingErrorCode	Picklist	Pricing Error	opt=0=None;1=Detail Error;2=Missing Price Level;3=Inactive Price Level;4=Missing Quantity;5=Missing Unit Price;6=Missing Product;7=Invalid Product;8=Missing Pricing Code;9=Invalid Pricing Code;10=Missing UOM;11=Product Not In Price Level;12=Missing Price Level Amount;13=Missing Price Level Percentage;14=Missing Price;15=Missing Current Cost;16=Missing Standard Cost;17=Invalid Price Level Amount;18=Invalid Price Level Percentage;19=Invalid Price;20=Invalid Current Cost;21=Invalid Standard Cost;22=Invalid Rounding Policy;23=Invalid Rounding Option;24=Invalid Rounding Amount;25=Price Calculation Error;26=Invalid Discount Type;27=Discount Type Invalid State;28=Invalid Discount;29=Invalid Quantity;30=Invalid Pricing Precision;31=Missing Product Default UOM;32=Missing Product UOM Schedule;33=Inactive Discount Type;34=Invalid Price Level Currency;35=Price Attribute Out Of Range;36=Base Currency Attribute Overflow;37=Base Currency Attribute Underflow
PriorityCode	Picklist	Priority	opt=1=Default Value
ProcessId	Uniqueidentifier	Process Id
ProposedSolution	Memo	Proposed Solution	len=2000
PurchaseProcess	Picklist	Purchase Process	opt=0=Individual;1=Committee;2=Unknown
PurchaseTimeframe	Picklist	Purchase Timeframe	opt=0=Immediate;1=This Quarter;2=Next Quarter;3=This Year;4=Unknown
PursuitDecision	Boolean	Decide Go/No-Go	opt=1=Yes;0=No
QualificationComments	Memo	Qualification Comments	len=2000
QuoteComments	Memo	Quote Comments	len=2000
ResolveFeedback	Boolean	Feedback Resolved	opt=1=Yes;0=No
SalesStage	Picklist	Sales Stage	opt=0=Qualify;1=Develop;2=Propose;3=Close
SalesStageCode	Picklist	Process Code	opt=1=Default Value
schedulefollowup_prospect	DateTime	Scheduled Follow up (Prospect)	date=DateOnly
schedulefollowup_qualify	DateTime	Scheduled Follow up (Qualify)	date=DateOnly
ScheduleProposalMeeting	DateTime	Schedule Proposal Meeting
SendThankYouNote	Boolean	Send Thank You Note	opt=1=Yes;0=No
slaid	Lookup		to=sla
slainvokedid	Lookup		to=sla	is=r
StageId	Uniqueidentifier	Stage Id
StateCode	State	Status	opt=0=Open;1=Won;2=Lost
StatusCode	Status	Status Reason	opt=1@0=In Progress;2@0=On Hold;3@1=Won;4@2=Canceled;5@2=Out-Sold
StepId	Uniqueidentifier	Step
StepName	String	Pipeline Phase	len=200	db=400
TimeLine	Picklist	Timeline	opt=0=Immediate;1=This Quarter;2=Next Quarter;3=This Year;4=Not known
TimeSpentByMeOnEmailAndMeetings	String	Time Spent by me	len=1250	db=2500
TotalAmount	Money	Total Amount	prec=2	min=-922337203685477	max=922337203685477
totalamount_base	Money	Total Amount (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
TotalAmountLessFreight	Money	Total Pre-Freight Amount	prec=2	min=-922337203685477	max=922337203685477
totalamountlessfreight_base	Money	Total Pre-Freight Amount (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
TotalDiscountAmount	Money	Total Discount Amount	prec=2	min=-922337203685477	max=922337203685477
totaldiscountamount_base	Money	Total Discount Amount (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
TotalLineItemAmount	Money	Total Detail Amount	prec=2	min=-922337203685477	max=922337203685477
totallineitemamount_base	Money	Total Detail Amount (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
TotalLineItemDiscountAmount	Money	Total Line Item Discount Amount	prec=2	min=-922337203685477	max=922337203685477
totallineitemdiscountamount_base	Money	Total Line Item Discount Amount (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
TotalTax	Money	Total Tax	prec=2	min=-922337203685477	max=922337203685477
totaltax_base	Money	Total Tax (Base)	prec=4	min=-922337203685477	max=922337203685477	is=r
transactioncurrencyid	Lookup		to=transactioncurrency
TraversedPath	String	Traversed Path	len=1250	db=2500
= Incident	incidents	Case	112	incidentid	title	UserOwned	tcb
AccountId	Lookup	Account	to=account	is=r
ActivitiesComplete	Boolean	Activities Complete	opt=1=Yes;0=No
ActualServiceUnits	Integer	Actual Service Units	min=0	max=1000000000
BilledServiceUnits	Integer	Billed Service Units	min=0	max=1000000000
BlockedProfile	Boolean	Blocked Profile	opt=1=Yes;0=No
CaseOriginCode	Picklist	Origin	opt=1=Phone;2=Email;3=Web;2483=Facebook;3986=Twitter
CaseTypeCode	Picklist	Case Type	opt=1=Question;2=Problem;3=Request
CheckEmail	Boolean	Check Email	opt=1=Yes;0=No
ContactId	Lookup	Contact	to=contact	is=r
contractdetailid	Lookup		to=contractdetail
contractid	Lookup		to=contract
ContractServiceLevelCode	Picklist	Service Level	opt=1=Gold;2=Silver;3=Bronze
CreatedByExternalParty	Lookup	Created By (External Party)	to=externalparty	is=r
CustomerContacted	Boolean	Customer Contacted	opt=1=Yes;0=No
CustomerId	Customer	Customer	to=account,contact
CustomerSatisfactionCode	Picklist	Satisfaction	opt=5=Very Satisfied;4=Satisfied;3=Neutral;2=Dissatisfied;1=Very Dissatisfied
DecrementEntitlementTerm	Boolean	Decrement Entitlement Terms	opt=1=Yes;0=No
Description	Memo	Description	len=2000
EmailAddress	String	Email Address	len=100	db=200
entitlementid	Lookup		to=entitlement
EntityImageId	Uniqueidentifier		is=r
EscalatedOn	DateTime	Escalated On
ExchangeRate	Decimal	Exchange Rate	prec=12	min=1e-10	max=100000000000	is=r
existingcase	Lookup		to=incident
firstresponsebykpiid	Lookup		to=slakpiinstance
FirstResponseSent	Boolean	First Response Sent	opt=1=Yes;0=No
FirstResponseSLAStatus	Picklist	First Response SLA Status	opt=1=In Progress;2=Nearing Noncompliance;3=Succeeded;4=Noncompliant
FollowupBy	DateTime	Follow Up By
FollowUpTaskCreated	Boolean	Follow up Task Created	opt=1=Yes;0=No
IncidentId	Uniqueidentifier	Case	is=rc
IncidentStageCode	Picklist	Case Stage	opt=1=Default Value
InfluenceScore	Double	Influence Score	prec=2	min=0	max=1000000000
IsDecrementing	Boolean	Decrementing	opt=1=Yes;0=No
IsEscalated	Boolean	Is Escalated	opt=1=Yes;0=No
kbarticleid	Lookup		to=kbarticle
LastOnHoldTime	DateTime	Last On Hold Time	is=r
masterid	Lookup		to=incident
Merged	Boolean	Internal Use Only	opt=1=Yes;0=No
MessageTypeCode	Picklist	Received As	opt=0=Public Message;1=Private Message
ModifiedByExternalParty	Lookup	Modified By (External Party)	to=externalparty	is=r
NumberOfChildIncidents	Integer	Child Cases	min=0	max=2147483647
OnHoldTime	Integer	On Hold Time (Minutes)	min=-2147483648	max=2147483647	is=r
parentcaseid	Lookup		to=incident
primarycontactid	Lookup		to=contact
PriorityCode	Picklist	Priority	opt=1=High;2=Normal;3=Low
ProcessId	Uniqueidentifier	Process Id
productid	Lookup		to=product
ProductSerialNumber	String	Serial Number	len=100	db=200
ResolveBy	DateTime	Resolve By
resolvebykpiid	Lookup		to=slakpiinstance
ResolveBySLAStatus	Picklist	Resolve By SLA Status	opt=1=In Progress;2=Nearing Noncompliance;3=Succeeded;4=Noncompliant
ResponseBy	DateTime	First Response By
responsiblecontactid	Lookup		to=contact
RouteCase	Boolean	Route Case	opt=1=Yes;0=No
SentimentValue	Double	Sentiment Value	prec=2	min=-100000000000	max=100000000000
ServiceStage	Picklist	Service Stage	opt=0=Identify;1=Research;2=Resolve
SeverityCode	Picklist	Severity	opt=1=Default Value
slaid	Lookup		to=sla
slainvokedid	Lookup		to=sla	is=r
socialprofileid	Lookup		to=socialprofile
StageId	Uniqueidentifier	Stage Id
StateCode	State	Status	opt=0=Active;1=Resolved;2=Canceled
StatusCode	Status	Status Reason	opt=5@1=Problem Solved;1000@1=Information Provided;6@2=Canceled;2000@2=Merged;1@0=In Progress;2@0=On Hold;3@0=Waiting for Details;4@0=Researching
SubjectId	Lookup	Subject	to=subject
TicketNumber	String	Case Number	len=100	db=200
Title	String	Case Title	len=200	db=400
transactioncurrencyid	Lookup		to=transactioncurrency
TraversedPath	String	Traversed Path	len=1250	db=2500
= Task	tasks	Task	4212	activityid	subject	UserOwned	tca
ActivityAdditionalParams	Memo	Additional Parameters	len=8192
ActivityId	Uniqueidentifier	Task	is=rc
ActivityTypeCode	EntityName	Activity Type	is=r
ActualDurationMinutes	Integer	Duration	min=0	max=2147483647
ActualEnd	DateTime	Actual End
ActualStart	DateTime	Actual Start
Category	String	Category	len=250	db=500
CreatedBy	Lookup	Created By	to=systemuser	is=r
CreatedOn	DateTime	Created On	is=r
CreatedOnBehalfBy	Lookup	Created By (Delegate)	to=systemuser	is=r
CrmTaskAssignedUniqueId	Uniqueidentifier	Assigned Task Unique Id
Description	Memo	Description	len=2000
ExchangeRate	Decimal	Exchange Rate	prec=12	is=r
ImportSequenceNumber	Integer	Import Sequence Number	min=-2147483648	max=2147483647	is=rc
IsBilled	Boolean	Is Billed	opt=1=Yes;0=No
IsRegularActivity	Boolean	Is Regular Activity	opt=1=Yes;0=No	is=r
IsWorkflowCreated	Boolean	Is Workflow Created	opt=1=Yes;0=No	is=r
LastOnHoldTime	DateTime	Last On Hold Time	is=r
ModifiedBy	Lookup	Modified By	to=systemuser	is=r
ModifiedOn	DateTime	Modified On	is=r
ModifiedOnBehalfBy	Lookup	Modified By (Delegate)	to=systemuser	is=r
OnHoldTime	Integer	On Hold Time (Minutes)	min=-2147483648	max=2147483647	is=r
OverriddenCreatedOn	DateTime	Record Created On	date=DateOnly	is=rc
OwnerId	Owner	Owner	to=systemuser,team
OwningBusinessUnit	Lookup	Owning Business Unit	to=businessunit	is=r
OwningTeam	Lookup	Owning Team	to=team	is=r
OwningUser	Lookup	Owning User	to=systemuser	is=r
PercentComplete	Integer	Percent Complete	min=0	max=100
PriorityCode	Picklist	Priority	opt=0=Low;1=Normal;2=High
ProcessId	Uniqueidentifier	Process
RegardingObjectId	Lookup	Regarding	to=account,campaign,contact,incident,lead,opportunity
regardingobjecttypecode	Lookup		to=account,contact,knowledgearticle,knowledgebaserecord
ScheduledDurationMinutes	Integer	Scheduled Duration	min=0	max=2147483647
ScheduledEnd	DateTime	Due Date
ScheduledStart	DateTime	Start Date
SLAId	Lookup	SLA	to=sla
SLAInvokedId	Lookup	Last SLA applied	to=sla	is=r
SortDate	DateTime	Sort Date	is=r
StageId	Uniqueidentifier	(Deprecated) Process Stage
StateCode	State	Activity Status	opt=0=Open;1=Completed;2=Canceled
StatusCode	Status	Status Reason	opt=2@0=Not Started;3@0=In Progress;4@0=Waiting on someone else;5@1=Completed;6@2=Canceled;7@0=Deferred
Subcategory	String	Sub-Category	len=250	db=500
Subject	String	Subject	len=200	db=400
SubscriptionId	Uniqueidentifier	Subscription
TimeZoneRuleVersionNumber	Integer	Time Zone Rule Version Number	min=-1	max=2147483647
TransactionCurrencyId	Lookup	Currency	to=transactioncurrency
TraversedPath	String	(Deprecated) Traversed Path	len=1250	db=2500
UTCConversionTimeZoneCode	Integer	UTC Conversion Time Zone Code	min=-1	max=2147483647
VersionNumber	BigInt	Version Number	is=r
= Email	emails	Email	4202	activityid	subject	UserOwned	tca
AcceptingEntityId	Lookup	Accepting Entity	to=queue,systemuser,team
ActivityAdditionalParams	Memo	Additional Parameters	len=8192
ActivityId	Uniqueidentifier	Email Message	is=rc
ActivityTypeCode	EntityName	Activity Type	is=r
ActualDurationMinutes	Integer	Duration	min=0	max=2147483647
ActualEnd	DateTime	Actual End
ActualStart	DateTime	Actual Start
AttachmentCount	Integer	Attachment Count	min=0	max=2147483647
AttachmentOpenCount	Integer	Attachment Open Count	min=0	max=2147483647
BaseConversationIndexHash	Integer	Conversation Index (Hash)	min=-2147483648	max=2147483647
bcc	PartyList	Bcc	to=account,contact,lead,systemuser
Category	String	Category	len=250	db=500
cc	PartyList	Cc	to=account,contact,lead,systemuser
Compressed	Boolean	Compression	opt=1=Yes;0=No
ConversationIndex	String	Conversation Index	len=2048	db=4096
ConversationTrackingId	Uniqueidentifier	Conversation Tracking Id
CorrelatedActivityId	Lookup	Correlated Activity Id	to=email
correlatedsubjectchanged	Boolean	Correlated subject changed	opt=1=Yes;0=No
CorrelationMethod	Picklist	Correlation Method	opt=0=None;1=Skipped;2=XHeader;3=InReplyTo;4=TrackingToken;5=ConversationIndex;6=SmartMatching;7=CustomCorrelation
CreatedBy	Lookup	Created By	to=systemuser	is=r
CreatedOn	DateTime	Created On	is=r
CreatedOnBehalfBy	Lookup	Created By (Delegate)	to=systemuser	is=r
DelayedEmailSendTime	DateTime	Send Later
DeliveryAttempts	Integer	No. of Delivery Attempts	min=0	max=1000000000
DeliveryPriorityCode	Picklist	Delivery Priority	opt=0=Low;1=Normal;2=High
DeliveryReceiptRequested	Boolean	Delivery Receipt Requested	opt=1=Yes;0=No
Description	Memo	Description	len=1073741823
DescriptionBlobId	Virtual	Description File Id
DirectionCode	Boolean	Direction	opt=1=Yes;0=No
EmailReminderExpiryTime	DateTime	Email Reminder Expiry Time
EmailReminderStatus	Picklist	Email Reminder Status	opt=0=NotSet;1=ReminderSet;2=ReminderExpired;3=ReminderInvalid
EmailReminderText	String	Email Reminder Text	len=1250	db=2500
EmailReminderType	Picklist	Email Reminder Type	opt=0=If I do not receive a reply by;1=If the email is not opened by;2=Remind me anyways at
EmailSender	Lookup	Sender	to=account,contact,lead,queue,systemuser
EmailTrackingId	Uniqueidentifier	Email Tracking Id
ExchangeRate	Decimal	Exchange Rate	prec=12	is=r
FollowEmailUserPreference	Boolean	Following	opt=1=Yes;0=No
from	PartyList	From	to=account,contact,lead,systemuser
ImportSequenceNumber	Integer	Import Sequence Number	min=-2147483648	max=2147483647	is=rc
InReplyTo	String	In Reply To Message	len=320	db=640
InternetMessageHeaders	String	Internet message headers	len=500	db=1000
IsBilled	Boolean	Is Billed	opt=1=Yes;0=No
IsDuplicateSenderUnresolved	Boolean	Is Duplicate Sender Unresolved	opt=1=Yes;0=No
IsEmailFollowed	Boolean	Followed	opt=1=Yes;0=No
IsEmailReminderSet	Boolean	Reminder Set	opt=1=Yes;0=No
IsProtected	Boolean	Is Protected	opt=1=Yes;0=No
IsRegularActivity	Boolean	Is Regular Activity	opt=1=Yes;0=No	is=r
IsSafeDescriptionTruncated	Integer	IsSafeDescriptionTruncated	min=0	max=2147483647
IsUnsafe	Integer	IsUnsafe	min=0	max=2147483647
IsWorkflowCreated	Boolean	Is Workflow Created	opt=1=Yes;0=No	is=r
LastOnHoldTime	DateTime	Last On Hold Time	is=r
LastOpenedTime	DateTime	Last Opened Time
LinksClickedCount	Integer	Links Clicked Count	min=0	max=2147483647
MessageId	String	Message ID	len=320	db=640
MessageIdDupCheck	Uniqueidentifier	Message ID Dup Check
MimeType	String	Mime Type	len=256	db=512
ModifiedBy	Lookup	Modified By	to=systemuser	is=r
ModifiedOn	DateTime	Modified On	is=r
ModifiedOnBehalfBy	Lookup	Modified By (Delegate)	to=systemuser	is=r
msdyn_associatedagentname	String	Associated Agent Name	len=100	db=200
Notifications	Picklist	Notifications	opt=0=None;1=The message was saved as a Microsoft Dynamics 365 email record, but not all the attachments could be saved with it. An attachment cannot be saved if it is blocked or if its file type is invalid.;2=Truncated body.
OnHoldTime	Integer	On Hold Time (Minutes)	min=-2147483648	max=2147483647	is=r
OpenCount	Integer	Open Count	min=0	max=2147483647
OverriddenCreatedOn	DateTime	Record Created On	date=DateOnly	is=rc
OwnerId	Owner	Owner	to=systemuser,team
OwningBusinessUnit	Lookup	Owning Business Unit	to=businessunit	is=r
OwningTeam	Lookup	Owning Team	to=team	is=r
OwningUser	Lookup	Owning User	to=systemuser	is=r
ParentActivityId	Lookup	Parent Activity Id	to=email
ParentSensitivityLabelId	Uniqueidentifier	Parent Sensitivity Label Id
PostponeEmailProcessingUntil	DateTime	Delay email processing until
PriorityCode	Picklist	Priority	opt=0=Low;1=Normal;2=High
ProcessId	Uniqueidentifier	Process
PurviewRights	String	Purview Rights	len=500	db=1000
ReadReceiptRequested	Boolean	Read Receipt Requested	opt=1=Yes;0=No
ReceivingMailboxId	Lookup	Receiving Mailbox	to=mailbox
RegardingObjectId	Lookup	Regarding	to=account,campaign,contact,incident,lead,opportunity
related	PartyList	Related	to=account,contact,lead,systemuser
ReminderActionCardId	Uniqueidentifier	Reminder Action Card Id.
ReplyCount	Integer	Reply Count	min=0	max=2147483647
ReservedForInternalUse	Memo	Reserved for internal use	len=40000
ScheduledDurationMinutes	Integer	Scheduled Duration	min=0	max=2147483647
ScheduledEnd	DateTime	Due Date
ScheduledStart	DateTime	Start Date
Sender	String	From	len=250	db=500
SenderMailboxId	Lookup	Sender's Mailbox	to=mailbox
SendersAccount	Lookup	Senders Account	to=account
SensitivityLabelId	Lookup	Sensitivity Label	to=sensitivitylabel
SensitivityLabelInfo	Memo	Sensitivity Label Info	len=1073741823
SentOn	DateTime	Date Sent
SLAId	Lookup	SLA	to=sla
SLAInvokedId	Lookup	Last SLA applied	to=sla	is=r
SortDate	DateTime	Sort Date	is=r
StageId	Uniqueidentifier	(Deprecated) Process Stage
StateCode	State	Activity Status	opt=0=Open;1=Completed;2=Canceled
StatusCode	Status	Status Reason	opt=1@0=Draft;2@1=Completed;3@1=Sent;4@1=Received;5@2=Canceled;6@1=Pending Send;7@1=Sending;8@0=Failed
Subcategory	String	Sub-Category	len=250	db=500
Subject	String	Subject	len=800	db=1600
SubmittedBy	String	Submitted By	len=250	db=500
TemplateId	Lookup	ID for template used.	to=template
TimeZoneRuleVersionNumber	Integer	Time Zone Rule Version Number	min=-1	max=2147483647
to	PartyList	To	to=account,contact,lead,systemuser
ToRecipients	String	To Recipients	len=500	db=1000
TrackingToken	String	Tracking Token	len=50	db=100
TransactionCurrencyId	Lookup	Currency	to=transactioncurrency
TraversedPath	String	(Deprecated) Traversed Path	len=1250	db=2500
UTCConversionTimeZoneCode	Integer	UTC Conversion Time Zone Code	min=-1	max=2147483647
VersionNumber	BigInt	Version Number	is=r
= PhoneCall	phonecalls	Phone Call	4210	activityid	subject	UserOwned	tca
ActivityAdditionalParams	Memo	Additional Parameters	len=8192
ActivityId	Uniqueidentifier	Task	is=rc
ActivityTypeCode	EntityName	Activity Type	is=r
ActualDurationMinutes	Integer	Duration	min=0	max=2147483647
ActualEnd	DateTime	Actual End
ActualStart	DateTime	Actual Start
Category	String	Category	len=250	db=500
CreatedBy	Lookup	Created By	to=systemuser	is=r
CreatedOn	DateTime	Created On	is=r
CreatedOnBehalfBy	Lookup	Created By (Delegate)	to=systemuser	is=r
Description	Memo	Description	len=2000
DirectionCode	Boolean	Direction	opt=1=Outgoing;0=Incoming
ExchangeRate	Decimal	Exchange Rate	prec=12	min=1e-10	max=100000000000	is=r
From	PartyList	Call From	to=account,contact,lead,systemuser
ImportSequenceNumber	Integer	Import Sequence Number	min=-2147483648	max=2147483647	is=rc
IsBilled	Boolean	Is Billed	opt=1=Yes;0=No
IsRegularActivity	Boolean	Is Regular Activity	opt=1=Yes;0=No	is=r
IsWorkflowCreated	Boolean	Is Workflow Created	opt=1=Yes;0=No	is=r
LastOnHoldTime	DateTime	Last On Hold Time	is=r
LeftVoiceMail	Boolean	Left Voice Mail	opt=1=Yes;0=No
ModifiedBy	Lookup	Modified By	to=systemuser	is=r
ModifiedOn	DateTime	Modified On	is=r
ModifiedOnBehalfBy	Lookup	Modified By (Delegate)	to=systemuser	is=r
OnHoldTime	Integer	On Hold Time (Minutes)	min=-2147483648	max=2147483647	is=r
OverriddenCreatedOn	DateTime	Record Created On	date=DateOnly	is=rc
OwnerId	Owner	Owner	to=systemuser,team
OwningBusinessUnit	Lookup	Owning Business Unit	to=businessunit	is=r
OwningTeam	Lookup	Owning Team	to=team	is=r
OwningUser	Lookup	Owning User	to=systemuser	is=r
PhoneNumber	String	Phone Number	len=200	db=400
PriorityCode	Picklist	Priority	opt=0=Low;1=Normal;2=High
ProcessId	Uniqueidentifier	Process
RegardingObjectId	Lookup	Regarding	to=account,campaign,contact,incident,lead,opportunity
ScheduledDurationMinutes	Integer	Scheduled Duration	min=0	max=2147483647
ScheduledEnd	DateTime	Due Date
ScheduledStart	DateTime	Start Date
slaid	Lookup		to=sla
slainvokedid	Lookup		to=sla	is=r
SortDate	DateTime	Sort Date	is=r
StageId	Uniqueidentifier	Process Stage
StateCode	State	Activity Status	opt=0=Open;1=Completed;2=Canceled
StatusCode	Status	Status Reason	opt=1@0=Open;2@1=Made;3@2=Canceled;4@1=Received
Subcategory	String	Sub-Category	len=250	db=500
Subject	String	Subject	len=200	db=400
TimeZoneRuleVersionNumber	Integer	Time Zone Rule Version Number	min=-1	max=2147483647
To	PartyList	Call To	to=account,contact,lead,systemuser
transactioncurrencyid	Lookup		to=transactioncurrency
TraversedPath	String	Traversed Path	len=1250	db=2500
UTCConversionTimeZoneCode	Integer	UTC Conversion Time Zone Code	min=-1	max=2147483647
VersionNumber	BigInt	Version Number	is=r
= Appointment	appointments	Appointment	4201	activityid	subject	UserOwned	tca
ActivityAdditionalParams	Memo	Additional Parameters	len=8192
ActivityId	Uniqueidentifier	Task	is=rc
ActivityTypeCode	EntityName	Activity Type	is=r
ActualDurationMinutes	Integer	Duration	min=0	max=2147483647
ActualEnd	DateTime	Actual End
ActualStart	DateTime	Actual Start
AttachmentCount	Integer	Attachment Count	min=0	max=2147483647
AttachmentErrors	Picklist	AttachmentErrors	opt=0=None;1=The appointment was saved as a Microsoft Dynamics 365 appointment record, but not all the attachments could be saved with it. An attachment cannot be saved if it is blocked or if its file type is invalid.
Category	String	Category	len=250	db=500
CreatedBy	Lookup	Created By	to=systemuser	is=r
CreatedOn	DateTime	Created On	is=r
CreatedOnBehalfBy	Lookup	Created By (Delegate)	to=systemuser	is=r
Description	Memo	Description	len=1048576
ExchangeRate	Decimal	Exchange Rate	prec=12	min=1e-10	max=100000000000	is=r
GlobalObjectId	String	Outlook Appointment	len=300	db=600
ImportSequenceNumber	Integer	Import Sequence Number	min=-2147483648	max=2147483647	is=rc
InstanceTypeCode	Picklist	Appointment Type	opt=0=Not Recurring;1=Recurring Master;2=Recurring Instance;3=Recurring Exception;4=Recurring Future Exception	is=r
IsAllDayEvent	Boolean	All Day Event	opt=1=Yes;0=No
IsBilled	Boolean	Is Billed	opt=1=Yes;0=No
IsDraft	Boolean	IsDraft	opt=1=Yes;0=No
IsRegularActivity	Boolean	Is Regular Activity	opt=1=Yes;0=No	is=r
IsUnsafe	Integer	IsUnsafe	min=0	max=2147483647
IsWorkflowCreated	Boolean	Is Workflow Created	opt=1=Yes;0=No	is=r
LastOnHoldTime	DateTime	Last On Hold Time	is=r
Location	String	Location	len=200	db=400
ModifiedBy	Lookup	Modified By	to=systemuser	is=r
ModifiedFieldsMask	Memo	Modified Fields Mask	len=1073741823
ModifiedOn	DateTime	Modified On	is=r
ModifiedOnBehalfBy	Lookup	Modified By (Delegate)	to=systemuser	is=r
OnHoldTime	Integer	On Hold Time (Minutes)	min=-2147483648	max=2147483647	is=r
OptionalAttendees	PartyList	Optional Attendees	to=account,contact,lead,systemuser
Organizer	PartyList	Organizer	to=systemuser
OriginalStartDate	DateTime	Original Start Date
OutlookOwnerApptId	Integer	Outlook Appointment Owner	min=-2147483648	max=2147483647
OverriddenCreatedOn	DateTime	Record Created On	date=DateOnly	is=rc
OwnerId	Owner	Owner	to=systemuser,team
OwningBusinessUnit	Lookup	Owning Business Unit	to=businessunit	is=r
OwningTeam	Lookup	Owning Team	to=team	is=r
OwningUser	Lookup	Owning User	to=systemuser	is=r
PriorityCode	Picklist	Priority	opt=0=Low;1=Normal;2=High
ProcessId	Uniqueidentifier	Process
RegardingObjectId	Lookup	Regarding	to=account,campaign,contact,incident,lead,opportunity
RequiredAttendees	PartyList	Required Attendees	to=account,contact,lead,systemuser
ScheduledDurationMinutes	Integer	Scheduled Duration	min=0	max=2147483647
ScheduledEnd	DateTime	Due Date
ScheduledStart	DateTime	Start Date
SeriesId	Uniqueidentifier	Series Id	is=r
slaid	Lookup		to=sla
slainvokedid	Lookup		to=sla	is=r
SortDate	DateTime	Sort Date	is=r
StageId	Uniqueidentifier	Process Stage
StateCode	State	Status	opt=0=Open;1=Completed;2=Canceled;3=Scheduled
StatusCode	Status	Status Reason	opt=1@0=Free;2@0=Tentative;3@1=Completed;4@2=Canceled;5@3=Busy;6@3=Out of Office
Subcategory	String	Sub-Category	len=250	db=500
Subject	String	Subject	len=200	db=400
TimeZoneRuleVersionNumber	Integer	Time Zone Rule Version Number	min=-1	max=2147483647
transactioncurrencyid	Lookup		to=transactioncurrency
TraversedPath	String	Traversed Path	len=1250	db=2500
UTCConversionTimeZoneCode	Integer	UTC Conversion Time Zone Code	min=-1	max=2147483647
VersionNumber	BigInt	Version Number	is=r
= ActivityPointer	activitypointers	Activity	4200	activityid	subject	UserOwned	tca
ActivityAdditionalParams	Memo	Activity Additional Parameters	len=8192
ActivityId	Uniqueidentifier	Activity	is=rc
ActivityTypeCode	EntityName	Activity Type	is=r
ActualDurationMinutes	Integer	Actual Duration	min=0	max=2147483647
ActualEnd	DateTime	Actual End
ActualStart	DateTime	Actual Start
allparties	PartyList	All Activity Parties	to=account,contact,lead,systemuser
Community	Picklist	Social Channel	opt=0=Other;1=Facebook;2=Twitter
CreatedBy	Lookup	Created By	to=systemuser	is=r
CreatedOn	DateTime	Date Created	is=r
CreatedOnBehalfBy	Lookup	Created By (Delegate)	to=systemuser	is=r
DeliveryLastAttemptedOn	DateTime	Date Delivery Last Attempted
DeliveryPriorityCode	Picklist	Delivery Priority	opt=0=Low;1=Normal;2=High	is=r
Description	Memo	Description	len=2000
DescriptionBlobId	Virtual	Description File Id
ExchangeItemId	String	Exchange Item ID	len=200	db=400
ExchangeRate	Decimal	Exchange Rate	prec=12	is=r
ExchangeWebLink	String	Exchange WebLink	len=1250	db=2500
FormattedScheduledEnd	DateTime	Formatted End Date
FormattedScheduledStart	DateTime	Formatted Start Date
InstanceTypeCode	Picklist	Recurring Instance Type	opt=0=Not Recurring;1=Recurring Master;2=Recurring Instance;3=Recurring Exception;4=Recurring Future Exception	is=r
IsBilled	Boolean	Is Billed	opt=1=Yes;0=No
IsMapiPrivate	Boolean	Is Private	opt=1=Yes;0=No
IsRegularActivity	Boolean	Is Regular Activity	opt=1=Yes;0=No	is=r
IsWorkflowCreated	Boolean	Is Workflow Created	opt=1=Yes;0=No	is=r
LastOnHoldTime	DateTime	Last On Hold Time	is=r
LeftVoiceMail	Boolean	Left Voice Mail	opt=1=Yes;0=No
ModifiedBy	Lookup	Modified By	to=systemuser	is=r
ModifiedOn	DateTime	Last Updated	is=r
ModifiedOnBehalfBy	Lookup	Modified By (Delegate)	to=systemuser	is=r
OnHoldTime	Integer	On Hold Time (Minutes)	min=-2147483648	max=2147483647	is=r
OwnerId	Owner	Owner	to=systemuser,team
OwningBusinessUnit	Lookup	Owning Business Unit	to=businessunit	is=r
OwningTeam	Lookup	Owning Team	to=team	is=r
OwningUser	Lookup	Owning User	to=systemuser	is=r
PostponeActivityProcessingUntil	DateTime	Delay activity processing until
PriorityCode	Picklist	Priority	opt=0=Low;1=Normal;2=High
ProcessId	Uniqueidentifier	Process
RegardingObjectId	Lookup	Regarding	to=account,campaign,contact,incident,lead,opportunity
ScheduledDurationMinutes	Integer	Scheduled Duration	min=0	max=2147483647
ScheduledEnd	DateTime	Due Date
ScheduledStart	DateTime	Start Date
SenderMailboxId	Lookup	Sender's Mailbox	to=mailbox
SentOn	DateTime	Date Sent
SeriesId	Uniqueidentifier	Series Id
SLAId	Lookup	SLA	to=sla
SLAInvokedId	Lookup	Last SLA applied	to=sla	is=r
SortDate	DateTime	Sort Date	is=r
StageId	Uniqueidentifier	(Deprecated) Process Stage
StateCode	State	Activity Status	opt=0=Open;1=Completed;2=Canceled;3=Scheduled
StatusCode	Status	Status Reason	opt=1@0=Open;2@1=Completed;3@2=Canceled;4@3=Scheduled
Subject	String	Subject	len=400	db=800
TimeZoneRuleVersionNumber	Integer	Time Zone Rule Version Number	min=-1	max=2147483647
TransactionCurrencyId	Lookup	Currency	to=transactioncurrency
TraversedPath	String	(Deprecated) Traversed Path	len=1250	db=2500
UTCConversionTimeZoneCode	Integer	UTC Conversion Time Zone Code	min=-1	max=2147483647
VersionNumber	BigInt	Version Number	is=r
= ActivityParty	activityparties	Activity Party	135	activitypartyid	partyidname	None	tc
ActivityId	Lookup	Activity	to=activitypointer,appointment,email,phonecall,task
ActivityPartyId	Uniqueidentifier	Activity Party	is=rc
AddressUsed	String	Address	len=320	db=640
AddressUsedEmailColumnNumber	Integer	Email column number of party	min=1	max=2147483647
DoNotEmail	Boolean	Do not allow Emails	opt=1=Yes;0=No
DoNotFax	Boolean	Do not allow Faxes	opt=1=Yes;0=No
DoNotPhone	Boolean	Do not allow Phone Calls	opt=1=Yes;0=No
DoNotPostalMail	Boolean	Do not allow Postal Mails	opt=1=Yes;0=No
Effort	Double	Effort	prec=2
ExchangeEntryId	String	Exchange Entry	len=1024	db=2048
ExternalId	String	External Id	len=200	db=400
ExternalIdType	String	External Id Type	len=200	db=400
InstanceTypeCode	Picklist	Appointment Type	opt=0=Not Recurring;1=Recurring Master;2=Recurring Instance;3=Recurring Exception;4=Recurring Future Exception	is=r
IsPartyDeleted	Boolean	Is Party Deleted	opt=1=Yes;0=No
OwnerId	Owner	Owner	to=systemuser,team	is=r
OwningBusinessUnit	Uniqueidentifier	owningbusinessunit	is=r
OwningUser	Uniqueidentifier	owninguser	is=r
ParticipationTypeMask	Picklist	Participation Type	opt=1=Sender;2=To Recipient;3=CC Recipient;4=BCC Recipient;5=Required attendee;6=Optional attendee;7=Organizer;8=Regarding;9=Owner;10=Resource;11=Customer
PartyId	Lookup	Party	to=account,contact,lead,systemuser
ScheduledEnd	DateTime	Scheduled End
ScheduledStart	DateTime	Scheduled Start
UnresolvedPartyName	String	Unresolved Party Name	len=200	db=400
VersionNumber	BigInt	versionnumber	is=r
= Annotation	annotations	Note	5	annotationid	subject	UserOwned	tcw
AnnotationId	Uniqueidentifier	Note	is=rc
CreatedBy	Lookup	Created By	to=systemuser	is=r
CreatedByName	String		of=createdby	len=100	db=320	is=r
CreatedByYomiName	String		of=createdby	len=100	db=320	is=r
CreatedOn	DateTime	Created On	is=r
CreatedOnBehalfBy	Lookup	Created By (Delegate)	to=systemuser	is=r
CreatedOnBehalfByName	String		of=createdonbehalfby	len=100	db=320	is=r
CreatedOnBehalfByYomiName	String		of=createdonbehalfby	len=100	db=320	is=r
DocumentBody	String	Document	len=1073741823	db=-1
DummyFileName	String	File Name(deprecated)	len=500	db=1000	is=
DummyRegarding	String	Regarding(deprecated)	len=500	db=1000	is=
FileName	String	File Name	len=255	db=510
FilePointer	String	File Pointer	len=255	db=510	is=
FileSize	Integer	File Size (Bytes)	min=0	max=1000000000	is=r
ImportSequenceNumber	Integer	Import Sequence Number	min=-2147483648	max=2147483647	is=rc
IsDocument	Boolean	Is Document	opt=1=Yes;0=No
IsDocumentName	Virtual		of=isdocument	is=r
IsPrivate	Boolean		opt=1=Yes;0=No	is=
IsPrivateName	Virtual		of=isprivate	is=r
LangId	String	Language ID	len=2	db=4
MimeType	String	Mime Type	len=256	db=512
ModifiedBy	Lookup	Modified By	to=systemuser	is=r
ModifiedByName	String		of=modifiedby	len=100	db=320	is=r
ModifiedByYomiName	String		of=modifiedby	len=100	db=320	is=r
ModifiedOn	DateTime	Modified On	is=r
ModifiedOnBehalfBy	Lookup	Modified By (Delegate)	to=systemuser	is=r
ModifiedOnBehalfByName	String		of=modifiedonbehalfby	len=100	db=320	is=r
ModifiedOnBehalfByYomiName	String		of=modifiedonbehalfby	len=100	db=320	is=r
NoteText	Memo	Description	len=100000
ObjectId	Lookup	Regarding	to=account,adx_invitation,adx_inviteredemption,adx_portalcomment,appointment,approvalprocess,approvalstageapproval,calendar,campaign,channelaccessprofile,channelaccessprofilerule,channelaccessprofileruleitem,chat,contact,convertrule,duplicaterule,email,emailserverprofile,fax,goal,incident,kbarticle,knowledgearticle,knowledgebaserecord,lead,letter,mailbox,msdyn_aifptrainingdocument,msdyn_aimodel,msdyn_aiodimage,msdyn_flow_approval,msfp_alert,msfp_question,msfp_surveyinvite,msfp_surveyresponse,mspcat_catalogsubmissionfiles,opportunity,phonecall,product,recurringappointmentmaster,routingrule,routingruleitem,sharepointdocument,sla,socialactivity,task,workflow
ObjectIdTypeCode	EntityName	Regarding Object Type	of=objectid
ObjectTypeCode	EntityName	Object Type	opt=1=Account;4201=Appointment;4407=Bulk Import;4003=Calendar;4400=Campaign;4402=Campaign Activity;4401=Campaign Response;112=Case;4206=Case Resolution;4215=Commitment;123=Competitor;2=Contact;1010=Contract;1011=Contract Line;4202=Email;4000=Facility/Equipment;4204=Fax;1090=Invoice;4=Lead;4207=Letter;4300=Marketing List;3=Opportunity;4208=Opportunity Close;1088=Order;4209=Order Close;4210=Phone Call;1024=Product;1084=Quote;4211=Quote Close;4006=Resource Specification;4001=Service;4214=Service Activity;4212=Task;8181=Routing Rule;8199=Routing Rule Item
ObjectTypeCodeName	Virtual		of=objecttypecode	is=r
OverriddenCreatedOn	DateTime	Record Created On	is=rc
OwnerId	Owner	Owner	to=systemuser,team
OwnerIdName	String		of=ownerid	len=100	db=320	is=r
OwnerIdType	EntityName		of=ownerid
OwnerIdYomiName	String		of=ownerid	len=100	db=320	is=r
OwningBusinessUnit	Lookup	Owning Business Unit	to=businessunit	is=r
OwningBusinessUnitName	String		of=owningbusinessunit	len=160	db=320	is=r
OwningTeam	Lookup	Owning Team	to=team	is=r
OwningUser	Lookup	Owning User	to=systemuser	is=r
Prefix	String	Prefix	len=10	db=10	is=r
StepId	String	Step Id	len=32	db=64
StoragePointer	String	Storage Pointer	len=10	db=10	is=
Subject	String	Title	len=500	db=1000
VersionNumber	BigInt	Version Number	is=r
= SystemUser	systemusers	User	8	systemuserid	fullname	BusinessOwned	tc
AccessMode	Picklist	Access Mode	opt=0=Read-Write;1=Administrative;2=Read;3=Support User;4=Non-interactive;5=Delegated Admin
ActiveDirectoryGuid	Uniqueidentifier	Active Directory Guid
Address1_AddressId	Uniqueidentifier	Address 1: ID
Address1_AddressTypeCode	Picklist	Address 1: Address Type	opt=1=Default Value
Address1_City	String	City	len=128	db=256
Address1_Composite	Memo	Address	len=1000	is=r
Address1_Country	String	Country/Region	len=128	db=256
Address1_County	String	Address 1: County	len=128	db=256
Address1_Fax	String	Address 1: Fax	len=64	db=128
Address1_Latitude	Double	Address 1: Latitude	prec=5
Address1_Line1	String	Street 1	len=1024	db=2048
Address1_Line2	String	Street 2	len=1024	db=2048
Address1_Line3	String	Street 3	len=1024	db=2048
Address1_Longitude	Double	Address 1: Longitude	prec=5
Address1_Name	String	Address 1: Name	len=100	db=200
Address1_PostalCode	String	ZIP/Postal Code	len=40	db=80
Address1_PostOfficeBox	String	Address 1: Post Office Box	len=40	db=80
Address1_ShippingMethodCode	Picklist	Address 1: Shipping Method	opt=1=Default Value
Address1_StateOrProvince	String	State/Province	len=128	db=256
Address1_Telephone1	String	Main Phone	len=64	db=128
Address1_Telephone2	String	Other Phone	len=50	db=100
Address1_Telephone3	String	Pager	len=50	db=100
Address1_UPSZone	String	Address 1: UPS Zone	len=4	db=8
Address1_UTCOffset	Integer	Address 1: UTC Offset	min=-1500	max=1500
Address2_AddressId	Uniqueidentifier	Address 2: ID
Address2_AddressTypeCode	Picklist	Address 2: Address Type	opt=1=Default Value
Address2_City	String	Other City	len=128	db=256
Address2_Composite	Memo	Other Address	len=1000	is=r
Address2_Country	String	Other Country/Region	len=128	db=256
Address2_County	String	Address 2: County	len=128	db=256
Address2_Fax	String	Address 2: Fax	len=50	db=100
Address2_Latitude	Double	Address 2: Latitude	prec=5
Address2_Line1	String	Other Street 1	len=1024	db=2048
Address2_Line2	String	Other Street 2	len=1024	db=2048
Address2_Line3	String	Other Street 3	len=1024	db=2048
Address2_Longitude	Double	Address 2: Longitude	prec=5
Address2_Name	String	Address 2: Name	len=100	db=200
Address2_PostalCode	String	Other ZIP/Postal Code	len=40	db=80
Address2_PostOfficeBox	String	Address 2: Post Office Box	len=40	db=80
Address2_ShippingMethodCode	Picklist	Address 2: Shipping Method	opt=1=Default Value
Address2_StateOrProvince	String	Other State/Province	len=128	db=256
Address2_Telephone1	String	Address 2: Telephone 1	len=50	db=100
Address2_Telephone2	String	Address 2: Telephone 2	len=50	db=100
Address2_Telephone3	String	Address 2: Telephone 3	len=50	db=100
Address2_UPSZone	String	Address 2: UPS Zone	len=4	db=8
Address2_UTCOffset	Integer	Address 2: UTC Offset	min=-1500	max=1500
ApplicationId	Uniqueidentifier	Application ID
ApplicationIdUri	String	Application ID URI	len=1024	db=2048
AzureActiveDirectoryObjectId	Uniqueidentifier	Azure AD Object ID
AzureDeletedOn	DateTime	Azure Deleted On
AzureState	Picklist	Azure State	opt=0=Exists;1=Soft deleted;2=Not found or hard deleted
BusinessUnitId	Lookup	Business Unit	to=businessunit
CalendarId	Lookup	Calendar	to=calendar
CALType	Picklist	License Type	opt=0=Professional;1=Administrative;2=Basic;3=Device Professional;4=Device Basic;5=Essential;6=Device Essential;7=Enterprise;8=Device Enterprise;9=Sales;10=Service;11=Field Service;12=Project Service
CreatedBy	Lookup	Created By	to=systemuser	is=r
CreatedOn	DateTime	Created On	is=r
CreatedOnBehalfBy	Lookup	Created By (Delegate)	to=systemuser	is=r
DefaultFiltersPopulated	Boolean	Default Filters Populated	opt=1=Yes;0=No
DefaultMailbox	Lookup	Mailbox	to=mailbox
DefaultOdbFolderName	String	Default OneDrive for Business Folder Name	len=200	db=400
DeletedState	Picklist	Deleted State	opt=0=Not deleted;1=Soft deleted
DisabledReason	String	Disabled Reason	len=500	db=1000
DisplayInServiceViews	Boolean	Display in Service Views	opt=1=Yes;0=No
DomainName	String	User Name	len=1024	db=2048
EmailRouterAccessApproval	Picklist	Primary Email Status	opt=0=Empty;1=Approved;2=Pending Approval;3=Rejected
EmployeeId	String	Employee	len=100	db=200
EntityImageId	Uniqueidentifier	Entity Image Id	is=r
ExchangeRate	Decimal	Exchange Rate	prec=12	is=r
FirstName	String	First Name	len=256	db=512
FullName	String	Full Name	len=200	db=400
GovernmentId	String	Government	len=100	db=200
HomePhone	String	Home Phone	len=50	db=100
IdentityId	Integer	Unique user identity id	min=-2147483648	max=2147483647
ImportSequenceNumber	Integer	Import Sequence Number	min=-2147483648	max=2147483647	is=rc
IncomingEmailDeliveryMethod	Picklist	Incoming Email Delivery Method	opt=0=None;1=Microsoft Dynamics 365 for Outlook;2=Server-Side Synchronization or Email Router;3=Forward Mailbox
InternalEMailAddress	String	Primary Email	len=100	db=200
InviteStatusCode	Picklist	Invitation Status	opt=0=Invitation Not Sent;1=Invited;2=Invitation Near Expired;3=Invitation Expired;4=Invitation Accepted;5=Invitation Rejected;6=Invitation Revoked
IsActiveDirectoryUser	Boolean	Is Active Directory User	opt=1=Yes;0=No
IsAllowedByIpFirewall	Boolean	To bypass IP firewall restriction on the user	opt=1=Yes;0=No
IsDisabled	Boolean	Status	opt=1=Yes;0=No
IsEmailAddressApprovedByO365Admin	Boolean	Email Address O365 Admin Approval Status	opt=1=Yes;0=No
IsIntegrationUser	Boolean	Integration user mode	opt=1=Yes;0=No
IsLicensed	Boolean	User Licensed	opt=1=Yes;0=No
IsSyncWithDirectory	Boolean	User Synced	opt=1=Yes;0=No
JobTitle	String	Job Title	len=100	db=200
LastName	String	Last Name	len=256	db=512
LatestUpdateTime	DateTime	Latest User Update Time
MiddleName	String	Middle Name	len=50	db=100
MobileAlertEMail	String	Mobile Alert Email	len=100	db=200
MobileOfflineProfileId	Lookup	Mobile Offline Profile	to=mobileofflineprofile
MobilePhone	String	Mobile Phone	len=64	db=128
ModifiedBy	Lookup	Modified By	to=systemuser	is=r
ModifiedOn	DateTime	Modified On	is=r
ModifiedOnBehalfBy	Lookup	Modified By (Delegate)	to=systemuser	is=r
NickName	String	Nickname	len=50	db=100
OrganizationId	Uniqueidentifier	Organization
OutgoingEmailDeliveryMethod	Picklist	Outgoing Email Delivery Method	opt=0=None;1=Microsoft Dynamics 365 for Outlook;2=Server-Side Synchronization or Email Router
OverriddenCreatedOn	DateTime	Record Created On	date=DateOnly	is=rc
ParentSystemUserId	Lookup	Manager	to=systemuser
PassportHi	Integer	Passport Hi	min=0	max=1000000000
PassportLo	Integer	Passport Lo	min=0	max=1000000000
PersonalEMailAddress	String	Email 2	len=100	db=200
PhotoUrl	String	Photo URL	len=200	db=400
PositionId	Lookup	Position	to=position
PreferredAddressCode	Picklist	Preferred Address	opt=1=Mailing Address;2=Other Address
PreferredEmailCode	Picklist	Preferred Email	opt=1=Default Value
PreferredPhoneCode	Picklist	Preferred Phone	opt=1=Main Phone;2=Other Phone;3=Home Phone;4=Mobile Phone
ProcessId	Uniqueidentifier	Process
QueueId	Lookup	Default Queue	to=queue
Salutation	String	Salutation	len=20	db=40
SetupUser	Boolean	Restricted Access Mode	opt=1=Yes;0=No
SharePointEmailAddress	String	SharePoint Email Address	len=1024	db=2048
Skills	String	Skills	len=100	db=200
StageId	Uniqueidentifier	(Deprecated) Process Stage
SystemManagedUserType	Picklist	System Managed User Type	opt=0=Entra User;1=C2 User;2=Impersonable Stub User;3=Agentic User
SystemUserId	Uniqueidentifier	User	is=rc
TerritoryId	Lookup	Territory	to=territory
TimeZoneRuleVersionNumber	Integer	Time Zone Rule Version Number	min=-1	max=2147483647
Title	String	Title	len=128	db=256
TransactionCurrencyId	Lookup	Currency	to=transactioncurrency
TraversedPath	String	(Deprecated) Traversed Path	len=1250	db=2500
UserLicenseType	Integer	User License Type	min=-2147483648	max=2147483647
UserPuid	String	User PUID	len=100	db=200
UTCConversionTimeZoneCode	Integer	UTC Conversion Time Zone Code	min=-1	max=2147483647
VersionNumber	BigInt	Version number	is=r
WindowsLiveID	String	Windows Live ID	len=1024	db=2048
YammerEmailAddress	String	Yammer Email	len=200	db=400
YammerUserId	String	Yammer User ID	len=128	db=256
YomiFirstName	String	Yomi First Name	len=64	db=128
YomiFullName	String	Yomi Full Name	len=200	db=400
YomiLastName	String	Yomi Last Name	len=64	db=128
YomiMiddleName	String	Yomi Middle Name	len=50	db=100
= Team	teams	Team	9	teamid	name	BusinessOwned	tcw
AdministratorId	Lookup	Administrator	to=systemuser
AdministratorIdName	String		of=administratorid	len=100	db=320	is=r
AdministratorIdYomiName	String		of=administratorid	len=100	db=320	is=r
AzureActiveDirectoryObjectId	Uniqueidentifier	Object Id for a group	is=rc
BusinessUnitId	Lookup	Business Unit	to=businessunit
BusinessUnitIdName	String		of=businessunitid	len=100	db=320	is=r
CreatedBy	Lookup	Created By	to=systemuser	is=r
CreatedByName	String		of=createdby	len=100	db=320	is=r
CreatedByYomiName	String		of=createdby	len=100	db=320	is=r
CreatedOn	DateTime	Created On	is=r
CreatedOnBehalfBy	Lookup	Created By (Delegate)	to=systemuser	is=r
CreatedOnBehalfByName	String		of=createdonbehalfby	len=100	db=320	is=r
CreatedOnBehalfByYomiName	String		of=createdonbehalfby	len=100	db=320	is=r
DelegatedAuthorizationId	Lookup	Delegated authorization	to=delegatedauthorization	is=rc
DelegatedAuthorizationIdName	String		of=delegatedauthorizationid	len=100	db=200	is=r
Description	Memo	Description	len=2000
EMailAddress	String	Email	len=100	db=200
ExchangeRate	Decimal	Exchange Rate	prec=12	min=1e-12	max=100000000000	is=r
ImportSequenceNumber	Integer	Import Sequence Number	min=-2147483648	max=2147483647	is=rc
IsDefault	Boolean	Is Default	opt=1=Yes;0=No	is=r
IsDefaultName	Virtual		of=isdefault	is=r
IsSasTokenSet	Boolean		choice=isencryptedattributevalueset	is=r
issastokensetName	Virtual		of=issastokenset	is=r
MembershipType	Picklist	Membership Type	opt=0=Members and guests;1=Members;2=Owners;3=Guests	is=rc
membershiptypeName	Virtual		of=membershiptype	is=r
ModifiedBy	Lookup	Modified By	to=systemuser	is=r
ModifiedByName	String		of=modifiedby	len=100	db=320	is=r
ModifiedByYomiName	String		of=modifiedby	len=100	db=320	is=r
ModifiedOn	DateTime	Modified On	is=r
ModifiedOnBehalfBy	Lookup	Modified By (Delegate)	to=systemuser	is=r
ModifiedOnBehalfByName	String		of=modifiedonbehalfby	len=100	db=320	is=r
ModifiedOnBehalfByYomiName	String		of=modifiedonbehalfby	len=100	db=320	is=r
Name	String	Team Name	len=160	db=320
OrganizationId	Uniqueidentifier	Organization	is=r
OrganizationIdName	String		of=organizationid	len=100	db=320	is=r
OverriddenCreatedOn	DateTime	Record Created On	is=rc
ProcessId	Uniqueidentifier	Process
QueueId	Lookup	Default Queue	to=queue
QueueIdName	String		of=queueid	len=400	db=400	is=r
RegardingObjectId	Lookup	Regarding Object Id	to=knowledgearticle	is=rc
RegardingObjectTypeCode	EntityName	Regarding Object Type	of=regardingobjectid	is=rc
SasToken	String	Sas Token	len=50	db=100	is=
ShareLinkQualifier	String	Share Link Qualifier	len=1250	db=2500	is=r
StageId	Uniqueidentifier	(Deprecated) Process Stage
SystemManaged	Boolean	Is System Managed	opt=1=Yes;0=No	is=r
SystemManagedName	Virtual		of=systemmanaged	is=r
TeamId	Uniqueidentifier	Team	is=rc
TeamTemplateId	Lookup	Team Template Identifier	to=teamtemplate	is=rc
TeamType	Picklist	Team Type	opt=0=Owner;1=Access;2=Security Group;3=Office Group	is=rc
TeamTypeName	Virtual		of=teamtype	is=r
TransactionCurrencyId	Lookup	Currency	to=transactioncurrency
TransactionCurrencyIdName	String		of=transactioncurrencyid	len=100	db=200	is=r
TraversedPath	String	(Deprecated) Traversed Path	len=1250	db=2500
VersionNumber	BigInt	Version number	is=r
YomiName	String	Yomi Name	len=160	db=320
= BusinessUnit	businessunits	Business Unit	10	businessunitid	name	BusinessOwned	tc
Address1_AddressId	Uniqueidentifier	Address 1: ID
Address1_AddressTypeCode	Picklist	Address 1: Address Type	opt=1=Default Value
Address1_City	String	Bill To City	len=80	db=160
Address1_Country	String	Bill To Country/Region	len=80	db=160
Address1_County	String	Address 1: County	len=50	db=100
Address1_Fax	String	Address 1: Fax	len=50	db=100
Address1_Latitude	Double	Address 1: Latitude	prec=5
Address1_Line1	String	Bill To Street 1	len=250	db=500
Address1_Line2	String	Bill To Street 2	len=250	db=500
Address1_Line3	String	Bill To Street 3	len=250	db=500
Address1_Longitude	Double	Address 1: Longitude	prec=5
Address1_Name	String	Address 1: Name	len=100	db=200
Address1_PostalCode	String	Bill To ZIP/Postal Code	len=20	db=40
Address1_PostOfficeBox	String	Address 1: Post Office Box	len=20	db=40
Address1_ShippingMethodCode	Picklist	Address 1: Shipping Method	opt=1=Default Value
Address1_StateOrProvince	String	Bill To State/Province	len=50	db=100
Address1_Telephone1	String	Main Phone	len=50	db=100
Address1_Telephone2	String	Other Phone	len=50	db=100
Address1_Telephone3	String	Address 1: Telephone 3	len=50	db=100
Address1_UPSZone	String	Address 1: UPS Zone	len=4	db=8
Address1_UTCOffset	Integer	Address 1: UTC Offset	min=-1500	max=1500
Address2_AddressId	Uniqueidentifier	Address 2: ID
Address2_AddressTypeCode	Picklist	Address 2: Address Type	opt=1=Default Value
Address2_City	String	Ship To City	len=80	db=160
Address2_Country	String	Ship To Country/Region	len=80	db=160
Address2_County	String	Address 2: County	len=50	db=100
Address2_Fax	String	Address 2: Fax	len=50	db=100
Address2_Latitude	Double	Address 2: Latitude	prec=5
Address2_Line1	String	Ship To Street 1	len=250	db=500
Address2_Line2	String	Ship To Street 2	len=250	db=500
Address2_Line3	String	Ship To Street 3	len=250	db=500
Address2_Longitude	Double	Address 2: Longitude	prec=5
Address2_Name	String	Address 2: Name	len=100	db=200
Address2_PostalCode	String	Ship To ZIP/Postal Code	len=20	db=40
Address2_PostOfficeBox	String	Address 2: Post Office Box	len=20	db=40
Address2_ShippingMethodCode	Picklist	Address 2: Shipping Method	opt=1=Default Value
Address2_StateOrProvince	String	Ship To State/Province	len=50	db=100
Address2_Telephone1	String	Address 2: Telephone 1	len=50	db=100
Address2_Telephone2	String	Address 2: Telephone 2	len=50	db=100
Address2_Telephone3	String	Address 2: Telephone 3	len=50	db=100
Address2_UPSZone	String	Address 2: UPS Zone	len=4	db=8
Address2_UTCOffset	Integer	Address 2: UTC Offset	min=-1500	max=1500
BusinessUnitId	Uniqueidentifier	Business Unit	is=rc
CalendarId	Lookup	Calendar	to=calendar
CostCenter	String	Cost Center	len=100	db=200
CreatedBy	Lookup	Created By	to=systemuser	is=r
CreatedOn	DateTime	Created On	is=r
CreatedOnBehalfBy	Lookup	Created By (Delegate)	to=systemuser	is=r
CreditLimit	Double	Credit Limit	prec=2
Description	Memo	Description	len=2000
DisabledReason	String	Disable Reason	len=500	db=1000
DivisionName	String	Division	len=100	db=200
EMailAddress	String	Email	len=100	db=200
ExchangeRate	Decimal	Exchange Rate	prec=12	is=r
FileAsName	String	File as Name	len=100	db=200
FtpSiteUrl	String	FTP Site	len=200	db=400
ImportSequenceNumber	Integer	Import Sequence Number	min=-2147483648	max=2147483647	is=rc
InheritanceMask	Integer	Inheritance Mask	min=0	max=1000000000
IsDisabled	Boolean	Is Disabled	opt=1=Yes;0=No
ModifiedBy	Lookup	Modified By	to=systemuser	is=r
ModifiedOn	DateTime	Modified On	is=r
ModifiedOnBehalfBy	Lookup	Modified By (Delegate)	to=systemuser	is=r
Name	String	Name	len=160	db=320
OrganizationId	Lookup	Organization	to=organization
OverriddenCreatedOn	DateTime	Record Created On	date=DateOnly	is=rc
ParentBusinessUnitId	Lookup	Parent Business	to=businessunit
Picture	Memo	Picture	len=1073741823
StockExchange	String	Stock Exchange	len=20	db=40
TickerSymbol	String	Ticker Symbol	len=10	db=20
TransactionCurrencyId	Lookup	Currency	to=transactioncurrency
UserGroupId	Uniqueidentifier	usergroupid
UTCOffset	Integer	UTC Offset	min=-1500	max=1500
VersionNumber	BigInt	Version number	is=r
WebSiteUrl	String	Website	len=200	db=400
WorkflowSuspended	Boolean	Workflow Suspended	opt=1=Yes;0=No
= TransactionCurrency	transactioncurrencies	Currency	9105	transactioncurrencyid	currencyname	OrganizationOwned	tc
CreatedBy	Lookup	Created By	to=systemuser	is=r
CreatedOn	DateTime	Created On	is=r
CreatedOnBehalfBy	Lookup	Created By (Delegate)	to=systemuser	is=r
CurrencyName	String	Currency Name	len=100	db=200
CurrencyPrecision	Integer	Currency Precision	min=0	max=10
CurrencySymbol	String	Currency Symbol	len=10	db=20
CurrencyType	Picklist	Currency Type	opt=0=System;1=Custom
EntityImageId	Uniqueidentifier	Entity Image Id	is=r
ExchangeRate	Decimal	Exchange Rate	prec=12	is=r
ImportSequenceNumber	Integer	Import Sequence Number	min=-2147483648	max=2147483647	is=rc
ISOCurrencyCode	String	Currency Code	len=5	db=10
ModifiedBy	Lookup	Modified By	to=systemuser	is=r
ModifiedOn	DateTime	Modified On	is=r
ModifiedOnBehalfBy	Lookup	Modified By (Delegate)	to=systemuser	is=r
OrganizationId	Lookup	Organization	to=organization
OverriddenCreatedOn	DateTime	Record Created On	date=DateOnly	is=rc
StateCode	State	Status	opt=0=Active;1=Inactive
StatusCode	Status	Status Reason	opt=1@0=Active;2@1=Inactive
TransactionCurrencyId	Uniqueidentifier	Transaction Currency	is=rc
UniqueDscId	Uniqueidentifier	UniqueDscId
VersionNumber	BigInt	Version Number	is=r
= SystemUserRoles	systemuserrolescollection	User Role	15	systemuserroleid		None	tciw
RoleId	Uniqueidentifier		is=r
SystemUserId	Uniqueidentifier		is=r
SystemUserRoleId	Uniqueidentifier		is=rc
VersionNumber	BigInt		is=r
`;

/** Name, display name, options; apart by tabs. */
export const choiceFacts: string = `powerpagelanguages	Power Pages Languages	1025=Arabic;1069=Basque - Basque;1026=Bulgarian - Bulgaria;1027=Catalan - Catalan;2052=Chinese - China;3076=Chinese - Hong Kong SAR;1028=Chinese - Traditional;1050=Croatian - Croatia;1029=Czech - Czech Republic;1030=Danish - Denmark;1043=Dutch - Netherlands;1033=English;1061=Estonian - Estonia;1035=Finnish - Finland;1036=French - France;1110=Galician - Spain;1031=German - Germany;1032=Greek - Greece;1037=Hebrew;1081=Hindi - India;1038=Hungarian - Hungary;1057=Indonesian - Indonesia;1040=Italian - Italy;1041=Japanese - Japan;1087=Kazakh - Kazakhstan;1042=Korean - Korea;1062=Latvian - Latvia;1063=Lithuanian - Lithuania;1086=Malay - Malaysia;1044=Norwegian (Bokmål) - Norway;1045=Polish - Poland;1046=Portuguese - Brazil;2070=Portuguese - Portugal;1048=Romanian - Romania;1049=Russian - Russia;3098=Serbian (Cyrillic) - Serbia;2074=Serbian (Latin) - Serbia;1051=Slovak - Slovakia;1060=Slovenian - Slovenia;3082=Spanish (Traditional Sort) - Spain;1053=Swedish - Sweden;1054=Thai - Thailand;1055=Turkish - Türkiye;1058=Ukrainian - Ukraine;1066=Vietnamese - Vietnam
isencryptedattributevalueset	Is Encrypted Attribute Value Set	1=Yes;0=No
`;

/** Schema name, referenced table and column, referencing table and column, navigation property of both; apart by tabs. */
export const relationshipFacts: string = `account_master_account	account	accountid	account	masterid	account_master_account	masterid
account_parent_account	account	accountid	account	parentaccountid	account_parent_account	parentaccountid
account_primary_contact	contact	contactid	account	primarycontactid	account_primary_contact	primarycontactid
business_unit_accounts	businessunit	businessunitid	account	owningbusinessunit	business_unit_accounts	owningbusinessunit
lk_accountbase_createdby	systemuser	systemuserid	account	createdby	lk_accountbase_createdby	createdby
lk_accountbase_createdonbehalfby	systemuser	systemuserid	account	createdonbehalfby	lk_accountbase_createdonbehalfby	createdonbehalfby
lk_accountbase_modifiedby	systemuser	systemuserid	account	modifiedby	lk_accountbase_modifiedby	modifiedby
lk_accountbase_modifiedonbehalfby	systemuser	systemuserid	account	modifiedonbehalfby	lk_accountbase_modifiedonbehalfby	modifiedonbehalfby
msa_account_managingpartner	account	accountid	account	msa_managingpartnerid	msa_account_managingpartner	msa_managingpartnerid
owner_accounts	owner	ownerid	account	ownerid	owner_accounts	ownerid
system_user_accounts	systemuser	systemuserid	account	preferredsystemuserid	system_user_accounts	preferredsystemuserid
team_accounts	team	teamid	account	owningteam	team_accounts	owningteam
transactioncurrency_account	transactioncurrency	transactioncurrencyid	account	transactioncurrencyid	transactioncurrency_account	transactioncurrencyid
user_accounts	systemuser	systemuserid	account	owninguser	user_accounts	owninguser
business_unit_contacts	businessunit	businessunitid	contact	owningbusinessunit	business_unit_contacts	owningbusinessunit
contact_customer_accounts	account	accountid	contact	parentcustomerid	contact_customer_accounts	parentcustomerid_account
contact_customer_contacts	contact	contactid	contact	parentcustomerid	contact_customer_contacts	parentcustomerid_contact
contact_master_contact	contact	contactid	contact	masterid	contact_master_contact	masterid
contact_owning_user	systemuser	systemuserid	contact	owninguser	contact_owning_user	owninguser
lk_contact_createdonbehalfby	systemuser	systemuserid	contact	createdonbehalfby	lk_contact_createdonbehalfby	createdonbehalfby
lk_contact_modifiedonbehalfby	systemuser	systemuserid	contact	modifiedonbehalfby	lk_contact_modifiedonbehalfby	modifiedonbehalfby
lk_contactbase_createdby	systemuser	systemuserid	contact	createdby	lk_contactbase_createdby	createdby
lk_contactbase_modifiedby	systemuser	systemuserid	contact	modifiedby	lk_contactbase_modifiedby	modifiedby
msa_contact_managingpartner	account	accountid	contact	msa_managingpartnerid	msa_contact_managingpartner	msa_managingpartnerid
owner_contacts	owner	ownerid	contact	ownerid	owner_contacts	ownerid
system_user_contacts	systemuser	systemuserid	contact	preferredsystemuserid	system_user_contacts	preferredsystemuserid
team_contacts	team	teamid	contact	owningteam	team_contacts	owningteam
transactioncurrency_contact	transactioncurrency	transactioncurrencyid	contact	transactioncurrencyid	transactioncurrency_contact	transactioncurrencyid
Account_Annotation	account	accountid	annotation	objectid	Account_Annotation	objectid_account
Appointment_Annotation	appointment	activityid	annotation	objectid	Appointment_Annotation	objectid_appointment
Contact_Annotation	contact	contactid	annotation	objectid	Contact_Annotation	objectid_contact
Email_Annotation	email	activityid	annotation	objectid	Email_Annotation	objectid_email
PhoneCall_Annotation	phonecall	activityid	annotation	objectid	PhoneCall_Annotation	objectid_phonecall
Task_Annotation	task	activityid	annotation	objectid	Task_Annotation	objectid_task
annotation_owning_user	systemuser	systemuserid	annotation	owninguser	annotation_owning_user	owninguser
business_unit_annotations	businessunit	businessunitid	annotation	owningbusinessunit	business_unit_annotations	owningbusinessunit
lk_annotationbase_createdby	systemuser	systemuserid	annotation	createdby	lk_annotationbase_createdby	createdby
lk_annotationbase_createdonbehalfby	systemuser	systemuserid	annotation	createdonbehalfby	lk_annotationbase_createdonbehalfby	createdonbehalfby
lk_annotationbase_modifiedby	systemuser	systemuserid	annotation	modifiedby	lk_annotationbase_modifiedby	modifiedby
lk_annotationbase_modifiedonbehalfby	systemuser	systemuserid	annotation	modifiedonbehalfby	lk_annotationbase_modifiedonbehalfby	modifiedonbehalfby
owner_annotations	owner	ownerid	annotation	ownerid	owner_annotations	ownerid
team_annotations	team	teamid	annotation	owningteam	team_annotations	owningteam
TransactionCurrency_Team	transactioncurrency	transactioncurrencyid	team	transactioncurrencyid	TransactionCurrency_Team	transactioncurrencyid
business_unit_teams	businessunit	businessunitid	team	businessunitid	business_unit_teams	businessunitid
lk_team_createdonbehalfby	systemuser	systemuserid	team	createdonbehalfby	lk_team_createdonbehalfby	createdonbehalfby
lk_team_modifiedonbehalfby	systemuser	systemuserid	team	modifiedonbehalfby	lk_team_modifiedonbehalfby	modifiedonbehalfby
lk_teambase_administratorid	systemuser	systemuserid	team	administratorid	lk_teambase_administratorid	administratorid
lk_teambase_createdby	systemuser	systemuserid	team	createdby	lk_teambase_createdby	createdby
lk_teambase_modifiedby	systemuser	systemuserid	team	modifiedby	lk_teambase_modifiedby	modifiedby
`;
