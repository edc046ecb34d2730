-- expect: restored
-- setup
create table t (id int primary key, j json, p point, poly polygon, b box, l lseg, x xid, path jsonpath, c circle, pt path, ln line, g gtsvector, agg refcursor);
insert into t (id, j, p, poly, b, l, x, path, c, pt, ln) values
  (1, '{"b":1, "a":2, "a":3}', '(0,0)', '((0,0),(1,1),(1,0))', '(1,1),(0,0)', '[(0,0),(1,1)]', '7', '$.a', '<(0,0),1>', '[(0,0),(1,1)]', '{1,-1,0}'),
  (2, '[1,2]', '(0,-0)', '((0,0),(1,1),(1,0),(2,0))', '(2,0.5),(0,0)', '[(1,1),(0,0)]', '8', '$.b', '<(1,1),1>', '((0,0),(1,1))', '{-1,1,0}'),
  (3, null, null, null, null, null, null, null, null, null, null);
-- change
update t set j = '[1, 2]', p = '(0,0)', poly = '((1,1),(1,0),(0,0))', b = '(1,1),(0,0)', l = '[(0,0),(1,1)]', x = '9', path = '$.a' where id = 2;
update t set j = '{"a":3, "b":1}', c = '<(0,-0),1>', pt = '((0,0),(1,1))', ln = '{2,-2,0}' where id = 1;
delete from t where id = 3;
insert into t (id, j, p) values (4, 'null', '(1,1)');
-- application
insert into t (id, p) values (9, '(9,9)');
