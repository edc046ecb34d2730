-- expect: refused: planrun's own
-- setup
create table t (id int);
-- change
update planrun.step set status = 'done' where false;
insert into planrun.saved_result (run_id, name, result) values (1, 'x', '{}');
