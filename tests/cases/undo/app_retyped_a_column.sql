-- expect: stopped: column at of "public"."c" was timestamp without time zone when the run ended, and is timestamp with time zone now
-- setup
create table c (id int primary key, at timestamp);
insert into c values (1, '2020-01-01 12:00'), (2, '2020-01-02 12:00');
-- change
delete from c where id = 1;
-- application
set timezone = 'Europe/Berlin';
alter table c alter column at type timestamptz;
