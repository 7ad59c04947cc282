-- Power BI, Metabase, Tableau, Grafana, people: in our own words

-- query: Power BI: character sets, 1
-- answer: 1 rows, as PostgreSQL's
-- = UTF8
select character_set_name from INFORMATION_SCHEMA.character_sets

-- query: Power BI: tables, 1
-- answer: 5 rows, as PostgreSQL's
-- = dbo|Mixed Case|BASE TABLE
-- = dbo|account_labels|VIEW
-- = dbo|account|BASE TABLE
-- = lakelink|links|VIEW
-- = public|big|VIEW
select TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE from INFORMATION_SCHEMA.tables where TABLE_SCHEMA not in ('information_schema', 'pg_catalog') order by TABLE_SCHEMA, TABLE_NAME

-- query: Power BI: columns, 1
-- answer: 11 rows, as PostgreSQL's
-- = closedon|10|YES|date
-- = createdon|5|YES|timestamp with time zone
-- = description|7|YES|text
-- = donotemail|8|YES|boolean
-- = id|1|NO|uuid
-- = name|2|YES|character varying
-- = numberofemployees|4|YES|integer
-- = revenue|3|YES|numeric
-- = score|11|YES|double precision
-- = statecode|6|YES|bigint
-- = versionnumber|9|YES|bigint
select COLUMN_NAME, ORDINAL_POSITION, IS_NULLABLE, case when (data_type like '%unsigned%') then DATA_TYPE || ' unsigned' else DATA_TYPE end as DATA_TYPE from INFORMATION_SCHEMA.columns where TABLE_SCHEMA = 'dbo' and TABLE_NAME = 'account' order by TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION

-- query: Power BI: keys of others on this table, 1
-- answer: 0 rows, as PostgreSQL's
select pkcol.COLUMN_NAME as PK_COLUMN_NAME, fkcol.TABLE_SCHEMA AS FK_TABLE_SCHEMA, fkcol.TABLE_NAME AS FK_TABLE_NAME, fkcol.COLUMN_NAME as FK_COLUMN_NAME, fkcol.ORDINAL_POSITION as ORDINAL, fkcon.CONSTRAINT_SCHEMA || '_' || fkcol.TABLE_NAME || '_' || 'account' || '_' || fkcon.CONSTRAINT_NAME as FK_NAME from (select distinct constraint_catalog, constraint_schema, unique_constraint_schema, constraint_name, unique_constraint_name from INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS) fkcon inner join INFORMATION_SCHEMA.KEY_COLUMN_USAGE fkcol on fkcon.CONSTRAINT_SCHEMA = fkcol.CONSTRAINT_SCHEMA and fkcon.CONSTRAINT_NAME = fkcol.CONSTRAINT_NAME inner join INFORMATION_SCHEMA.KEY_COLUMN_USAGE pkcol on fkcon.UNIQUE_CONSTRAINT_SCHEMA = pkcol.CONSTRAINT_SCHEMA and fkcon.UNIQUE_CONSTRAINT_NAME = pkcol.CONSTRAINT_NAME where pkcol.TABLE_SCHEMA = 'dbo' and pkcol.TABLE_NAME = 'account' and pkcol.ORDINAL_POSITION = fkcol.ORDINAL_POSITION order by FK_NAME, fkcol.ORDINAL_POSITION

-- query: Power BI: indexes, 1
-- answer: 1 rows, ours
select i.CONSTRAINT_SCHEMA || '_' || i.CONSTRAINT_NAME as INDEX_NAME, ii.COLUMN_NAME, ii.ORDINAL_POSITION, case when i.CONSTRAINT_TYPE = 'PRIMARY KEY' then 'Y' else 'N' end as PRIMARY_KEY from INFORMATION_SCHEMA.table_constraints i inner join INFORMATION_SCHEMA.key_column_usage ii on i.CONSTRAINT_SCHEMA = ii.CONSTRAINT_SCHEMA and i.CONSTRAINT_NAME = ii.CONSTRAINT_NAME and i.TABLE_SCHEMA = ii.TABLE_SCHEMA and i.TABLE_NAME = ii.TABLE_NAME where i.TABLE_SCHEMA = 'dbo' and i.TABLE_NAME = 'account' and i.CONSTRAINT_TYPE in ('PRIMARY KEY', 'UNIQUE') order by i.CONSTRAINT_SCHEMA || '_' || i.CONSTRAINT_NAME, ii.TABLE_SCHEMA, ii.TABLE_NAME, ii.ORDINAL_POSITION

-- query: Metabase asks this way: tables with comment and size, 1
-- answer: 5 rows, as PostgreSQL's
-- = dbo|Mixed Case|TABLE|NULL
-- = dbo|account_labels|VIEW|NULL
-- = dbo|account|TABLE|Business that represents a customer
-- = lakelink|links|VIEW|Links of this lake
-- = public|big|VIEW|NULL
SELECT n.nspname AS "schema", c.relname AS "name", CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'v' THEN 'VIEW' ELSE NULL END AS "type", d.description AS "description" FROM pg_catalog.pg_class AS c INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid LEFT JOIN pg_catalog.pg_description AS d ON (c.oid = d.objoid) AND (d.objsubid = 0) AND (d.classoid = 'pg_class'::regclass) LEFT JOIN pg_stat_user_tables AS stat ON (n.nspname = stat.schemaname) AND (c.relname = stat.relname) WHERE (n.nspname !~ '^pg_') AND (n.nspname <> 'information_schema') AND c.relkind IN ('r', 'p', 'v', 'f', 'm') ORDER BY 3, 1, 2

-- query: Metabase asks this way: fields, 1
-- answer: 18 rows, ours
SELECT c.column_name AS "name", CASE WHEN c.udt_schema IN ('public', 'pg_catalog') THEN format('%s', c.udt_name) ELSE format('"%s"."%s"', c.udt_schema, c.udt_name) END AS "type", c.ordinal_position - 1 AS "position", c.table_schema, c.table_name, pk.column_name IS NOT NULL AS "pk", col_description(CAST(CAST(format('%I.%I', CAST(c.table_schema AS TEXT), CAST(c.table_name AS TEXT)) AS REGCLASS) AS OID), c.ordinal_position) AS "comment" FROM information_schema.columns AS c LEFT JOIN (SELECT tc.table_schema, tc.table_name, kc.column_name FROM information_schema.table_constraints AS tc INNER JOIN information_schema.key_column_usage AS kc ON (tc.constraint_name = kc.constraint_name) AND (tc.table_schema = kc.table_schema) AND (tc.table_name = kc.table_name) WHERE tc.constraint_type = 'PRIMARY KEY') AS pk ON (c.table_schema = pk.table_schema) AND (c.table_name = pk.table_name) AND (c.column_name = pk.column_name) WHERE c.table_schema !~ '^information_schema|catalog_history|pg_' ORDER BY 4, 5, 3

-- query: Metabase asks this way: what may be read, 1
-- answer: 5 rows, as PostgreSQL's
-- = dbo|Mixed Case|t|f
-- = dbo|account_labels|t|f
-- = dbo|account|t|f
-- = lakelink|links|t|f
-- = public|big|t|f
SELECT x.schemaname, x.name, pg_catalog.has_any_column_privilege(current_user, '"' || x.schemaname || '"."' || x.name || '"', 'select') AS may_read, pg_catalog.has_table_privilege(current_user, quote_ident(x.schemaname) || '.' || quote_ident(x.name), 'delete') AS may_delete FROM (SELECT schemaname, tablename AS name FROM pg_catalog.pg_tables UNION SELECT schemaname, viewname FROM pg_catalog.pg_views UNION SELECT schemaname, matviewname FROM pg_catalog.pg_matviews) x WHERE x.schemaname !~ '^pg_' AND x.schemaname <> 'information_schema' AND pg_catalog.has_schema_privilege(current_user, x.schemaname, 'usage')

-- query: Metabase asks this way: foreign keys, 1
-- answer: 0 rows, as PostgreSQL's
SELECT fk_ns.nspname, fk_table.relname, fk_column.attname, pk_table.relname FROM pg_constraint AS c INNER JOIN pg_class AS fk_table ON c.conrelid = fk_table.oid INNER JOIN pg_namespace AS fk_ns ON c.connamespace = fk_ns.oid INNER JOIN pg_attribute AS fk_column ON c.conrelid = fk_column.attrelid INNER JOIN pg_class AS pk_table ON c.confrelid = pk_table.oid WHERE c.contype = 'f'::char AND fk_column.attnum = ANY(c.conkey)

-- query: Metabase asks this way: indexes, 1
-- answer: 2 rows, as PostgreSQL's
-- = dbo|Mixed Case|Id
-- = dbo|account|id
SELECT tmp.table_schema, tmp.table_name, trim(both '"' from pg_catalog.pg_get_indexdef(tmp.ci_oid, tmp.pos, false)) AS field_name FROM (SELECT n.nspname AS table_schema, ct.relname AS table_name, ci.oid AS ci_oid, (information_schema._pg_expandarray(i.indkey)).n AS pos FROM pg_catalog.pg_class AS ct INNER JOIN pg_catalog.pg_namespace AS n ON ct.relnamespace = n.oid INNER JOIN pg_catalog.pg_index AS i ON ct.oid = i.indrelid INNER JOIN pg_catalog.pg_class AS ci ON ci.oid = i.indexrelid WHERE pg_catalog.pg_get_expr(i.indpred, i.indrelid) IS NULL AND n.nspname !~ '^information_schema|catalog_history|pg_') AS tmp WHERE tmp.pos = 1

-- query: Tableau: probes, 1
-- answer: 3 rows, as PostgreSQL's
-- = dbo|Mixed Case|BASE TABLE
-- = dbo|account_labels|VIEW
-- = dbo|account|BASE TABLE
SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'dbo'

-- query: Tableau: keys, 1
-- answer: 2 rows, ours
SELECT kcu.table_schema, kcu.table_name, kcu.column_name FROM information_schema.key_column_usage kcu JOIN information_schema.table_constraints tc ON kcu.constraint_name = tc.constraint_name WHERE tc.constraint_type = 'PRIMARY KEY' ORDER BY 1, 2

-- query: Tableau: settings, 1
-- answer: 1 rows, as PostgreSQL's
-- = t|dbo|lake
SELECT current_setting('server_version_num')::int >= 90000, current_schema(), current_database()

-- query: Grafana asks this way: tables, those of the current schema first, 1
-- answer: 5 rows, as PostgreSQL's
-- = "Mixed Case"
-- = account
-- = account_labels
-- = big
-- = links
SELECT quote_ident(table_name) AS shown FROM information_schema.tables WHERE quote_ident(table_schema) <> ALL (ARRAY['information_schema', 'pg_catalog']) ORDER BY (quote_ident(table_schema) = current_schema()) DESC, 1

-- query: Grafana asks this way: columns of the query builder, 1
-- answer: 11 rows, as PostgreSQL's
-- = closedon|date
-- = createdon|timestamp with time zone
-- = description|text
-- = donotemail|boolean
-- = id|uuid
-- = name|character varying
-- = numberofemployees|integer
-- = revenue|numeric
-- = score|double precision
-- = statecode|bigint
-- = versionnumber|bigint
SELECT quote_ident(column_name) AS "column", data_type AS "type" FROM information_schema.columns WHERE quote_ident(table_name) = 'account' ORDER BY 1

-- query: Grafana asks this way: names as the search path allows, 1
-- answer: 5 rows, as PostgreSQL's
-- = "Mixed Case"
-- = account
-- = account_labels
-- = big
-- = links
SELECT CASE WHEN table_schema = ANY (SELECT trim(part) FROM unnest(string_to_array(current_setting('search_path'), ',')) part) THEN quote_ident(table_name) ELSE quote_ident(table_schema) || '.' || quote_ident(table_name) END AS shown FROM information_schema.tables WHERE table_schema NOT IN ('information_schema', 'pg_catalog') ORDER BY 1

-- query: Superset: schemas, 1
-- answer: 4 rows, as PostgreSQL's
-- = dbo
-- = information_schema
-- = lakelink
-- = public
SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg_%' ORDER BY nspname

-- query: Excel: version, 1
-- answer: 1 rows, ours
select version()

-- query: pandas: has table, 1
-- answer: 1 rows, as PostgreSQL's
-- = account
SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_catalog.pg_namespace.oid = pg_catalog.pg_class.relnamespace WHERE pg_catalog.pg_class.relname = 'account' AND pg_catalog.pg_class.relkind = ANY (ARRAY['r', 'p', 'f', 'v', 'm']) AND pg_catalog.pg_table_is_visible(pg_catalog.pg_class.oid) AND pg_catalog.pg_namespace.nspname != 'pg_catalog'

-- query: people: sizes, 1
-- answer: 2 rows, ours
SELECT relname, pg_size_pretty(pg_total_relation_size(relid)) FROM pg_catalog.pg_statio_user_tables ORDER BY pg_total_relation_size(relid) DESC

-- query: people: sizes by name, 1
-- answer: 1 rows, as PostgreSQL's
-- = t|t
SELECT pg_size_pretty(pg_total_relation_size('dbo.account')) IS NOT NULL, pg_relation_size('"Mixed Case"') >= 0

-- query: people: relations of columns, 1
-- answer: 11 rows, as PostgreSQL's
-- = account|closedon|date
-- = account|createdon|timestamp with time zone
-- = account|description|text
-- = account|donotemail|boolean
-- = account|id|uuid
-- = account|name|character varying
-- = account|numberofemployees|integer
-- = account|revenue|numeric
-- = account|score|double precision
-- = account|statecode|bigint
-- = account|versionnumber|bigint
SELECT a.attrelid::regclass, a.attname, a.atttypid::regtype FROM pg_attribute a WHERE a.attrelid = 'dbo.account'::regclass AND a.attnum > 0 ORDER BY a.attnum

-- query: psycopg: type lookup, 1
-- answer: 1 rows, as PostgreSQL's
-- = numeric|1700|1231|numeric|,
SELECT typname AS name, oid, typarray AS array_oid, oid::regtype::text AS regtype, typdelim AS delimiter FROM pg_type t WHERE t.oid = to_regtype('numeric') ORDER BY t.oid

-- query: unnest with ordinality, 1
-- answer: 1 rows, as PostgreSQL's
-- = id|1
SELECT a.attname, k.n FROM pg_constraint c CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k(attnum, n) JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum WHERE c.conrelid = 'account'::regclass

-- query: generate_subscripts, 1
-- answer: 1 rows, as PostgreSQL's
-- = account_pkey|1|id
SELECT i.indexrelid::regclass, i.indkey[s], a.attname FROM (SELECT *, generate_subscripts(indkey, 1) AS s FROM pg_index) i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[s] WHERE i.indrelid = 'account'::regclass

-- query: roles, 1
-- answer: 1 rows, as PostgreSQL's
-- = ana|{}
SELECT r.rolname, ARRAY(SELECT b.rolname FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles b ON (m.roleid = b.oid) WHERE m.member = r.oid) as memberof FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
