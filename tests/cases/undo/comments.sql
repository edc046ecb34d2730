-- expect: restored
-- setup
create schema s;
create type mood as enum ('a', 'b');
create domain d as int constraint d_check check (value > 0);
create sequence q;
create table t (id int primary key, a int constraint a_check check (a > 0));
create index i on t (a);
create view v as select a from t;
create function f(x int) returns int language sql as 'select x';
create function tf() returns trigger language plpgsql as 'begin return new; end';
create trigger g before insert on t for each row execute function tf();
create rule r as on update to v do instead nothing;
create policy p on t for select using (true);
create statistics st on id, a from t;
comment on table t is 'was';
comment on column t.a is 'was ''quoted'' \ backslash';
comment on function f(int) is 'was';
comment on schema s is 'was';
comment on index i is 'was';
comment on type mood is 'was';
-- change
comment on table t is 'is'; comment on column t.a is null; comment on column t.id is 'is';
comment on constraint a_check on t is 'is'; comment on index i is null; comment on view v is 'is'; comment on column v.a is 'is';
comment on trigger g on t is 'is'; comment on rule r on v is 'is'; comment on policy p on t is 'is'; comment on statistics st is 'is';
comment on sequence q is 'is'; comment on function f(int) is 'is'; comment on function tf() is 'is'; comment on schema s is 'is';
comment on type mood is 'is'; comment on domain d is 'is'; comment on index t_pkey is 'is';
