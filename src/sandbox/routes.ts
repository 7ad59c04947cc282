import { associate, disassociate } from './associations.ts';
import { answerDelta, answerTrackedRead } from './change-tracking.ts';
import { answerMetadataDocument } from './csdl.ts';
import { answerList, countRows, retrieveRow } from './data-rows.ts';
import { createRow, deleteRow, updateRow } from './data-write.ts';
import { retrieveCurrentOrganization, retrieveTotalRecordCount, serviceDocument, whoAmI } from './functions.ts';
import { createKey, deleteKey, getKeys } from './key-definitions.ts';
import { countMembers, readMember } from './member-read.ts';
import { mergeRows } from './merge-rows.ts';
import { getAttributes, getEntities, getEntity, getGlobalChoices, getRelationships } from './metadata.ts';
import { retrieveMetadataChanges } from './metadata-changes.ts';
import {
  createAttribute,
  createEntity,
  createGlobalChoice,
  createRelationship,
  deleteAttribute,
  deleteEntity,
  deleteOptionValue,
  insertOptionValue,
  updateEntity,
  updateOptionValue,
} from './metadata-write.ts';
import { createMultiple, updateMultiple, upsertMultiple } from './multiple-rows.ts';
import { decodePageCookie } from './paging-cookie.ts';
import { tableOfSet } from './row-address.ts';
import { clearProperty, readProperty, readReference, writeProperty } from './row-property.ts';
import type { Handler, Route } from './wire.ts';

/** A key may hold text in quotes, and that anything. */
const key = String.raw`\((?<key>(?:[^()']|'(?:[^']|'')*')*)\)`;
const cast = String.raw`(?:/Microsoft\.Dynamics\.CRM\.(?<cast>\w+))?`;

/** `GET /accounts`: a plain list, or the first or next read of its changes. */
const listRows: Handler = (environment, call, parts) => {
  const table = tableOfSet(environment, parts.set);
  call.noted.table = table.logicalName;
  if (call.options.values.has('$deltatoken')) return answerDelta(environment, call, table);
  const skip = call.options.values.get('$skiptoken');
  const tracked = call.preferences.trackChanges || (skip !== undefined && decodePageCookie(skip).tracking);
  return tracked ? answerTrackedRead(environment, call, table) : answerList(environment, call, table);
};

/** Every operation of the Web API that is offered; the first match answers. */
export const routes: readonly Route[] = [
  route('GET', '', serviceDocument),
  route('GET', String.raw`\$metadata`, answerMetadataDocument),
  route('GET', String.raw`WhoAmI(?:\(\))?`, whoAmI),
  route('GET', String.raw`RetrieveCurrentOrganization\((?<arguments>.*)\)`, retrieveCurrentOrganization),
  route('GET', String.raw`RetrieveTotalRecordCount\((?<arguments>.*)\)`, retrieveTotalRecordCount),
  route('GET', String.raw`RetrieveMetadataChanges(?:\((?<arguments>.*)\))?`, retrieveMetadataChanges),
  route('POST', 'Merge', mergeRows),
  route('POST', 'InsertOptionValue', insertOptionValue),
  route('POST', 'UpdateOptionValue', updateOptionValue),
  route('POST', 'DeleteOptionValue', deleteOptionValue),
  route('GET', 'EntityDefinitions', getEntities),
  route('POST', 'EntityDefinitions', createEntity),
  route('GET', `EntityDefinitions${key}`, getEntity),
  route('PUT', `EntityDefinitions${key}`, updateEntity),
  route('PATCH', `EntityDefinitions${key}`, updateEntity),
  route('DELETE', `EntityDefinitions${key}`, deleteEntity),
  route('GET', String.raw`EntityDefinitions${key}/Attributes(?:\((?<attribute>[^()]*)\))?${cast}`, getAttributes),
  route('POST', `EntityDefinitions${key}/Attributes`, createAttribute),
  route('DELETE', String.raw`EntityDefinitions${key}/Attributes\((?<attribute>[^()]*)\)`, deleteAttribute),
  route(
    'GET',
    `EntityDefinitions${key}/(?<kind>ManyToOneRelationships|OneToManyRelationships|ManyToManyRelationships)`,
    getRelationships,
  ),
  route('GET', String.raw`EntityDefinitions${key}/Keys(?:\((?<name>[^()]*)\))?`, getKeys),
  route('POST', `EntityDefinitions${key}/Keys`, createKey),
  route('DELETE', String.raw`EntityDefinitions${key}/Keys\((?<name>[^()]*)\)`, deleteKey),
  route('GET', `RelationshipDefinitions(?:${key})?${cast}`, getRelationships),
  route('POST', 'RelationshipDefinitions', createRelationship),
  route('GET', `GlobalOptionSetDefinitions(?:${key})?${cast}`, getGlobalChoices),
  route('POST', 'GlobalOptionSetDefinitions', createGlobalChoice),
  route('GET', String.raw`(?<set>\w+)`, listRows),
  route('POST', String.raw`(?<set>\w+)`, createRow),
  route('POST', String.raw`(?<set>\w+)/Microsoft\.Dynamics\.CRM\.CreateMultiple`, createMultiple),
  route('POST', String.raw`(?<set>\w+)/Microsoft\.Dynamics\.CRM\.UpdateMultiple`, updateMultiple),
  route('POST', String.raw`(?<set>\w+)/Microsoft\.Dynamics\.CRM\.UpsertMultiple`, upsertMultiple),
  route('GET', String.raw`(?<set>\w+)/\$count`, countRows),
  route('GET', String.raw`(?<set>\w+)${key}`, retrieveRow),
  route('PATCH', String.raw`(?<set>\w+)${key}`, updateRow),
  route('DELETE', String.raw`(?<set>\w+)${key}`, deleteRow),
  route('GET', String.raw`(?<set>\w+)${key}/(?<property>\w+)/\$ref`, readReference),
  route('GET', String.raw`(?<set>\w+)${key}/(?<property>\w+)/(?<raw>\$value)`, readProperty),
  route('GET', String.raw`(?<set>\w+)${key}/(?<property>\w+)/\$count`, countMembers),
  route('GET', String.raw`(?<set>\w+)${key}/(?<property>\w+)`, readMember),
  route('PUT', String.raw`(?<set>\w+)${key}/(?<property>\w+)`, writeProperty),
  route('DELETE', String.raw`(?<set>\w+)${key}/(?<property>\w+)`, clearProperty),
  route('POST', String.raw`(?<set>\w+)${key}/(?<navigation>\w+)/\$ref`, associate),
  route('PUT', String.raw`(?<set>\w+)${key}/(?<navigation>\w+)/\$ref`, associate),
  route('DELETE', String.raw`(?<set>\w+)${key}/(?<navigation>\w+)(?:\((?<other>[^()]*)\))?/\$ref`, disassociate),
];

function route(method: string, pattern: string, handle: Handler): Route {
  return { method, pattern: new RegExp(`^${pattern}$`), handle };
}
