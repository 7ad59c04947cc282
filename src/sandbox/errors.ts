/** A refusal as the platform words it: an HTTP status, a platform code and a message. */
export class WireError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    { status, code, message }: { readonly status: number; readonly code: string; readonly message: string },
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The body of an error; with annotations asked for it carries more, as the platform's does. */
export function errorBody(error: WireError, { annotated }: { readonly annotated: boolean }): string {
  const extra = annotated
    ? {
        '@Microsoft.PowerApps.CDS.HelpLink': `http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a${error.code.slice(2)}&client=platform`,
        '@Microsoft.PowerApps.CDS.InnerError.Message': error.message,
      }
    : {};
  return JSON.stringify({ error: { code: error.code, message: error.message, ...extra } });
}

export function badQuery(message: string): WireError {
  return new WireError({ status: 400, code: '0x80060888', message });
}

export function unknownProperty(name: string, type: string): WireError {
  return badQuery(`Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.${type}'.`);
}

export function unknownSegment(segment: string): WireError {
  return new WireError({
    status: 404,
    code: '0x8006088a',
    message: `Resource not found for the segment '${segment}'.`,
  });
}

export function unknownRow({ table, id }: { readonly table: string; readonly id: string }): WireError {
  return new WireError({
    status: 404,
    code: '0x80040217',
    message: `Entity '${table}' With Id = ${id} Does Not Exist`,
  });
}

export function missingPrivilege({
  userId,
  table,
  verb,
}: {
  readonly userId: string;
  readonly table: { readonly schemaName: string; readonly logicalName: string; readonly objectTypeCode: number };
  readonly verb: 'Read' | 'Write' | 'Create' | 'Delete';
}): WireError {
  return new WireError({
    status: 403,
    code: '0x80040220',
    message:
      `Principal user (Id=${userId}, type=8, roleCount=1, privilegeCount=0, accessMode=4) is missing ` +
      `prv${verb}${table.schemaName} privilege on OTC=${table.objectTypeCode} for entity '${table.logicalName}'. ` +
      `context.Caller=${userId}`,
  });
}

/** Of a row that is there, but not for this caller: the code of the platform's access check (-2147187962). */
export function missingReadRight({
  userId,
  table,
  id,
}: {
  readonly userId: string;
  readonly table: { readonly logicalName: string };
  readonly id: string;
}): WireError {
  return new WireError({
    status: 403,
    code: '0x80048306',
    message: `Principal with id ${userId} does not have ReadAccess right(s) for record with id ${id} of entity ${table.logicalName}.`,
  });
}

/** The status is not documented; clients can only go by the code. */
export function expiredDeltaToken(): WireError {
  return new WireError({
    status: 400,
    code: '0x80044352',
    message: 'Version stamp associated with the client has expired. Please perform a full sync.',
  });
}

/**
 * Of an environment in administration mode, to anyone who is no administrator. What the service answers then is not
 * documented: status and text are ours, the code is the one that people saw of organizations that are disabled.
 */
export function inAdminMode(): WireError {
  return new WireError({
    status: 403,
    code: '0x8004a104',
    message: 'The organization is in administration mode. Only users with the role of an administrator can sign in.',
  });
}

export function badArgument(message: string): WireError {
  return new WireError({ status: 400, code: '0x80040203', message });
}

/** The body of a create or update is not acceptable. */
export function badPayload({ set, reason }: { readonly set: string; readonly reason: string }): WireError {
  return new WireError({
    status: 400,
    code: '0x80048d19',
    message: `Error identified in Payload provided by the user for Entity :'${set}' ----> InnerException : ${reason}`,
  });
}

export function notBuilt(what: string): WireError {
  return new WireError({
    status: 501,
    code: '0x80060888',
    message: `The embedded environment does not offer ${what}.`,
  });
}
