-- expect: restored
-- setup
create table live (id int primary key, v text);
create table shadow (id int primary key, v text);
insert into live values (1, 'live'); insert into shadow values (1, 'shadow');
-- change
alter table live rename to old;
alter table shadow rename to live;
update live set v = 'changed';
alter table old rename to shadow;
