-- expect: restored
-- setup
create type mood as enum ('sad', 'ok', 'happy');
create domain calm as mood check (value <> 'happy');
create table t (id int primary key, m mood default 'ok', n mood[]);
insert into t values (1, 'sad', '{ok,happy}'), (2, 'ok', null);
-- change
alter table t alter column m drop default;
alter type mood rename to mood_old;
create type mood as enum ('ok', 'happy', 'bored');
update t set m = 'ok' where m = 'sad';
alter table t alter column m type mood using m::text::mood, alter column n type mood[] using n::text::mood[];
alter table t alter column m set default 'bored';
drop type mood_old cascade;
