import { OWNER_OID, PG_CATALOG_OID } from './fixed-tables.ts';
import type { SourceNames, Sources } from './relation-source.ts';

/* Relations of pg_catalog about types, functions and operators, and the few fixed ones beside them. */

const C_LOCALE = `'C'`;

function owned(prefix: string): Readonly<Record<string, string>> {
  return { [`${prefix}namespace`]: `${PG_CATALOG_OID}`, [`${prefix}owner`]: `${OWNER_OID}` };
}

export function typeSources({ lake, fixed }: SourceNames): Sources {
  return {
    ...functionSources(fixed),
    ...operatorSources(fixed),
    ...fixedSources(),
    pg_type: { from: `${lake}.main.types t`, columns: TYPE_COLUMNS },
  };
}

function functionSources(fixed: string): Sources {
  return {
    pg_proc: {
      from: `${fixed}.main.functions f LEFT JOIN ${fixed}.main.types r ON r.x_oid = f.x_result`,
      columns: {
        oid: 'f.x_oid',
        proname: 'f.x_name',
        ...owned('pro'),
        prolang: '12',
        procost: '1',
        prorows: `CASE WHEN f.x_flags[2] = 't' THEN 1000 ELSE 0 END`,
        provariadic: 'f.x_variadic',
        prokind: 'f.x_flags[1]',
        proisstrict: `f.x_flags[3] = 't'`,
        proretset: `f.x_flags[2] = 't'`,
        provolatile: 'f.x_flags[4]',
        proparallel: `'s'`,
        pronargs: `CASE WHEN f.x_arguments = '-' THEN 0 ELSE len(string_split(f.x_arguments, ',')) END`,
        pronargdefaults: 'f.x_defaults',
        prorettype: 'f.x_result',
        proargtypes: `CASE WHEN f.x_arguments = '-' THEN [] ELSE string_split(f.x_arguments, ',') END`,
        prosrc: 'f.x_name',
      },
    },
    pg_aggregate: {
      from: `${fixed}.main.aggregates a`,
      columns: {
        aggfnoid: 'a.x_oid',
        aggkind: 'a.x_kind',
        aggnumdirectargs: 'a.x_direct',
        aggtranstype: 'a.x_state',
        aggfinalmodify: `'r'`,
        aggmfinalmodify: `'r'`,
      },
    },
  };
}

function operatorSources(fixed: string): Sources {
  return {
    pg_operator: {
      from: `${fixed}.main.operators o`,
      columns: {
        oid: 'o.x_oid',
        oprname: 'o.x_name',
        ...owned('opr'),
        oprkind: 'o.x_flags[1]',
        oprcanmerge: `o.x_flags[2] = 't'`,
        oprcanhash: `o.x_flags[3] = 't'`,
        oprleft: 'o.x_left',
        oprright: 'o.x_right',
        oprresult: 'o.x_result',
        oprcom: 'o.x_commutator',
        oprnegate: 'o.x_negator',
        oprcode: 'o.x_code',
        oprrest: 'o.x_rest',
        oprjoin: 'o.x_join',
      },
    },
    pg_cast: {
      from: `${fixed}.main.casts c`,
      columns: {
        oid: 'c.x_oid',
        castsource: 'c.x_source',
        casttarget: 'c.x_target',
        castfunc: 'c.x_function',
        castcontext: 'c.x_context',
        castmethod: 'c.x_method',
      },
    },
    pg_opclass: {
      from: `${fixed}.main.operator_classes c`,
      columns: {
        oid: 'c.x_oid',
        opcmethod: '403',
        opcname: 'c.x_name',
        ...owned('opc'),
        opcfamily: 'c.x_family',
        opcintype: 'c.x_input',
        opcdefault: 'c.x_default',
        opckeytype: 'c.x_key',
      },
    },
  };
}

const TYPE_COLUMNS: Readonly<Record<string, string>> = {
  oid: 't.x_oid',
  typname: 't.x_name',
  typnamespace: 't.x_schema',
  typowner: `${OWNER_OID}`,
  typlen: 't.x_len',
  typbyval: 't.x_byval',
  typtype: 't.x_kind',
  typcategory: 't.x_category',
  typispreferred: 't.x_preferred',
  typisdefined: 'true',
  typdelim: 't.x_delimiter',
  typrelid: 't.x_relation',
  typsubscript: 't.x_subscript',
  typelem: 't.x_element',
  typarray: 't.x_array',
  typinput: 't.x_input',
  typoutput: 't.x_output',
  typreceive: 't.x_receive',
  typsend: 't.x_send',
  typmodin: 't.x_modin',
  typmodout: 't.x_modout',
  typanalyze: 't.x_analyze',
  typalign: 't.x_align',
  typstorage: 't.x_storage',
  typnotnull: 't.x_notnull',
  typbasetype: 't.x_base',
  typtypmod: 't.x_modifier',
  typcollation: 't.x_collation',
};

function fixedSources(): Sources {
  return {
    pg_am: {
      from: `(VALUES (2, 'heap', 3, 't'), (403, 'btree', 330, 'i'), (405, 'hash', 331, 'i'), (783, 'gist', 332, 'i'), (2742, 'gin', 333, 'i'), (4000, 'spgist', 334, 'i'), (3580, 'brin', 335, 'i')) a(x_oid, x_name, x_handler, x_type)`,
      columns: { oid: 'a.x_oid', amname: 'a.x_name', amhandler: 'a.x_handler', amtype: 'a.x_type' },
    },
    pg_range: {
      from: `(VALUES (3904, 23, 4451, 0, 1978, 3914, 3922), (3906, 1700, 4532, 0, 3125, 0, 3924), (3908, 1114, 4533, 0, 3128, 0, 3929), (3910, 1184, 4534, 0, 3127, 0, 3930), (3912, 1082, 4535, 0, 3122, 3915, 3925), (3926, 20, 4536, 0, 3124, 3928, 3923)) r(x_type, x_sub, x_multi, x_collation, x_class, x_canonical, x_difference)`,
      columns: {
        rngtypid: 'r.x_type',
        rngsubtype: 'r.x_sub',
        rngmultitypid: 'r.x_multi',
        rngcollation: 'r.x_collation',
        rngsubopc: 'r.x_class',
        rngcanonical: 'r.x_canonical',
        rngsubdiff: 'r.x_difference',
      },
    },
    pg_language: {
      from: `(VALUES (12, 'internal', false), (13, 'c', false), (14, 'sql', true)) l(x_oid, x_name, x_trusted)`,
      columns: { oid: 'l.x_oid', lanname: 'l.x_name', lanowner: `${OWNER_OID}`, lanpltrusted: 'l.x_trusted' },
    },
    pg_collation: {
      from: `(VALUES (100, 'default', 'd', NULL), (950, 'C', 'c', ${C_LOCALE}), (951, 'POSIX', 'c', 'POSIX')) c(x_oid, x_name, x_provider, x_locale)`,
      columns: {
        oid: 'c.x_oid',
        collname: 'c.x_name',
        ...owned('coll'),
        collprovider: 'c.x_provider',
        collisdeterministic: 'true',
        collencoding: '-1',
        collcollate: 'c.x_locale',
        collctype: 'c.x_locale',
      },
    },
    pg_tablespace: {
      from: `(VALUES (1663, 'pg_default'), (1664, 'pg_global')) s(x_oid, x_name)`,
      columns: { oid: 's.x_oid', spcname: 's.x_name', spcowner: `${OWNER_OID}` },
    },
    pg_timezone_names: {
      from: 'pg_timezone_names() z',
      columns: { name: 'z.name', abbrev: 'z.abbrev', utc_offset: 'z.utc_offset', is_dst: 'z.is_dst' },
    },
    pg_timezone_abbrevs: {
      from: `(VALUES ('GMT'), ('UTC'), ('Z')) z(x_name)`,
      columns: { abbrev: 'z.x_name', utc_offset: `INTERVAL 0 SECOND`, is_dst: 'false' },
    },
  };
}
