/*
 * The types of PostgreSQL 15, one a line: oid, typname, typlen, typbyval, typtype, typcategory, typispreferred, code of
 * typdelim, typsubscript, typelem, typarray, object ids of typinput, typoutput, typreceive, typsend, typmodin, typmodout and
 * typanalyze, typalign, typstorage, typnotnull, typbasetype, typtypmod, typcollation, schema, name as format_type prints it.
 * Source: read off the catalogue of a PostgreSQL 15 server.
 */
export const PG_TYPES = `
16 bool 1 t b B t 44 - 0 1000 1242 1243 2436 2437 0 0 0 c p f 0 -1 0 pg_catalog boolean
17 bytea -1 f b U f 44 - 0 1001 1244 31 2412 2413 0 0 0 i x f 0 -1 0 pg_catalog bytea
18 char 1 t b Z f 44 - 0 1002 1245 33 2434 2435 0 0 0 c p f 0 -1 0 pg_catalog "char"
19 name 64 f b S f 44 raw_array_subscript_handler 18 1003 34 35 2422 2423 0 0 0 c p f 0 -1 950 pg_catalog name
20 int8 8 t b N f 44 - 0 1016 460 461 2408 2409 0 0 0 d p f 0 -1 0 pg_catalog bigint
21 int2 2 t b N f 44 - 0 1005 38 39 2404 2405 0 0 0 s p f 0 -1 0 pg_catalog smallint
22 int2vector -1 f b A f 44 array_subscript_handler 21 1006 40 41 2410 2411 0 0 0 i p f 0 -1 0 pg_catalog int2vector
23 int4 4 t b N f 44 - 0 1007 42 43 2406 2407 0 0 0 i p f 0 -1 0 pg_catalog integer
24 regproc 4 t b N f 44 - 0 1008 44 45 2444 2445 0 0 0 i p f 0 -1 0 pg_catalog regproc
25 text -1 f b S t 44 - 0 1009 46 47 2414 2415 0 0 0 i x f 0 -1 100 pg_catalog text
26 oid 4 t b N t 44 - 0 1028 1798 1799 2418 2419 0 0 0 i p f 0 -1 0 pg_catalog oid
27 tid 6 f b U f 44 - 0 1010 48 49 2438 2439 0 0 0 s p f 0 -1 0 pg_catalog tid
28 xid 4 t b U f 44 - 0 1011 50 51 2440 2441 0 0 0 i p f 0 -1 0 pg_catalog xid
29 cid 4 t b U f 44 - 0 1012 52 53 2442 2443 0 0 0 i p f 0 -1 0 pg_catalog cid
30 oidvector -1 f b A f 44 array_subscript_handler 26 1013 54 55 2420 2421 0 0 0 i p f 0 -1 0 pg_catalog oidvector
32 pg_ddl_command 8 t p P f 44 - 0 0 86 87 88 90 0 0 0 d p f 0 -1 0 pg_catalog pg_ddl_command
114 json -1 f b U f 44 - 0 199 321 322 323 324 0 0 0 i x f 0 -1 0 pg_catalog json
142 xml -1 f b U f 44 - 0 143 2893 2894 2898 2899 0 0 0 i x f 0 -1 0 pg_catalog xml
143 _xml -1 f b A f 44 array_subscript_handler 142 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog xml[]
194 pg_node_tree -1 f b Z f 44 - 0 0 195 196 197 198 0 0 0 i x f 0 -1 100 pg_catalog pg_node_tree
199 _json -1 f b A f 44 array_subscript_handler 114 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog json[]
269 table_am_handler 4 t p P f 44 - 0 0 267 268 0 0 0 0 0 i p f 0 -1 0 pg_catalog table_am_handler
271 _xid8 -1 f b A f 44 array_subscript_handler 5069 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog xid8[]
325 index_am_handler 4 t p P f 44 - 0 0 326 327 0 0 0 0 0 i p f 0 -1 0 pg_catalog index_am_handler
600 point 16 f b G f 44 raw_array_subscript_handler 701 1017 117 118 2428 2429 0 0 0 d p f 0 -1 0 pg_catalog point
601 lseg 32 f b G f 44 raw_array_subscript_handler 600 1018 119 120 2480 2481 0 0 0 d p f 0 -1 0 pg_catalog lseg
602 path -1 f b G f 44 - 0 1019 121 122 2482 2483 0 0 0 d x f 0 -1 0 pg_catalog path
603 box 32 f b G f 59 raw_array_subscript_handler 600 1020 123 124 2484 2485 0 0 0 d p f 0 -1 0 pg_catalog box
604 polygon -1 f b G f 44 - 0 1027 347 348 2486 2487 0 0 0 d x f 0 -1 0 pg_catalog polygon
628 line 24 f b G f 44 raw_array_subscript_handler 701 629 1490 1491 2488 2489 0 0 0 d p f 0 -1 0 pg_catalog line
629 _line -1 f b A f 44 array_subscript_handler 628 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog line[]
650 cidr -1 f b I f 44 - 0 651 1267 1427 2498 2499 0 0 0 i m f 0 -1 0 pg_catalog cidr
651 _cidr -1 f b A f 44 array_subscript_handler 650 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog cidr[]
700 float4 4 t b N f 44 - 0 1021 200 201 2424 2425 0 0 0 i p f 0 -1 0 pg_catalog real
701 float8 8 t b N t 44 - 0 1022 214 215 2426 2427 0 0 0 d p f 0 -1 0 pg_catalog double precision
705 unknown -2 f p X f 44 - 0 0 109 110 2416 2417 0 0 0 c p f 0 -1 0 pg_catalog unknown
718 circle 24 f b G f 44 - 0 719 1450 1451 2490 2491 0 0 0 d p f 0 -1 0 pg_catalog circle
719 _circle -1 f b A f 44 array_subscript_handler 718 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog circle[]
774 macaddr8 8 f b U f 44 - 0 775 4110 4111 3446 3447 0 0 0 i p f 0 -1 0 pg_catalog macaddr8
775 _macaddr8 -1 f b A f 44 array_subscript_handler 774 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog macaddr8[]
790 money 8 t b N f 44 - 0 791 886 887 2492 2493 0 0 0 d p f 0 -1 0 pg_catalog money
791 _money -1 f b A f 44 array_subscript_handler 790 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog money[]
829 macaddr 6 f b U f 44 - 0 1040 436 437 2494 2495 0 0 0 i p f 0 -1 0 pg_catalog macaddr
869 inet -1 f b I t 44 - 0 1041 910 911 2496 2497 0 0 0 i m f 0 -1 0 pg_catalog inet
1000 _bool -1 f b A f 44 array_subscript_handler 16 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog boolean[]
1001 _bytea -1 f b A f 44 array_subscript_handler 17 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog bytea[]
1002 _char -1 f b A f 44 array_subscript_handler 18 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog "char"[]
1003 _name -1 f b A f 44 array_subscript_handler 19 0 750 751 2400 2401 0 0 3816 i x f 0 -1 950 pg_catalog name[]
1005 _int2 -1 f b A f 44 array_subscript_handler 21 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog smallint[]
1006 _int2vector -1 f b A f 44 array_subscript_handler 22 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog int2vector[]
1007 _int4 -1 f b A f 44 array_subscript_handler 23 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog integer[]
1008 _regproc -1 f b A f 44 array_subscript_handler 24 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog regproc[]
1009 _text -1 f b A f 44 array_subscript_handler 25 0 750 751 2400 2401 0 0 3816 i x f 0 -1 100 pg_catalog text[]
1010 _tid -1 f b A f 44 array_subscript_handler 27 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog tid[]
1011 _xid -1 f b A f 44 array_subscript_handler 28 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog xid[]
1012 _cid -1 f b A f 44 array_subscript_handler 29 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog cid[]
1013 _oidvector -1 f b A f 44 array_subscript_handler 30 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog oidvector[]
1014 _bpchar -1 f b A f 44 array_subscript_handler 1042 0 750 751 2400 2401 2913 2914 3816 i x f 0 -1 100 pg_catalog character[]
1015 _varchar -1 f b A f 44 array_subscript_handler 1043 0 750 751 2400 2401 2915 2916 3816 i x f 0 -1 100 pg_catalog character varying[]
1016 _int8 -1 f b A f 44 array_subscript_handler 20 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog bigint[]
1017 _point -1 f b A f 44 array_subscript_handler 600 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog point[]
1018 _lseg -1 f b A f 44 array_subscript_handler 601 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog lseg[]
1019 _path -1 f b A f 44 array_subscript_handler 602 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog path[]
1020 _box -1 f b A f 59 array_subscript_handler 603 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog box[]
1021 _float4 -1 f b A f 44 array_subscript_handler 700 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog real[]
1022 _float8 -1 f b A f 44 array_subscript_handler 701 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog double precision[]
1027 _polygon -1 f b A f 44 array_subscript_handler 604 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog polygon[]
1028 _oid -1 f b A f 44 array_subscript_handler 26 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog oid[]
1033 aclitem 12 f b U f 44 - 0 1034 1031 1032 0 0 0 0 0 i p f 0 -1 0 pg_catalog aclitem
1034 _aclitem -1 f b A f 44 array_subscript_handler 1033 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog aclitem[]
1040 _macaddr -1 f b A f 44 array_subscript_handler 829 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog macaddr[]
1041 _inet -1 f b A f 44 array_subscript_handler 869 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog inet[]
1042 bpchar -1 f b S f 44 - 0 1014 1044 1045 2430 2431 2913 2914 0 i x f 0 -1 100 pg_catalog character
1043 varchar -1 f b S f 44 - 0 1015 1046 1047 2432 2433 2915 2916 0 i x f 0 -1 100 pg_catalog character varying
1082 date 4 t b D f 44 - 0 1182 1084 1085 2468 2469 0 0 0 i p f 0 -1 0 pg_catalog date
1083 time 8 t b D f 44 - 0 1183 1143 1144 2470 2471 2909 2910 0 d p f 0 -1 0 pg_catalog time without time zone
1114 timestamp 8 t b D f 44 - 0 1115 1312 1313 2474 2475 2905 2906 0 d p f 0 -1 0 pg_catalog timestamp without time zone
1115 _timestamp -1 f b A f 44 array_subscript_handler 1114 0 750 751 2400 2401 2905 2906 3816 d x f 0 -1 0 pg_catalog timestamp without time zone[]
1182 _date -1 f b A f 44 array_subscript_handler 1082 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog date[]
1183 _time -1 f b A f 44 array_subscript_handler 1083 0 750 751 2400 2401 2909 2910 3816 d x f 0 -1 0 pg_catalog time without time zone[]
1184 timestamptz 8 t b D t 44 - 0 1185 1150 1151 2476 2477 2907 2908 0 d p f 0 -1 0 pg_catalog timestamp with time zone
1185 _timestamptz -1 f b A f 44 array_subscript_handler 1184 0 750 751 2400 2401 2907 2908 3816 d x f 0 -1 0 pg_catalog timestamp with time zone[]
1186 interval 16 f b T t 44 - 0 1187 1160 1161 2478 2479 2903 2904 0 d p f 0 -1 0 pg_catalog interval
1187 _interval -1 f b A f 44 array_subscript_handler 1186 0 750 751 2400 2401 2903 2904 3816 d x f 0 -1 0 pg_catalog interval[]
1231 _numeric -1 f b A f 44 array_subscript_handler 1700 0 750 751 2400 2401 2917 2918 3816 i x f 0 -1 0 pg_catalog numeric[]
1263 _cstring -1 f b A f 44 array_subscript_handler 2275 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog cstring[]
1266 timetz 12 f b D f 44 - 0 1270 1350 1351 2472 2473 2911 2912 0 d p f 0 -1 0 pg_catalog time with time zone
1270 _timetz -1 f b A f 44 array_subscript_handler 1266 0 750 751 2400 2401 2911 2912 3816 d x f 0 -1 0 pg_catalog time with time zone[]
1560 bit -1 f b V f 44 - 0 1561 1564 1565 2456 2457 2919 2920 0 i x f 0 -1 0 pg_catalog bit
1561 _bit -1 f b A f 44 array_subscript_handler 1560 0 750 751 2400 2401 2919 2920 3816 i x f 0 -1 0 pg_catalog bit[]
1562 varbit -1 f b V t 44 - 0 1563 1579 1580 2458 2459 2902 2921 0 i x f 0 -1 0 pg_catalog bit varying
1563 _varbit -1 f b A f 44 array_subscript_handler 1562 0 750 751 2400 2401 2902 2921 3816 i x f 0 -1 0 pg_catalog bit varying[]
1700 numeric -1 f b N f 44 - 0 1231 1701 1702 2460 2461 2917 2918 0 i m f 0 -1 0 pg_catalog numeric
1790 refcursor -1 f b U f 44 - 0 2201 46 47 2414 2415 0 0 0 i x f 0 -1 0 pg_catalog refcursor
2201 _refcursor -1 f b A f 44 array_subscript_handler 1790 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog refcursor[]
2202 regprocedure 4 t b N f 44 - 0 2207 2212 2213 2446 2447 0 0 0 i p f 0 -1 0 pg_catalog regprocedure
2203 regoper 4 t b N f 44 - 0 2208 2214 2215 2448 2449 0 0 0 i p f 0 -1 0 pg_catalog regoper
2204 regoperator 4 t b N f 44 - 0 2209 2216 2217 2450 2451 0 0 0 i p f 0 -1 0 pg_catalog regoperator
2205 regclass 4 t b N f 44 - 0 2210 2218 2219 2452 2453 0 0 0 i p f 0 -1 0 pg_catalog regclass
2206 regtype 4 t b N f 44 - 0 2211 2220 2221 2454 2455 0 0 0 i p f 0 -1 0 pg_catalog regtype
2207 _regprocedure -1 f b A f 44 array_subscript_handler 2202 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog regprocedure[]
2208 _regoper -1 f b A f 44 array_subscript_handler 2203 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog regoper[]
2209 _regoperator -1 f b A f 44 array_subscript_handler 2204 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog regoperator[]
2210 _regclass -1 f b A f 44 array_subscript_handler 2205 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog regclass[]
2211 _regtype -1 f b A f 44 array_subscript_handler 2206 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog regtype[]
2249 record -1 f p P f 44 - 0 2287 2290 2291 2402 2403 0 0 0 d x f 0 -1 0 pg_catalog record
2275 cstring -2 f p P f 44 - 0 1263 2292 2293 2500 2501 0 0 0 c p f 0 -1 0 pg_catalog cstring
2276 any 4 t p P f 44 - 0 0 2294 2295 0 0 0 0 0 i p f 0 -1 0 pg_catalog "any"
2277 anyarray -1 f p P f 44 - 0 0 2296 2297 2502 2503 0 0 0 d x f 0 -1 0 pg_catalog anyarray
2278 void 4 t p P f 44 - 0 0 2298 2299 3120 3121 0 0 0 i p f 0 -1 0 pg_catalog void
2279 trigger 4 t p P f 44 - 0 0 2300 2301 0 0 0 0 0 i p f 0 -1 0 pg_catalog trigger
2280 language_handler 4 t p P f 44 - 0 0 2302 2303 0 0 0 0 0 i p f 0 -1 0 pg_catalog language_handler
2281 internal 8 t p P f 44 - 0 0 2304 2305 0 0 0 0 0 d p f 0 -1 0 pg_catalog internal
2283 anyelement 4 t p P f 44 - 0 0 2312 2313 0 0 0 0 0 i p f 0 -1 0 pg_catalog anyelement
2287 _record -1 f p P f 44 array_subscript_handler 2249 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog record[]
2776 anynonarray 4 t p P f 44 - 0 0 2777 2778 0 0 0 0 0 i p f 0 -1 0 pg_catalog anynonarray
2949 _txid_snapshot -1 f b A f 44 array_subscript_handler 2970 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog txid_snapshot[]
2950 uuid 16 f b U f 44 - 0 2951 2952 2953 2961 2962 0 0 0 c p f 0 -1 0 pg_catalog uuid
2951 _uuid -1 f b A f 44 array_subscript_handler 2950 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog uuid[]
2970 txid_snapshot -1 f b U f 44 - 0 2949 2939 2940 2941 2942 0 0 0 d x f 0 -1 0 pg_catalog txid_snapshot
3115 fdw_handler 4 t p P f 44 - 0 0 3116 3117 0 0 0 0 0 i p f 0 -1 0 pg_catalog fdw_handler
3220 pg_lsn 8 t b U f 44 - 0 3221 3229 3230 3238 3239 0 0 0 d p f 0 -1 0 pg_catalog pg_lsn
3221 _pg_lsn -1 f b A f 44 array_subscript_handler 3220 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog pg_lsn[]
3310 tsm_handler 4 t p P f 44 - 0 0 3311 3312 0 0 0 0 0 i p f 0 -1 0 pg_catalog tsm_handler
3361 pg_ndistinct -1 f b Z f 44 - 0 0 3355 3356 3357 3358 0 0 0 i x f 0 -1 100 pg_catalog pg_ndistinct
3402 pg_dependencies -1 f b Z f 44 - 0 0 3404 3405 3406 3407 0 0 0 i x f 0 -1 100 pg_catalog pg_dependencies
3500 anyenum 4 t p P f 44 - 0 0 3504 3505 0 0 0 0 0 i p f 0 -1 0 pg_catalog anyenum
3614 tsvector -1 f b U f 44 - 0 3643 3610 3611 3639 3638 0 0 3688 i x f 0 -1 0 pg_catalog tsvector
3615 tsquery -1 f b U f 44 - 0 3645 3612 3613 3641 3640 0 0 0 i p f 0 -1 0 pg_catalog tsquery
3642 gtsvector -1 f b U f 44 - 0 3644 3646 3647 0 0 0 0 0 i p f 0 -1 0 pg_catalog gtsvector
3643 _tsvector -1 f b A f 44 array_subscript_handler 3614 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog tsvector[]
3644 _gtsvector -1 f b A f 44 array_subscript_handler 3642 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog gtsvector[]
3645 _tsquery -1 f b A f 44 array_subscript_handler 3615 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog tsquery[]
3734 regconfig 4 t b N f 44 - 0 3735 3736 3737 3738 3739 0 0 0 i p f 0 -1 0 pg_catalog regconfig
3735 _regconfig -1 f b A f 44 array_subscript_handler 3734 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog regconfig[]
3769 regdictionary 4 t b N f 44 - 0 3770 3771 3772 3773 3774 0 0 0 i p f 0 -1 0 pg_catalog regdictionary
3770 _regdictionary -1 f b A f 44 array_subscript_handler 3769 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog regdictionary[]
3802 jsonb -1 f b U f 44 jsonb_subscript_handler 0 3807 3806 3804 3805 3803 0 0 0 i x f 0 -1 0 pg_catalog jsonb
3807 _jsonb -1 f b A f 44 array_subscript_handler 3802 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog jsonb[]
3831 anyrange -1 f p P f 44 - 0 0 3832 3833 0 0 0 0 0 d x f 0 -1 0 pg_catalog anyrange
3838 event_trigger 4 t p P f 44 - 0 0 3594 3595 0 0 0 0 0 i p f 0 -1 0 pg_catalog event_trigger
3904 int4range -1 f r R f 44 - 0 3905 3834 3835 3836 3837 0 0 3916 i x f 0 -1 0 pg_catalog int4range
3905 _int4range -1 f b A f 44 array_subscript_handler 3904 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog int4range[]
3906 numrange -1 f r R f 44 - 0 3907 3834 3835 3836 3837 0 0 3916 i x f 0 -1 0 pg_catalog numrange
3907 _numrange -1 f b A f 44 array_subscript_handler 3906 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog numrange[]
3908 tsrange -1 f r R f 44 - 0 3909 3834 3835 3836 3837 0 0 3916 d x f 0 -1 0 pg_catalog tsrange
3909 _tsrange -1 f b A f 44 array_subscript_handler 3908 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog tsrange[]
3910 tstzrange -1 f r R f 44 - 0 3911 3834 3835 3836 3837 0 0 3916 d x f 0 -1 0 pg_catalog tstzrange
3911 _tstzrange -1 f b A f 44 array_subscript_handler 3910 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog tstzrange[]
3912 daterange -1 f r R f 44 - 0 3913 3834 3835 3836 3837 0 0 3916 i x f 0 -1 0 pg_catalog daterange
3913 _daterange -1 f b A f 44 array_subscript_handler 3912 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog daterange[]
3926 int8range -1 f r R f 44 - 0 3927 3834 3835 3836 3837 0 0 3916 d x f 0 -1 0 pg_catalog int8range
3927 _int8range -1 f b A f 44 array_subscript_handler 3926 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog int8range[]
4072 jsonpath -1 f b U f 44 - 0 4073 4001 4003 4002 4004 0 0 0 i x f 0 -1 0 pg_catalog jsonpath
4073 _jsonpath -1 f b A f 44 array_subscript_handler 4072 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog jsonpath[]
4089 regnamespace 4 t b N f 44 - 0 4090 4084 4085 4087 4088 0 0 0 i p f 0 -1 0 pg_catalog regnamespace
4090 _regnamespace -1 f b A f 44 array_subscript_handler 4089 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog regnamespace[]
4096 regrole 4 t b N f 44 - 0 4097 4098 4092 4094 4095 0 0 0 i p f 0 -1 0 pg_catalog regrole
4097 _regrole -1 f b A f 44 array_subscript_handler 4096 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog regrole[]
4191 regcollation 4 t b N f 44 - 0 4192 4193 4194 4196 4197 0 0 0 i p f 0 -1 0 pg_catalog regcollation
4192 _regcollation -1 f b A f 44 array_subscript_handler 4191 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog regcollation[]
4451 int4multirange -1 f m R f 44 - 0 6150 4231 4232 4233 4234 0 0 4242 i x f 0 -1 0 pg_catalog int4multirange
4532 nummultirange -1 f m R f 44 - 0 6151 4231 4232 4233 4234 0 0 4242 i x f 0 -1 0 pg_catalog nummultirange
4533 tsmultirange -1 f m R f 44 - 0 6152 4231 4232 4233 4234 0 0 4242 d x f 0 -1 0 pg_catalog tsmultirange
4534 tstzmultirange -1 f m R f 44 - 0 6153 4231 4232 4233 4234 0 0 4242 d x f 0 -1 0 pg_catalog tstzmultirange
4535 datemultirange -1 f m R f 44 - 0 6155 4231 4232 4233 4234 0 0 4242 i x f 0 -1 0 pg_catalog datemultirange
4536 int8multirange -1 f m R f 44 - 0 6157 4231 4232 4233 4234 0 0 4242 d x f 0 -1 0 pg_catalog int8multirange
4537 anymultirange -1 f p P f 44 - 0 0 4229 4230 0 0 0 0 0 d x f 0 -1 0 pg_catalog anymultirange
4538 anycompatiblemultirange -1 f p P f 44 - 0 0 4226 4227 0 0 0 0 0 d x f 0 -1 0 pg_catalog anycompatiblemultirange
4600 pg_brin_bloom_summary -1 f b Z f 44 - 0 0 4596 4597 4598 4599 0 0 0 i x f 0 -1 100 pg_catalog pg_brin_bloom_summary
4601 pg_brin_minmax_multi_summary -1 f b Z f 44 - 0 0 4638 4639 4640 4641 0 0 0 i x f 0 -1 100 pg_catalog pg_brin_minmax_multi_summary
5017 pg_mcv_list -1 f b Z f 44 - 0 0 5018 5019 5020 5021 0 0 0 i x f 0 -1 100 pg_catalog pg_mcv_list
5038 pg_snapshot -1 f b U f 44 - 0 5039 5055 5056 5057 5058 0 0 0 d x f 0 -1 0 pg_catalog pg_snapshot
5039 _pg_snapshot -1 f b A f 44 array_subscript_handler 5038 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog pg_snapshot[]
5069 xid8 8 t b U f 44 - 0 271 5070 5081 5082 5083 0 0 0 d p f 0 -1 0 pg_catalog xid8
5077 anycompatible 4 t p P f 44 - 0 0 5086 5087 0 0 0 0 0 i p f 0 -1 0 pg_catalog anycompatible
5078 anycompatiblearray -1 f p P f 44 - 0 0 5088 5089 5090 5091 0 0 0 d x f 0 -1 0 pg_catalog anycompatiblearray
5079 anycompatiblenonarray 4 t p P f 44 - 0 0 5092 5093 0 0 0 0 0 i p f 0 -1 0 pg_catalog anycompatiblenonarray
5080 anycompatiblerange -1 f p P f 44 - 0 0 5094 5095 0 0 0 0 0 d x f 0 -1 0 pg_catalog anycompatiblerange
6150 _int4multirange -1 f b A f 44 array_subscript_handler 4451 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog int4multirange[]
6151 _nummultirange -1 f b A f 44 array_subscript_handler 4532 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog nummultirange[]
6152 _tsmultirange -1 f b A f 44 array_subscript_handler 4533 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog tsmultirange[]
6153 _tstzmultirange -1 f b A f 44 array_subscript_handler 4534 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog tstzmultirange[]
6155 _datemultirange -1 f b A f 44 array_subscript_handler 4535 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 pg_catalog datemultirange[]
6157 _int8multirange -1 f b A f 44 array_subscript_handler 4536 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 pg_catalog int8multirange[]
13220 _cardinal_number -1 f b A f 44 array_subscript_handler 13221 0 750 751 2400 2401 0 0 3816 i x f 0 -1 0 information_schema information_schema.cardinal_number[]
13221 cardinal_number 4 t d N f 44 - 0 13220 2597 43 2598 2407 0 0 0 i p f 23 -1 0 information_schema information_schema.cardinal_number
13223 _character_data -1 f b A f 44 array_subscript_handler 13224 0 750 751 2400 2401 0 0 3816 i x f 0 -1 950 information_schema information_schema.character_data[]
13224 character_data -1 f d S f 44 - 0 13223 2597 1047 2598 2433 0 0 0 i x f 1043 -1 950 information_schema information_schema.character_data
13225 _sql_identifier -1 f b A f 44 array_subscript_handler 13226 0 750 751 2400 2401 0 0 3816 i x f 0 -1 950 information_schema information_schema.sql_identifier[]
13226 sql_identifier 64 f d S f 44 - 0 13225 2597 35 2598 2423 0 0 0 c p f 19 -1 950 information_schema information_schema.sql_identifier
13231 _time_stamp -1 f b A f 44 array_subscript_handler 13232 0 750 751 2400 2401 0 0 3816 d x f 0 -1 0 information_schema information_schema.time_stamp[]
13232 time_stamp 8 t d D f 44 - 0 13231 2597 1151 2598 2477 0 0 0 d p f 1184 2 0 information_schema information_schema.time_stamp
13233 _yes_or_no -1 f b A f 44 array_subscript_handler 13234 0 750 751 2400 2401 0 0 3816 i x f 0 -1 950 information_schema information_schema.yes_or_no[]
13234 yes_or_no -1 f d S f 44 - 0 13233 2597 1047 2598 2433 0 0 0 i x f 1043 7 950 information_schema information_schema.yes_or_no
`;
