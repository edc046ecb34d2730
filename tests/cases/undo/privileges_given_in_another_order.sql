-- Privileges are a set: the way back, and the way back of that, may give them in another order.
-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY);
GRANT INSERT ON t TO case_reader;
GRANT SELECT ON t TO case_writer;
-- change
REVOKE ALL ON t FROM case_reader;
GRANT ALL ON t TO case_writer WITH GRANT OPTION;
-- change
GRANT SELECT ON t TO PUBLIC;
