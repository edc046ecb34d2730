-- expect: conflict
-- conflict: referenced "public"."p" id = 1
-- conflict: referenced "public"."p" id = 2
-- setup
create table p (id int primary key, code text unique, other text unique);
create table c1 (id int primary key, code text references p (code) on update cascade);
create table c2 (id int primary key, other text references p (other) on update set null);
insert into p select i, 'c' || i, 'o' || i from generate_series(1, 3) i;
insert into c1 values (1, 'c1'), (3, 'c3'); insert into c2 values (1, 'o1');
-- change
update p set code = 'new' || id, other = 'new' || id;
-- application
insert into c1 values (2, 'new2');
insert into c2 values (2, 'new1');
