-- expect: restored
-- setup
create table t (id int primary key, who text);
create policy mine on t as restrictive for update to case_reader, case_writer using (who = current_user) with check (id > 0);
create policy gone on t for insert to public with check (true);
comment on policy gone on t is 'gone';
create table forced (id int);
alter table forced enable row level security;
-- change
alter table t enable row level security;
alter table t force row level security;
alter policy mine on t using (true);
drop policy gone on t;
create policy fresh on t using (false);
alter table forced disable row level security;
