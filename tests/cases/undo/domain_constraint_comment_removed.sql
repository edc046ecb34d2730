-- expect: restored
-- setup
create domain d as int constraint c check (value > 0);
comment on constraint c on domain d is 'c';
-- change
comment on constraint c on domain d is null;
