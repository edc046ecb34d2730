-- expect: refused: only a superuser may create it again
-- superuser
create function my_abs(int) returns int language internal immutable strict as 'int4abs';
alter function my_abs(int) owner to app_owner;
-- change
drop function my_abs(int);
