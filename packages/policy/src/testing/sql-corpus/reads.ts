import type { NamedSql } from './sql-case.ts';

/** Statements that only read. Each of them runs on {@link SQL_FIXTURE}. */
export const READS: readonly NamedSql[] = [
  ['a constant', 'select 1'],
  ['a table', 'select * from customers'],
  ['upper case', 'SELECT ID FROM CUSTOMERS'],
  ['a trailing semicolon', 'select 1;'],
  ['two reads', 'select 1; select 2'],
  ['comments', '/* delete from t */ select 1 -- drop table t'],
  ['nested comments', '/* a /* b */ c */ select 1'],
  ['a dangerous word in a text', "select 'drop table customers; delete'"],
  ['a dangerous word as a name', 'select "delete" from "drop"'],
  ['dollar quotes', 'select $$delete from t$$'],
  ['dollar quotes with a tag', 'select $a$ drop $$ table $a$'],
  ['an escape string', "select E'\\'; drop table t; --'"],
  ['a backslash as the escape of LIKE', "select a like 'x\\_%' escape '\\', b = 'y' from t"],
  [
    'a backslash at the end of a text',
    "select split_part(a, '\\', 1), split_part(b, '\\', 2) from t",
  ],
  [
    'backslashes in regular expressions',
    "select a ~ '^\\d+\\s', regexp_replace(b, '\\\\', '') from t",
  ],
  [
    'a backslash before a quote in other places',
    "select $$\\'$$, E'\\'', \"a\\'\" from (values (1)) v(\"a\\'\") -- \\'",
  ],
  ['VALUES', 'values (1), (2)'],
  ['TABLE', 'table customers'],
  ['a join', 'select * from a join b using (id) left join c on c.id = b.id'],
  ['a subquery', 'select * from (select id from t) x where id in (select id from u)'],
  ['a correlated subquery', 'select * from a where exists (select 1 from b where b.id = a.id)'],
  ['a CTE', 'with x as (select 1) select * from x'],
  [
    'a recursive CTE',
    'with recursive x(n) as (select 1 union all select n + 1 from x where n < 3) select n from x',
  ],
  ['a set operation', 'select 1 union select 2 except select 3 intersect select 4'],
  ['aggregates', 'select count(*), sum(total), avg(total) filter (where total > 1) from orders'],
  ['a window', 'select row_number() over (partition by a order by b desc) from t'],
  ['grouping sets', 'select a, count(*) from t group by rollup (a) having count(*) > 1'],
  ['an ordered-set aggregate', 'select percentile_cont(0.5) within group (order by x) from t'],
  [
    'text functions',
    "select lower(trim(name)), concat_ws(' ', a, b), substring(a from 1 for 2) from t",
  ],
  [
    'dates',
    "select date_trunc('day', now()), extract(year from created_at), now() - interval '1 day' from t",
  ],
  ['a time zone', "select now() at time zone 'Europe/Berlin'"],
  ['json', "select data->'a'->>'b', data @> '{}', jsonb_array_elements(list) from t"],
  ['a json path', "select jsonb_path_query(data, '$.a') from t"],
  ['arrays', 'select array[1, 2], tags[1], unnest(tags), x = any(tags) from t'],
  ['CASE and COALESCE', 'select case when flag then b else coalesce(c, nullif(d, e)) end from t'],
  [
    'BETWEEN, LIKE and SIMILAR TO',
    "select * from t where x between 1 and 2 and b like 'x%' and c similar to 'y'",
  ],
  ['IS DISTINCT FROM', 'select * from t where a is distinct from b and c is not null'],
  ['a cast', "select '1'::int, cast(a as text), 'customers'::regclass from t"],
  ['LIMIT and OFFSET', 'select * from t order by a nulls last limit 10 offset 5'],
  ['DISTINCT ON', 'select distinct on (a) a, b from t order by a, b'],
  ['LATERAL', 'select * from t, lateral (select * from u where u.id = t.id) x'],
  ['a function in FROM', 'select * from generate_series(1, 3) as g(n)'],
  [
    'columns of a function in FROM',
    'select g.g, h.n from generate_series(1, 3) g, unnest(array[1]) h(n)',
  ],
  ['columns of JSON in FROM', 'select e.key, e.value from t, jsonb_each(t.data) e'],
  ['declared columns', "select r.a from json_to_recordset('[]') as r(a int)"],
  ['a counted function', 'select u.u, u.ordinality from unnest(array[1]) with ordinality u'],
  [
    'a function that lends its name',
    'select generate_series.generate_series from generate_series(1, 3)',
  ],
  ['a field of JSON', 'select (jsonb_each(data)).key, (row(1)).* from t'],
  ['a sample', 'select * from t tablesample bernoulli (10)'],
  ['a qualified built-in', 'select pg_catalog.lower(a) from t'],
  ['a qualified built-in operator', 'select 1 operator(pg_catalog.+) 2'],
  ['EXPLAIN', 'explain select * from t'],
  ['EXPLAIN of a write, which isn’t run', 'explain delete from t'],
  ['EXPLAIN with ANALYZE off', 'explain (analyze false, verbose) update t set a = 1'],
  ['EXPLAIN ANALYZE of a read', 'explain (analyze, buffers) select * from t'],
  ['SHOW', 'show search_path'],
  ['SHOW ALL', 'show all'],
  [
    'the catalogue',
    "select table_name from information_schema.tables where table_schema = 'public'",
  ],
  ['system functions', 'select current_user, current_database(), version()'],
  ['quoted names', 'select "Order ID" from "Sales"."Order Lines"'],
  ['Unicode white space in a text', "select '\u00a0\u2028'"],
  // Names and the search path
  ['a qualified table', 'select * from public.customers'],
  ['a table of the catalogue', 'select relname from pg_catalog.pg_class limit 5'],
  ['a quoted built-in function', 'select "lower"(name) from customers'],
  ['a Unicode-escaped built-in function', 'select U&"low\\0065r"(name) from customers'],
  [
    'a built-in function in another case',
    'select LOWER(name), Pg_Catalog.Upper(name) from customers',
  ],
  [
    'a name cast to regclass',
    "select 'public.customers'::regclass::oid, 'lower(text)'::regprocedure",
  ],
  [
    'a name that is only looked up',
    "select to_regclass('nowhere'), to_regproc('pg_terminate_backend')",
  ],
  ['the name of a sequence', "select 's'::regclass, last_value, is_called from s"],
  ['a function named in a text', "select 'pg_sleep(10)', $$ select nextval('s') $$"],
  ['a column named like a function', 'select "nextval" from (values (1)) v("nextval")'],
  ['a table named like a function', 'select pg_sleep.id from customers pg_sleep'],
  ['the search path, read', "select current_setting('search_path'), current_schemas(false)"],
  ['the path of a view', "select pg_get_viewdef('adults'::regclass), * from adults"],
  // Casts and operators
  [
    'casts between built-in types',
    "select '1'::numeric(4,2), 1::text::varchar, '{1,2}'::int[], '[1,3)'::int4range",
  ],
  [
    'a cast in function notation',
    "select int4 '7', date '2026-11-22', float8(3), text(name) from customers",
  ],
  ['a typed literal', "select interval '1' year, timestamp with time zone 'epoch', bit '101'"],
  ['an operator in ANY', 'select 1 = any (array[1, 2]), 2 > all (select id from u)'],
  ['operators of networks', "select inet '10.0.0.1' << cidr '10.0.0.0/8', inet '10.0.0.1' + 1"],
  [
    'operators of ranges',
    "select '[1,3)'::int4range && '[2,4)'::int4range, 2 <@ '[1,3)'::int4range",
  ],
  [
    'operators of geometry',
    "select point '(0,0)' <-> point '(3,4)', box '((0,0),(1,1))' @> point '(0,0)'",
  ],
  [
    'operators of text',
    "select name ~* '^a', name !~ 'b', name ^@ 'A', name || '!' from customers",
  ],
  ['a row comparison', 'select (id, name) < (2, $$b$$), row(1, 2) = row(1, 2) from customers'],
  [
    'an operator as a sort',
    'select name from customers order by name using operator(pg_catalog.<)',
  ],
  ['not equal, both ways', 'select 1 <> 2, 1 != 2'],
  // JSON
  ['JSON built', "select json_build_object('a', 1), jsonb_agg(x), json_object_agg(a, x) from t"],
  [
    'JSON changed in place, as a value',
    "select jsonb_set(data, '{a}', '1'), data - 'a', data #- '{a,b}' from t",
  ],
  ['JSON path operators', "select data @? '$.a', data @@ '$.a == 1', data #>> '{a,b}' from t"],
  [
    'JSON standard functions',
    "select json_value(data, '$.a.b'), json_query(data, '$.a'), json_exists(data, '$.c') from t",
  ],
  ['JSON constructors', "select json_object('a': 1), json_array(1, 2), json_scalar(1), json('{}')"],
  ['JSON_TABLE', "select j.n from t, json_table(list, '$[*]' columns (n int path '$')) j"],
  ['JSON as a record', "select * from jsonb_to_record('{}') as r(a int, b text)"],
  ['JSON keys', 'select jsonb_object_keys(data), jsonb_typeof(data), jsonb_pretty(data) from t'],
  // XML
  ['XPath', "select xpath('/a/text()', '<a>b</a>'::xml), xpath_exists('/a', '<a/>')"],
  [
    'XML built',
    "select xmlelement(name a, xmlattributes(1 as b)), xmlforest(1 as a), xmlagg(xmlcomment('c'))",
  ],
  [
    'XML parsed and written',
    "select xmlserialize(content xmlparse(document '<a/>') as text), xml '<a/>' is document",
  ],
  [
    'XMLTABLE',
    "select * from xmltable('/a/b' passing xml '<a><b>1</b></a>' columns n int path '.')",
  ],
  // Rows out of nothing
  ['a series', 'select count(*) from generate_series(1, 10000) a, generate_series(1, 10) b'],
  [
    'a series of times',
    "select generate_series(now(), now() + interval '1 day', interval '1 hour')",
  ],
  ['subscripts', 'select generate_subscripts(tags, 1), unnest(tags) from t'],
  [
    'text split',
    "select * from regexp_split_to_table('a,b', ',') r, string_to_table('a b', ' ') s",
  ],
  [
    'several functions side by side',
    'select * from rows from (generate_series(1, 2), unnest(array[1])) as f(a, b)',
  ],
  // Aggregates and windows
  ['an aggregate in order', "select string_agg(distinct name, ',' order by name) from customers"],
  [
    'a filtered aggregate',
    'select array_agg(x) filter (where x > 0), bool_and(flag), every(flag) from t',
  ],
  [
    'a statistic',
    'select stddev(x), corr(x, x), regr_slope(x, x), mode() within group (order by x) from t',
  ],
  [
    'a named window',
    'select lag(x) over w, ntile(4) over w from t window w as (order by x rows 2 preceding)',
  ],
  [
    'a window frame',
    'select sum(x) over (order by x range between 1 preceding and 1 following exclude ties) from t',
  ],
  ['a cube', 'select a, b, grouping(a, b), count(*) from t group by cube (a, b)'],
  ['a hypothetical rank', 'select rank(1) within group (order by x) from t'],
  // Queries of shape
  ['a materialized CTE', 'with x as materialized (select id from u) select * from x, x y'],
  [
    'a CTE that searches',
    'with recursive x(n) as (select 1 union all select n + 1 from x where n < 3) search depth first by n set o select * from x',
  ],
  [
    'a subquery as a value',
    'select (select max(id) from u), array(select id from u), exists (select 1)',
  ],
  [
    'a locking word as a name',
    'select "update", share from (values (1, 2)) "for"("update", share)',
  ],
  ['FETCH FIRST', 'select id from u order by id fetch first 1 rows with ties'],
  ['a natural full join', 'select * from b natural full join c'],
  ['VALUES in FROM', 'select v.a from (values (1), (2)) v(a) where v.a in (1, 2)'],
  ['system columns', 'select ctid, xmin, tableoid::regclass from customers'],
  ['EXPLAIN of a read in JSON', 'explain (format json, costs off) select * from customers'],
  [
    'EXPLAIN of an upsert, which isn’t run',
    'explain insert into u values (1) on conflict do nothing',
  ],
  // Looking around
  [
    'sizes',
    "select pg_size_pretty(pg_total_relation_size('customers')), pg_database_size(current_database())",
  ],
  [
    'privileges',
    "select has_table_privilege('customers', 'delete'), pg_has_role('pg_monitor', 'member')",
  ],
  [
    'definitions',
    'select pg_get_indexdef(indexrelid), pg_get_constraintdef(c.oid) from pg_index i left join pg_constraint c on c.conindid = i.indexrelid limit 5',
  ],
  [
    'who waits for whom',
    'select pid, pg_blocking_pids(pid), wait_event_type, now() - query_start from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0',
  ],
  [
    'how far replicas are behind',
    'select application_name, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)) from pg_stat_replication',
  ],
  [
    'how far a replica itself is behind',
    'select now() - pg_last_xact_replay_timestamp(), pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()',
  ],
  [
    'ages that a vacuum ends',
    'select relname, age(relfrozenxid), mxid_age(relminmxid) from pg_class where relkind = $$r$$',
  ],
  ['running statements', 'select pid, state, left(query, 20) from pg_stat_activity'],
  ['settings', "select name, setting from pg_settings where name like 'work%'"],
  [
    'full text',
    "select to_tsvector('english', 'a b') @@ websearch_to_tsquery('a'), ts_headline('a b', 'a'::tsquery)",
  ],
  [
    'random values',
    'select random(), gen_random_uuid() is not null, uuidv7() is not null, md5($$a$$)',
  ],
  [
    'built-in types, plain, qualified and of arrays',
    "select '1'::int8, date '2026-11-22', '1'::pg_catalog.int4, '{1}'::int[], '1'::\"char\", null::double precision",
  ],
  ['RETURNING a built-in type', "select json_value('{\"a\": 1}', '$.a' returning int)"],
];
