-- expect: restored
-- setup
create function positive(int) returns boolean language sql immutable as 'select $1 > 0';
create domain d as varchar(20)[] collate "C" default '{a}' not null constraint few check (cardinality(value) < 5);
alter domain d add constraint late check (value is not null) not valid;
comment on domain d is 'd';
comment on constraint few on domain d is 'few';
grant usage on domain d to case_reader;
create domain n as int check (positive(value));
-- change
drop domain d, n;
drop function positive(int);
