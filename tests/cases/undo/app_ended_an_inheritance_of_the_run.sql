-- expect: conflict: a table may have been renamed, dropped or taken from its parent since
-- setup
CREATE TABLE parent (id int);
CREATE TABLE child (id int);
-- change
ALTER TABLE child INHERIT parent;
-- application
ALTER TABLE child NO INHERIT parent;
