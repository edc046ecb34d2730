-- A plain table becomes the first partition of a new one.
-- expect: restored
-- setup
create table events (id int primary key, at date not null, v text);
insert into events select n, date '2024-01-01' + n, 'v' || n from generate_series(1, 50) n;
create view latest as select * from events;
-- change
alter table events rename to events_old;
create table events (like events_old including defaults including constraints, primary key (id, at)) partition by range (at);
alter table events_old drop constraint events_pkey, add primary key (id, at);
alter table events attach partition events_old for values from (minvalue) to ('2025-01-01');
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
