-- Npgsql (Power BI): type loading and key information (PostgreSQL License)

-- query: types, 1
-- answer: 171 rows, as PostgreSQL's
SELECT ns.nspname, t.oid, t.typname, t.typtype, t.typnotnull, t.elemtypoid
FROM (
SELECT
typ.oid, typ.typnamespace, typ.typname, typ.typtype, typ.typrelid, typ.typnotnull, typ.relkind,
elemtyp.oid AS elemtypoid, elemtyp.typname AS elemtypname, elemcls.relkind AS elemrelkind,
CASE WHEN elemproc.proname='array_recv' THEN 'a' ELSE elemtyp.typtype END AS elemtyptype
FROM (
SELECT typ.oid, typnamespace, typname, typrelid, typnotnull, relkind, typelem AS elemoid,
CASE WHEN proc.proname='array_recv' THEN 'a' ELSE typ.typtype END AS typtype,
CASE
WHEN proc.proname='array_recv' THEN typ.typelem
WHEN typ.typtype='r' THEN rngsubtype
WHEN typ.typtype='m' THEN (SELECT rngtypid FROM pg_range WHERE rngmultitypid = typ.oid)
WHEN typ.typtype='d' THEN typ.typbasetype
END AS elemtypoid
FROM pg_type AS typ
LEFT JOIN pg_class AS cls ON (cls.oid = typ.typrelid)
LEFT JOIN pg_proc AS proc ON proc.oid = typ.typreceive
LEFT JOIN pg_range ON (pg_range.rngtypid = typ.oid)
) AS typ
LEFT JOIN pg_type AS elemtyp ON elemtyp.oid = elemtypoid
LEFT JOIN pg_class AS elemcls ON (elemcls.oid = elemtyp.typrelid)
LEFT JOIN pg_proc AS elemproc ON elemproc.oid = elemtyp.typreceive
) AS t
JOIN pg_namespace AS ns ON (ns.oid = typnamespace)
WHERE
typtype IN ('b', 'r', 'm', 'e', 'd') OR
(typtype = 'c' AND relkind='c') OR
(typtype = 'p' AND typname IN ('record', 'void')) OR
(typtype = 'a' AND (
elemtyptype IN ('b', 'r', 'm', 'e', 'd') OR
(elemtyptype = 'p' AND elemtypname IN ('record', 'void')) OR
(elemtyptype = 'c' AND elemrelkind='c')
))
ORDER BY CASE
WHEN typtype IN ('b', 'e', 'p') THEN 0
WHEN typtype = 'r' THEN 1
WHEN typtype = 'm' THEN 2
WHEN typtype = 'c' THEN 3
WHEN typtype = 'd' AND elemtyptype <> 'a' THEN 4
WHEN typtype = 'a' THEN 5
WHEN typtype = 'd' AND elemtyptype = 'a' THEN 6
END

-- query: composites, 1
-- answer: 0 rows, as PostgreSQL's
SELECT typ.oid, att.attname, att.atttypid
FROM pg_type AS typ
JOIN pg_namespace AS ns ON (ns.oid = typ.typnamespace)
JOIN pg_class AS cls ON (cls.oid = typ.typrelid)
JOIN pg_attribute AS att ON (att.attrelid = typ.typrelid)
WHERE
(typ.typtype = 'c' AND cls.relkind='c') AND
attnum > 0 AND
NOT attisdropped
ORDER BY typ.oid, att.attnum

-- query: enums, 1
-- answer: 0 rows, as PostgreSQL's
SELECT pg_type.oid, enumlabel
FROM pg_enum
JOIN pg_type ON pg_type.oid=enumtypid
ORDER BY oid, enumsortorder

-- query: GetSchema Databases, 1
-- answer: 1 rows, ours
SELECT d.datname, u.usename, pg_catalog.pg_encoding_to_char(d.encoding) FROM pg_catalog.pg_database d LEFT JOIN pg_catalog.pg_user u ON d.datdba = u.usesysid

-- query: key info, 1
-- answer: 2 rows, as PostgreSQL's
-- = 1043|dbo|account|name|{account}|2|f|f|164|NULL|t|f|f
-- = 2950|dbo|account|id|{account}|1|t|f|-1|NULL|t|t|t
SELECT
typ.oid, nspname, relname, attname, attrelid, attnum, attnotnull,
attidentity != '' AS isidentity,
CASE WHEN typ.typtype = 'd' THEN typ.typtypmod ELSE atttypmod END AS typmod,
CASE WHEN atthasdef THEN (SELECT pg_get_expr(adbin, cls.oid) FROM pg_attrdef WHERE adrelid = cls.oid AND adnum = attr.attnum) ELSE NULL END AS "default",
CASE WHEN ((cls.relkind = ANY (ARRAY['r'::"char",'p'::"char"]))
OR ((cls.relkind = ANY (ARRAY['v'::"char",'f'::"char"]))
AND pg_column_is_updatable((cls.oid)::regclass, attr.attnum, false)))
AND attr.attidentity NOT IN ('a') THEN 'true'::boolean
ELSE 'false'::boolean
END AS is_updatable,
EXISTS (
SELECT * FROM pg_index
WHERE pg_index.indrelid = cls.oid AND
pg_index.indisprimary AND
attnum = ANY (indkey)
) AS isprimarykey,
EXISTS (
SELECT * FROM pg_index
WHERE pg_index.indrelid = cls.oid AND
pg_index.indisunique AND
pg_index.indnkeyatts = 1 AND
attnum = pg_index.indkey[0]
) AS isunique
FROM pg_attribute AS attr
JOIN pg_type AS typ ON attr.atttypid = typ.oid
JOIN pg_class AS cls ON cls.oid = attr.attrelid
JOIN pg_namespace AS ns ON ns.oid = cls.relnamespace
WHERE
atttypid <> 0 AND
relkind IN ('r', 'v', 'm') AND
NOT attisdropped AND
nspname NOT IN ('pg_catalog', 'information_schema') AND
attnum > 0 AND
((attr.attrelid={account} AND attr.attnum=1) OR (attr.attrelid={account} AND attr.attnum=2))
ORDER BY attnum
