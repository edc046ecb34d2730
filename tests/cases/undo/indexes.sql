-- expect: restored
-- setup
create table t (id int primary key, a int, b text, c text);
create index old_a on t (a desc nulls last) with (fillfactor = 60);
create unique index old_expr on t (lower(b)) where a > 0;
alter index old_expr alter column 1 set statistics 300;
create index old_incl on t (a) include (b, c);
comment on index old_expr is 'lower b';
create index renamed on t (c);
create index commented on t (b);
create index gin_c on t using gin (to_tsvector('english', c));
create index clus on t (b);
alter table t cluster on clus;
-- change
create index fresh on t (b, a);
create unique index on t (a);
drop index old_a, old_expr, old_incl;
alter index renamed rename to other_name;
comment on index commented is 'now with comment';
create index renamed on t (a);
drop index gin_c;
drop index clus;
