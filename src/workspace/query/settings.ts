import { zoneOffsets } from './calendar.ts';
import { queryFault, sqlStates } from './query-fault.ts';

/** Settings that change how values are read and printed; others are the conversation's to keep. */
export type ValueSetting = 'timezone' | 'datestyle' | 'intervalstyle' | 'extra_float_digits' | 'bytea_output';

/** Which of the settings of values it is, if any; `input/sql` (22023) for a value that is not served. */
export function checkSetting(name: string, value: string): ValueSetting | null {
  switch (name.toLowerCase()) {
    case 'timezone':
      check(isZone(value), name);
      return 'timezone';
    case 'datestyle':
      // The order of day and month does not matter: only ISO dates are read and written.
      check(/^(iso|default)\s*(,\s*(mdy|dmy|ymd|us|european|noneuropean))?$|^(mdy|dmy|ymd)$/i.test(value.trim()), name);
      return 'datestyle';
    case 'intervalstyle':
      check(/^postgres$/i.test(value.trim()), name);
      return 'intervalstyle';
    case 'extra_float_digits':
      check(/^-?\d{1,2}$/.test(value.trim()) && Number(value) >= -15 && Number(value) <= 3, name);
      return 'extra_float_digits';
    case 'bytea_output':
      check(/^(hex|escape)$/i.test(value.trim()), name);
      return 'bytea_output';
    default:
      return null;
  }
}

function check(isServed: boolean, name: string): void {
  if (!isServed) throw queryFault(sqlStates.badValue, `invalid value for parameter "${name}"`);
}

function isZone(value: string): boolean {
  try {
    zoneOffsets(value);
    return true;
  } catch {
    return false;
  }
}
