-- expect: conflict
-- conflict: renamed values of type "public"."mood"
-- conflict: renamed values of type "public"."size"
-- conflict: renamed values of type "public"."tone"
-- conflict: renamed values of type "public"."weight"
-- setup
create type mood as enum ('sad', 'glad');
create type size as enum ('s', 'm');
create type tone as enum ('low', 'high');
create type weight as enum ('light', 'heavy');
create domain dmood as mood;
create type pair as (a int, s size[]);
create type tones as range (subtype = tone);
create table t (id int primary key, d dmood, p pair, r tones, w weight[]);
insert into t values (1, 'sad', row(1, '{s,m}'), '[low,low]', '{light}');
-- change
update t set d = 'glad', p = row(1, '{m,s}'), r = '[high,high]', w = '{heavy}';
-- application
alter type mood rename value 'sad' to 'x';
alter type mood rename value 'glad' to 'sad';
alter type mood rename value 'x' to 'glad';
alter type size rename value 's' to 'x';
alter type size rename value 'm' to 's';
alter type size rename value 'x' to 'm';
alter type tone rename value 'low' to 'x';
alter type tone rename value 'high' to 'low';
alter type tone rename value 'x' to 'high';
alter type weight rename value 'light' to 'x';
alter type weight rename value 'heavy' to 'light';
alter type weight rename value 'x' to 'heavy';
