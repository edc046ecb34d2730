-- expect: restored
-- setup
create type mood as enum ('sad', 'glad');
create table t (id int primary key, m mood);
insert into t values (1, 'sad'), (2, 'sad');
-- change
update t set m = 'glad' where id = 1;
-- application
alter type mood add value if not exists 'so' before 'glad';
alter type mood add value if not exists 'angry';
-- application
insert into t values (3, 'angry') on conflict do nothing;
