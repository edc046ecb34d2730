-- expect: restored
-- caveat: column order
-- setup
create table top (id int, v text, w int);
create table l () inherits (top);
create table r () inherits (top);
create table bottom () inherits (l, r);
insert into bottom values (1, 'a', 2);
alter table bottom add primary key (id);
-- change
alter table top add column fresh int default 3;
alter table top add constraint c check (id > 0);
alter table top rename column w to ww;
alter table top drop column v;
