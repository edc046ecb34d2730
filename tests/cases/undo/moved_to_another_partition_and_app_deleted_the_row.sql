-- expect: conflict
-- conflict: moved "public"."p2" id = 1, d = 2
-- setup
CREATE TABLE p (id int, d int, v text, PRIMARY KEY (id, d)) PARTITION BY LIST (d);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
INSERT INTO p VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c');
-- change
UPDATE p SET d = 2 WHERE d = 1;
-- application
DELETE FROM p WHERE id = 1;
