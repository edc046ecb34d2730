-- expect: refused: check cv, as it is now
-- setup
create table c (id int primary key, v timestamptz, constraint cv check (v > now()));
insert into c values (1, clock_timestamp() + '500 ms'), (2, '2100-01-01');
-- setup
select pg_sleep(0.6);
-- change
delete from c where id = 1;
