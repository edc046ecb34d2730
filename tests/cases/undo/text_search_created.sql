-- expect: restored
-- caveat: not turned
-- setup
create table t (id int primary key, v text);
-- change
create text search configuration mine (copy = pg_catalog.english);
create text search dictionary plain (template = pg_catalog.simple);
alter text search configuration mine alter mapping for asciiword with plain;
comment on text search configuration mine is 'mine';
create index on t using gin (to_tsvector('mine', v));
