-- expect: restored
-- setup
create schema s;
create sequence q; create sequence p; create table t (id serial primary key);
-- change
alter sequence q rename to r; alter sequence p rename to q; alter sequence q set schema s;
alter sequence t_id_seq rename to numbers;
alter table t set schema s;
alter sequence r increment 7;
comment on sequence r is 'r';
