-- expect: restored
-- setup
create table t (id int primary key, v text); create table late (id int primary key, n int);
insert into late values (1, 0);
create function late() returns trigger language plpgsql as 'begin update late set n = n + 1; return null; end';
create constraint trigger l after insert on t deferrable initially deferred for each row execute function late();
-- change
insert into t values (1, 'a'), (2, 'b');
