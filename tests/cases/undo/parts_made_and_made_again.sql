-- What a way back makes again may read otherwise than before, in parentheses and casts.
-- expect: restored
-- setup
create table c (id int primary key, a varchar, b varchar default 'b');
create function tf() returns trigger language plpgsql as 'begin return new; end';
-- change
alter table c add constraint listed check (a in ('x', 'it''s', 'y') and b not in ('z', 'w'));
create index ci on c (a) where a in ('x', 'y');
alter table c alter b set default 'd', add column g varchar check (g in ('x', 'y')), add unique (a, g);
create policy po on c using (a in ('x', 'y'));
create trigger tg before update on c for each row when (new.a in ('x', 'y')) execute function tf();
create table n (id serial primary key, v varchar check (v in ('x', 'y')));
create index ni on n (v) where v in ('x', 'y');
create view w as select a from c where a in ('x', 'y');
-- change
alter table c rename to d;
alter table d rename a to e;
alter table d rename constraint listed to others;
alter index ci rename to di;
-- change
alter table d drop constraint others, alter b drop default;
drop index di;
drop policy po on d;
drop trigger tg on d;
alter table d drop column g;
drop view w;
alter table n drop column v;
-- change
drop table d;
drop table n;
