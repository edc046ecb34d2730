-- The type that comes back cannot take the default that the application gave the column meanwhile.
-- expect: conflict: a default, or the columns of a table and its parent, were changed since
-- setup
CREATE TABLE visit (id int PRIMARY KEY, stayed interval);
INSERT INTO visit VALUES (1, '2 hours');
-- change
ALTER TABLE visit ALTER COLUMN stayed TYPE text USING stayed::text;
-- application
ALTER TABLE visit ALTER COLUMN stayed SET DEFAULT 'long';
