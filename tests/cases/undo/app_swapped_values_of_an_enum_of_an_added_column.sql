-- expect: conflict
-- conflict: renamed values of type "public"."mood"
-- setup
create type mood as enum ('sad', 'glad');
create table t (id int primary key);
insert into t values (1), (2);
-- change
alter table t add m mood;
update t set m = case id when 1 then 'sad'::mood else 'glad' end;
-- application
alter type mood rename value 'sad' to 'x';
alter type mood rename value 'glad' to 'sad';
alter type mood rename value 'x' to 'glad';
update t set m = case id when 1 then 'sad'::mood else 'glad' end;
