import { Fault } from '../../core/fault.ts';

/** A fault with PostgreSQL's state and words (appendix "PostgreSQL Error Codes"). */
function fault(sqlstate: string, reason: string): Fault {
  return new Fault('input/sql', { reason, sqlstate });
}

export function noRelation(name: string): Fault {
  return fault('42P01', `relation "${name}" does not exist`);
}

export function noFunction(name: string, argumentCount: number): Fault {
  return fault('42883', `function ${name} with ${argumentCount} arguments does not exist`);
}

export function noSchema(name: string): Fault {
  return fault('3F000', `schema "${name}" does not exist`);
}

export function noType(name: string): Fault {
  return fault('42704', `type "${name}" does not exist`);
}

export function noRole(name: string): Fault {
  return fault('42704', `role "${name}" does not exist`);
}

export function noSetting(name: string): Fault {
  return fault('42704', `unrecognized configuration parameter "${name}"`);
}

export function denied(name: string): Fault {
  return fault('42501', `permission denied for table ${name}`);
}

export function invalidName(text: string): Fault {
  return fault('42602', `invalid name syntax: ${text}`);
}
