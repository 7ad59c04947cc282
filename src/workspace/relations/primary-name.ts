import type { TableShape } from '../../core/shape.ts';

/*
 * What a row is called by. The environment knows it (PrimaryNameAttribute), our table definitions do not keep it, so it
 * is told by rule here, and only where the rule is sure: of standard tables as the reference pages of Dataverse's tables
 * say it, of tables from makers the column that Power Apps makes for it.
 */

const STANDARD: Readonly<Record<string, string>> = {
  account: 'name',
  activitypointer: 'subject',
  annotation: 'subject',
  appointment: 'subject',
  bookableresource: 'name',
  bookableresourcebooking: 'name',
  businessunit: 'name',
  campaign: 'name',
  campaignactivity: 'subject',
  campaignresponse: 'subject',
  category: 'title',
  competitor: 'name',
  connection: 'name',
  connectionrole: 'name',
  contact: 'fullname',
  contract: 'title',
  customeraddress: 'name',
  discounttype: 'name',
  email: 'subject',
  entitlement: 'name',
  equipment: 'name',
  fax: 'subject',
  goal: 'title',
  incident: 'title',
  invoice: 'name',
  knowledgearticle: 'title',
  lead: 'fullname',
  letter: 'subject',
  list: 'listname',
  mailbox: 'name',
  metric: 'name',
  opportunity: 'name',
  organization: 'name',
  owner: 'name',
  phonecall: 'subject',
  position: 'name',
  pricelevel: 'name',
  product: 'name',
  queue: 'name',
  quote: 'name',
  recurringappointmentmaster: 'subject',
  role: 'name',
  salesorder: 'name',
  service: 'name',
  serviceappointment: 'subject',
  site: 'name',
  sla: 'name',
  socialactivity: 'subject',
  socialprofile: 'profilename',
  subject: 'title',
  systemuser: 'fullname',
  task: 'subject',
  team: 'name',
  territory: 'name',
  transactioncurrency: 'currencyname',
  uom: 'name',
  uomschedule: 'name',
  workflow: 'name',
};

/** The column that holds the name of a table's rows; null: no rule is sure of it, or the table is exported without it. */
export function primaryNameOf(shape: TableShape): string | null {
  const name = ruleFor(shape);
  const column = shape.columns.find(one => one.name === name);
  return column?.kind === 'string' && column.removed !== true ? column.name : null;
}

function ruleFor({ table, primaryId }: TableShape): string | null {
  const standard = Object.hasOwn(STANDARD, table) ? STANDARD[table] : undefined;
  if (standard !== undefined) return standard;
  // Every kind of activity is named by its subject.
  if (primaryId === 'activityid') return 'subject';
  // `new_project`: what the maker's prefix is, `new_name` has it too.
  const at = table.indexOf('_');
  return at === -1 ? null : `${table.slice(0, at)}_name`;
}
