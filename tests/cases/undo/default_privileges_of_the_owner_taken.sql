-- expect: restored
-- setup
alter default privileges revoke all on tables from app_owner;
-- change
alter default privileges grant all on tables to app_owner;
alter default privileges revoke usage on types from public;
