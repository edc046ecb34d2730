-- expect: conflict
-- conflict: altered trigger "g" of "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN new; END$$;
CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION g();
-- change
ALTER TABLE t DISABLE TRIGGER g;
-- application
ALTER TABLE t ENABLE ALWAYS TRIGGER g;
