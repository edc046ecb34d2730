-- An index, a constraint, a trigger, a policy, a rule or statistics of the step's name that is the application's own.
-- expect: conflict
-- conflict: altered index "public"."ci"
-- conflict: altered constraint "positive" of "public"."c"
-- conflict: altered trigger "tg" of "public"."c"
-- conflict: altered policy "po" of "public"."c"
-- conflict: altered rule "ru" of "public"."c"
-- conflict: altered statistics "public"."st"
-- conflict: altered sequence "public"."s"
-- setup
create table c (id int primary key, a int, b int);
create function tf() returns trigger language plpgsql as 'begin return new; end';
-- change
create index ci on c (a);
alter table c add constraint positive check (a > 0);
create trigger tg before insert on c for each row execute function tf();
create policy po on c using (a > 0);
create rule ru as on update to c do also select 1;
create statistics st on a, b from c;
create sequence s;
-- application
drop index ci;
create index ci on c (b);
alter table c drop constraint positive, add constraint positive check (a > -100);
drop trigger tg on c;
create trigger tg after delete on c for each row execute function tf();
drop policy po on c;
create policy po on c using (a > -100);
create or replace rule ru as on update to c do also select 2;
drop statistics st;
create statistics st on id, b from c;
drop sequence s;
create sequence s increment 7;
