-- expect: restored
-- setup
create type mood as enum ('sad', 'glad');
create domain positive as numeric(8,3) check (value > 0);
create type pair as (a int, b text);
create table t (id int primary key, n numeric, f float8, j json, jb jsonb, p point, c char(5), i interval, r int4range, mr int4multirange,
  b bytea, a int[], d positive, e mood, pr pair, ts timestamptz, bits bit(3), vb varbit, m money, u uuid, o oid, t2 time with time zone,
  inet inet, lseg lseg, tsv tsvector, txt text collate "C", big text, nm name, ch "char", dt date, arr2 text[][]);
insert into t (id, n, f, j, jb, p, c, i, r, b, a, d, e, pr, ts, bits, txt, big, dt, arr2, m)
values (1, 1.10, '-0', '{"b":1, "a":2, "a":3}', '{"x": 1.0}', '(1,2)', 'ab', '1 mon 30 days', '[1,5)', '\x00ff', '[2:3]={7,8}', 1.5, 'sad', (1, 'x, "y"'), 'infinity', '101', 'Case', repeat('long', 5000), '4713-01-01 BC', '{{a,b},{c,NULL}}', 12.5),
       (2, 'NaN', 'NaN', 'null', 'null', null, '', '-00:00:01', 'empty', '', '{}', null, null, null, '-infinity', null, '', '', 'infinity', '{}', null),
       (3, 1.1, 0, '[1,2]', '[]', '(0,0)', 'abc', '30 days 1 mon', null, null, null, 2.500, 'glad', (null, null), '2026-03-29 02:30:00+02', '000', 'CASE', null, '2026-01-01', null, null);
-- change
update t set n = 1.1, f = 0, j = '{"a":2, "b":1}', jb = '{"x": 1.00}', p = '(1,3)', c = 'ab ', i = '2 mons', r = '[1,6)', b = '\xff00', a = '{7,8}', d = 1.500, e = 'glad', pr = (1, 'x'), ts = now(), bits = '111', txt = 'CASE', big = 'short', dt = '2020-01-01', arr2 = '[0:1]={a,b}', m = 13 where id = 1;
delete from t where id = 2;
update t set n = 1.10, f = '-0', txt = 'case', pr = null, j = '[1, 2]' where id = 3;
insert into t (id, f, n) values (4, 'Infinity', 1e100);
