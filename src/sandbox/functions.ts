import { badArgument } from './errors.ts';
import { requireRead } from './privileges.ts';
import { recordCount } from './record-counts.ts';
import type { Handler } from './wire.ts';
import { json } from './wire.ts';

/** `GET /`: the entity sets. */
export const serviceDocument: Handler = ({ apiUrl, database }) =>
  json({
    '@odata.context': `${apiUrl}/$metadata`,
    value: database
      .tables()
      .map(({ entitySetName }) => ({ name: entitySetName, kind: 'EntitySet', url: entitySetName }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  });

/** `GET /WhoAmI` */
export const whoAmI: Handler = ({ apiUrl, database }, { application }) => {
  const { organizationId, rootBusinessUnitId } = database.organization();
  return json({
    '@odata.context': `${apiUrl}/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse`,
    BusinessUnitId: rootBusinessUnitId,
    UserId: application.userId,
    OrganizationId: organizationId,
  });
};

/** `GET /RetrieveCurrentOrganization(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default')`, or with an alias. */
export const retrieveCurrentOrganization: Handler = (environment, call, parts) => {
  const match = /^AccessType=(.+)$/.exec(parts.arguments ?? '');
  const given = match?.[1] ?? '';
  const value = given.startsWith('@') ? (call.options.values.get(given) ?? '') : given;
  const access = /^(?:Microsoft\.Dynamics\.CRM\.EndpointAccessType)?'(Default|Internet|Intranet)'$/.exec(value);
  if (access === null) throw badArgument(`Invalid value for AccessType: '${value}'.`);
  const organization = environment.database.organization();
  return json({
    '@odata.context': `${environment.apiUrl}/$metadata#Microsoft.Dynamics.CRM.RetrieveCurrentOrganizationResponse`,
    Detail: {
      OrganizationId: organization.organizationId,
      FriendlyName: organization.friendlyName,
      OrganizationVersion: organization.version,
      EnvironmentId: organization.organizationId,
      DatacenterId: '00000000-0000-0000-0000-000000000000',
      Geo: 'EUR',
      TenantId: environment.tenantId,
      UrlName: organization.uniqueName,
      UniqueName: organization.uniqueName,
      State: 'Enabled',
      SchemaType: 'Standard',
      OrganizationType: 'Developer',
      Endpoints: {
        Count: 2,
        IsReadOnly: false,
        Keys: ['WebApplication', 'OrganizationDataService'],
        Values: [`${environment.url}/`, `${environment.url}/XRMServices/2011/OrganizationData.svc`],
      },
    },
  });
};

/** `GET /RetrieveTotalRecordCount(EntityNames=@p1)?@p1=["account"]`: row counts, up to a day old where so wished. */
export const retrieveTotalRecordCount: Handler = (environment, call, parts) => {
  const match = /^EntityNames=(.+)$/.exec(parts.arguments ?? '');
  const given = match?.[1] ?? '';
  const names = namesOf(given.startsWith('@') ? (call.options.values.get(given) ?? '') : given);
  const tables = names.map(name => {
    const table = environment.database.table(name);
    if (table === undefined)
      throw badArgument(`The entity with a name = '${name}' was not found in the MetadataCache.`);
    requireRead(environment, call, table);
    return table;
  });
  return json({
    '@odata.context': `${environment.apiUrl}/$metadata#Microsoft.Dynamics.CRM.RetrieveTotalRecordCountResponse`,
    EntityRecordCountCollection: {
      Count: tables.length,
      IsReadOnly: false,
      Keys: tables.map(table => table.logicalName),
      Values: tables.map(table => recordCount(environment, table)),
    },
  });
};

function namesOf(text: string): readonly string[] {
  try {
    const names: unknown = JSON.parse(text);
    if (Array.isArray(names) && names.every(name => typeof name === 'string')) return names;
  } catch {
    // Falls to the refusal below.
  }
  throw badArgument(`Invalid value for EntityNames: '${text}'.`);
}
