-- expect: restored
-- setup
create table t (id int);
-- change
create table p (id int not null, d date not null, primary key (id, d)) partition by range (d);
create index p_id on p (id);
create table p1 partition of p for values from ('2024-01-01') to ('2025-01-01');
create table p2 partition of p default partition by list (id);
create table p2a partition of p2 for values in (1, 2);
create table p2b partition of p2 default;
insert into p values (1, '2024-05-05'), (1, '2020-01-01'), (7, '2021-01-01');
-- application
insert into t values (1);
