-- expect: conflict
-- conflict: altered cast (public.mood AS integer)
-- conflict: altered collation public.mine
-- conflict: altered conversion public.latin
-- superuser
grant case_writer to app_owner;
-- setup
grant all on schema public to case_writer;
create type mood as enum ('a');
create function one(mood) returns int language sql as 'select 1';
-- change
create cast (mood as int) with function one(mood);
create collation mine (locale = 'C');
create conversion latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
-- application
comment on cast (mood as int) is 'of the application';
comment on collation mine is 'of the application';
alter conversion latin owner to case_writer;
