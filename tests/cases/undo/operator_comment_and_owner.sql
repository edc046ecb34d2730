-- expect: restored
-- superuser
grant case_writer to app_owner;
-- setup
grant all on schema public to case_writer;
create function eq(text, int) returns bool language sql as 'select true';
create operator === (leftarg = text, rightarg = int, function = eq);
comment on operator === (text, int) is 'was';
-- change
comment on operator === (text, int) is null;
alter operator === (text, int) owner to case_writer;
