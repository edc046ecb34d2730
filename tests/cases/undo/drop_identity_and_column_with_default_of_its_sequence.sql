-- A column is added with its default before the rows come back, an identity after them.
-- expect: refused: column "public"."t"."w": its default draws from "public"."t_id_seq", the sequence of an identity that went too
-- setup
create table t (id int generated always as identity primary key, v text);
alter table t add column w int default nextval('t_id_seq');
insert into t (v) values ('a'), ('b');
-- change
alter table t drop column id cascade, drop column w;
