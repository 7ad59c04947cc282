-- DBeaver: the PostgreSQL navigator (Apache 2.0)

-- query: dbeaver, 1
-- answer: 1 rows, ours
SELECT db.oid,db.* FROM pg_catalog.pg_database db WHERE datname='lake'

-- query: dbeaver, 2
-- answer: 1 rows, ours
SELECT db.oid,db.* FROM pg_catalog.pg_database db WHERE 1 = 1 AND datallowconn AND NOT datistemplate ORDER BY db.datname

-- query: dbeaver, 3
-- answer: 1 rows, as PostgreSQL's
-- = dbo|ana
SELECT current_schema(),session_user

-- query: dbeaver, 4
-- answer: 5 rows, ours
SELECT n.oid,n.*,d.description FROM pg_catalog.pg_namespace n LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=n.oid AND d.objsubid=0 AND d.classoid='pg_namespace'::regclass ORDER BY nspname

-- query: dbeaver, 5
-- answer: 200 rows, ours
SELECT t.oid,t.*,c.relkind,format_type(nullif(t.typbasetype, 0), t.typtypmod) as base_type_name, d.description
FROM pg_catalog.pg_type t
LEFT OUTER JOIN pg_catalog.pg_class c ON c.oid=t.typrelid
LEFT OUTER JOIN pg_catalog.pg_description d ON t.oid=d.objoid
WHERE t.typname IS NOT NULL
AND (c.relkind IS NULL OR c.relkind = 'c')

-- query: dbeaver, 6
-- answer: 1 rows, ours
SELECT c.oid,c.*,d.description,pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_expr,  pg_catalog.pg_get_partkeydef(c.oid) as partition_key
FROM pg_catalog.pg_class c
LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=c.oid AND d.objsubid=0 AND d.classoid='pg_class'::regclass
WHERE c.relnamespace=16385 AND c.relkind not in ('i','I','c')

-- query: dbeaver, 7
-- answer: 11 rows, ours
SELECT c.relname,a.*,pg_catalog.pg_get_expr(ad.adbin, ad.adrelid, true) as def_value,dsc.description,dep.objid
FROM pg_catalog.pg_attribute a
INNER JOIN pg_catalog.pg_class c ON (a.attrelid=c.oid)
LEFT OUTER JOIN pg_catalog.pg_attrdef ad ON (a.attrelid=ad.adrelid AND a.attnum = ad.adnum)
LEFT OUTER JOIN pg_catalog.pg_description dsc ON (c.oid=dsc.objoid AND a.attnum = dsc.objsubid)
LEFT OUTER JOIN pg_depend dep on dep.refobjid = a.attrelid AND dep.deptype = 'i' and dep.refobjsubid = a.attnum and dep.classid = dep.refclassid
WHERE NOT a.attisdropped AND c.relkind not in ('i','I','c') AND c.oid={account}
ORDER BY a.attnum

-- query: dbeaver, 8
-- answer: 1 rows, ours
SELECT c.oid,c.*,t.relname as tabrelname,rt.relnamespace as refnamespace,d.description, case when c.contype='c' then "substring"(pg_get_constraintdef(c.oid), 7) else null end consrc_copy
FROM pg_catalog.pg_constraint c
INNER JOIN pg_catalog.pg_class t ON t.oid=c.conrelid
LEFT OUTER JOIN pg_catalog.pg_class rt ON rt.oid=c.confrelid
LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=c.oid AND d.objsubid=0 AND d.classoid='pg_constraint'::regclass
WHERE c.conrelid={account}
ORDER BY c.oid

-- query: dbeaver, 9
-- answer: 1 rows, ours
SELECT i.*,i.indkey as keys,c.relname,c.relnamespace,c.relam,c.reltablespace,tc.relname as tabrelname,dsc.description,pg_catalog.pg_get_expr(i.indpred, i.indrelid) as pred_expr,pg_catalog.pg_get_expr(i.indexprs, i.indrelid, true) as expr,pg_catalog.pg_relation_size(i.indexrelid) as index_rel_size,pg_catalog.pg_stat_get_numscans(i.indexrelid) as index_num_scans
FROM pg_catalog.pg_index i
INNER JOIN pg_catalog.pg_class c ON c.oid=i.indexrelid
INNER JOIN pg_catalog.pg_class tc ON tc.oid=i.indrelid
LEFT OUTER JOIN pg_catalog.pg_description dsc ON i.indexrelid=dsc.objoid
WHERE i.indrelid={account} ORDER BY tabrelname, c.relname

-- query: dbeaver, 10
-- answer: 0 rows, ours
SELECT DISTINCT dep.deptype, dep.classid, dep.objid, cl.relkind, attr.attname,pg_get_expr(ad.adbin, ad.adrelid) adefval,
CASE WHEN cl.relkind IS NOT NULL THEN cl.relkind::text || COALESCE(dep.objsubid::text, '')
WHEN tg.oid IS NOT NULL THEN 'T'::text
WHEN ty.oid IS NOT NULL THEN 'y'::text
WHEN ns.oid IS NOT NULL THEN 'n'::text
WHEN pr.oid IS NOT NULL AND (prtyp.typname = 'trigger' OR prtyp.typname = 'event_trigger') THEN 't'::text
WHEN pr.oid IS NOT NULL THEN 'P'::text
WHEN la.oid IS NOT NULL THEN 'l'::text
WHEN rw.oid IS NOT NULL THEN 'R'::text
WHEN co.oid IS NOT NULL THEN 'C'::text || contype::text
WHEN ad.oid IS NOT NULL THEN 'A'::text
ELSE '' END AS type
FROM pg_depend dep
LEFT JOIN pg_class cl ON dep.objid=cl.oid
LEFT JOIN pg_attribute attr ON dep.objid=attr.attrelid AND dep.objsubid=attr.attnum
LEFT JOIN pg_proc pr ON dep.objid=pr.oid
LEFT JOIN pg_trigger tg ON dep.objid=tg.oid
LEFT JOIN pg_type ty ON dep.objid=ty.oid
LEFT JOIN pg_type prtyp ON pr.prorettype=prtyp.oid
LEFT JOIN pg_namespace ns ON dep.objid=ns.oid
LEFT JOIN pg_language la ON dep.objid=la.oid
LEFT JOIN pg_rewrite rw ON dep.objid=rw.oid
LEFT JOIN pg_constraint co ON dep.objid=co.oid
LEFT JOIN pg_attrdef ad ON dep.objid=ad.oid
WHERE dep.refobjid={account}
ORDER BY type

-- query: dbeaver, 11
-- answer: 0 rows, as PostgreSQL's
SELECT x.oid,x.*,p.relname FROM pg_catalog.pg_trigger x LEFT JOIN pg_catalog.pg_class p ON p.oid = x.tgrelid WHERE x.tgrelid = {account} AND NOT x.tgisinternal

-- query: dbeaver, 12
-- answer: 0 rows, as PostgreSQL's
SELECT r.oid,r.* FROM pg_catalog.pg_rewrite r WHERE r.ev_class=16435

-- query: dbeaver, 13
-- answer: 0 rows, as PostgreSQL's
SELECT p.oid as poid,p.*,pg_catalog.pg_get_expr(p.proargdefaults, 0) as arg_defaults,d.description
FROM pg_catalog.pg_proc p
LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=p.oid AND d.objsubid = 0
WHERE p.pronamespace=16385
ORDER BY p.proname

-- query: dbeaver, 14
-- answer: 3 rows, ours
SELECT a.oid,a.* FROM pg_catalog.pg_roles a ORDER BY a.rolname

-- query: dbeaver, 15
-- answer: 2 rows, as PostgreSQL's
-- = 1663|1663|pg_default|10|NULL|NULL|
-- = 1664|1664|pg_global|10|NULL|NULL|
SELECT t.oid,t.*,pg_tablespace_location(t.oid) loc FROM pg_catalog.pg_tablespace t ORDER BY t.oid

-- query: dbeaver, 16
-- answer: 3 rows, ours
SELECT c.oid,c.* FROM pg_catalog.pg_collation c ORDER BY c.oid

-- query: dbeaver, 17
-- answer: 3 rows, ours
SELECT l.oid,l.* FROM pg_catalog.pg_language l ORDER BY l.oid

-- query: dbeaver, 18
-- answer: 7 rows, ours
SELECT am.oid,am.* FROM pg_catalog.pg_am am ORDER BY am.oid

-- query: dbeaver, 19
-- answer: 1 rows, as PostgreSQL's
-- = abort,absolute,access,action,add,admin,after,aggregate,all,also,alter,always,analyse,analyze,and,any,array,as,asc,asensitive,assertion,assignment,asymmetric,at,atomic,attach,attribute,authorization,backward,before,begin,between,bigint,binary,bit,boolean,both,breadth,by,cache,call,called,cascade,cascaded,case,cast,catalog,chain,char,character,characteristics,check,checkpoint,class,close,cluster,coalesce,collate,collation,column,columns,comment,comments,commit,committed,compression,concurrently,configuration,conflict,connection,constraint,constraints,content,continue,conversion,copy,cost,create,cross,csv,cube,current,current_catalog,current_date,current_role,current_schema,current_time,current_timestamp,current_user,cursor,cycle,data,database,day,deallocate,dec,decimal,declare,default,defaults,deferrable,deferred,definer,delete,delimiter,delimiters,depends,depth,desc,detach,dictionary,disable,discard,distinct,do,document,domain,double,drop,each,else,enable,encoding,encrypted,end,enum,escape,event,except,exclude,excluding,exclusive,execute,exists,explain,expression,extension,external,extract,false,family,fetch,filter,finalize,first,float,following,for,force,foreign,forward,freeze,from,full,function,functions,generated,global,grant,granted,greatest,group,grouping,groups,handler,having,header,hold,hour,identity,if,ilike,immediate,immutable,implicit,import,in,include,including,increment,index,indexes,inherit,inherits,initially,inline,inner,inout,input,insensitive,insert,instead,int,integer,intersect,interval,into,invoker,is,isnull,isolation,join,key,label,language,large,last,lateral,leading,leakproof,least,left,level,like,limit,listen,load,local,localtime,localtimestamp,location,lock,locked,logged,mapping,match,matched,materialized,maxvalue,merge,method,minute,minvalue,mode,month,move,name,names,national,natural,nchar,new,next,nfc,nfd,nfkc,nfkd,no,none,normalize,normalized,not,nothing,notify,notnull,nowait,null,nullif,nulls,numeric,object,of,off,offset,oids,old,on,only,operator,option,options,or,order,ordinality,others,out,outer,over,overlaps,overlay,overriding,owned,owner,parallel,parameter,parser,partial,partition,passing,password,placing,plans,policy,position,preceding,precision,prepare,prepared,preserve,primary,prior,privileges,procedural,procedure,procedures,program,publication,quote,range,read,real,reassign,recheck,recursive,ref,references,referencing,refresh,reindex,relative,release,rename,repeatable,replace,replica,reset,restart,restrict,return,returning,returns,revoke,right,role,rollback,rollup,routine,routines,row,rows,rule,savepoint,schema,schemas,scroll,search,second,security,select,sequence,sequences,serializable,server,session,session_user,set,setof,sets,share,show,similar,simple,skip,smallint,snapshot,some,sql,stable,standalone,start,statement,statistics,stdin,stdout,storage,stored,strict,strip,subscription,substring,support,symmetric,sysid,system,table,tables,tablesample,tablespace,temp,template,temporary,text,then,ties,time,timestamp,to,trailing,transaction,transform,treat,trigger,trim,true,truncate,trusted,type,types,uescape,unbounded,uncommitted,unencrypted,union,unique,unknown,unlisten,unlogged,until,update,user,using,vacuum,valid,validate,validator,value,values,varchar,variadic,varying,verbose,version,view,views,volatile,when,where,whitespace,window,with,within,without,work,wrapper,write,xml,xmlattributes,xmlconcat,xmlelement,xmlexists,xmlforest,xmlnamespaces,xmlparse,xmlpi,xmlroot,xmlserialize,xmltable,year,yes,zone
select string_agg(word, ',') from pg_catalog.pg_get_keywords() where word <> ALL ('{a,abs}'::text[])

-- query: dbeaver, 20
-- answer: 0 rows, ours
SELECT e.oid, e.*, n.nspname as schema_name FROM pg_catalog.pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace

-- query: dbeaver, 21
-- answer: 0 rows, ours
SELECT name, default_version, comment FROM pg_catalog.pg_available_extensions

-- query: dbeaver, 22
-- answer: 1 rows, ours
select * from pg_catalog.pg_settings where name='standard_conforming_strings'

-- query: dbeaver, 23
-- answer: 1 rows, ours
SELECT pg_catalog.pg_total_relation_size(c.oid) as total_rel_size, pg_catalog.pg_relation_size(c.oid) as rel_size FROM pg_class c WHERE c.oid={account}

-- query: dbeaver, 24
-- answer: 1 rows, as PostgreSQL's
-- = NULL
SELECT pg_catalog.pg_get_viewdef(16435, true)

-- query: dbeaver, 25
-- answer: 2 rows, as PostgreSQL's
-- = ana|dbo
-- = lakelink|dbo
SELECT r.rolname grantee, 'dbo' table_schema FROM pg_catalog.pg_class c, LATERAL aclexplode(c.relacl) x LEFT JOIN pg_roles r ON r.oid = x.grantee WHERE c.oid = {account}

-- query: dbeaver, 26
-- answer: 1 rows, ours
SELECT version()

-- query: dbeaver, 27
-- answer: 1 rows, ours
SELECT * FROM pg_stat_activity sa

-- query: dbeaver, 28
-- answer: 0 rows, as PostgreSQL's
SELECT c.oid, c.relname, pg_catalog.pg_get_userbyid(c.relowner) as owner FROM pg_class c WHERE relkind='S'
