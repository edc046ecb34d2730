"""A database of every type and of every kind of object that an owner can make without being superuser."""

from __future__ import annotations

from generated import values

TYPES = tuple(kind for kind in values.TYPES if kind.sql != "xml")
"""All types but one, which not every build of PostgreSQL knows; its values are kept as they are written."""

VALUES = "\n".join(
    [
        *values.OWN_TYPES,
        "CREATE TABLE zoo (id int PRIMARY KEY, {});".format(", ".join(f"c{n} {t.sql}" for n, t in enumerate(TYPES))),
        *(
            f"INSERT INTO zoo VALUES ({row}, {', '.join(t.values[row % len(t.values)] for t in TYPES)});"
            for row in range(6)
        ),
    ]
)

OBJECTS = r"""
CREATE SCHEMA side;
COMMENT ON SCHEMA side IS 'beside';
CREATE SCHEMA "odd ""schema"" /
x";
CREATE TABLE "odd ""schema"" /
x"."table
with 'all' \. of /it" ("id
$1 %s {}" int PRIMARY KEY, "a,b" text);
INSERT INTO "odd ""schema"" /
x"."table
with 'all' \. of /it" VALUES (1, E'line\nline\ttab\\ \r"x"'), (2, '\.'), (3, '\N'), (4, NULL), (5, '');
CREATE SEQUENCE side.numbers START 7 INCREMENT 3;
SELECT nextval('side.numbers');
CREATE TABLE parents (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE NOT NULL CHECK (name <> ''));
INSERT INTO parents (name) SELECT 'parent ' || i FROM generate_series(1, 20) i;
CREATE TABLE children (
  id serial PRIMARY KEY, parent int NOT NULL REFERENCES parents ON UPDATE CASCADE ON DELETE CASCADE,
  other int REFERENCES children DEFERRABLE INITIALLY DEFERRED, number int DEFAULT nextval('side.numbers'),
  twice int GENERATED ALWAYS AS (id * 2) STORED, span int4range, EXCLUDE USING gist (span WITH &&));
INSERT INTO children (parent, other, span)
  SELECT 1 + i % 20, nullif(i - 1, 0), int4range(i * 10, i * 10 + 5) FROM generate_series(1, 40) i;

ALTER TABLE children ADD COLUMN gone int;
ALTER TABLE children DROP COLUMN gone;
COMMENT ON COLUMN children.number IS 'a number';
ALTER TABLE children ALTER COLUMN number SET STATISTICS 17;
CREATE INDEX odd_index ON children (lower(number::text) DESC NULLS LAST) WHERE number > 3;
CREATE STATISTICS side.together ON parent, number FROM children;
CREATE TABLE log (at timestamptz NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE log_old PARTITION OF log FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE log_new PARTITION OF log FOR VALUES FROM ('2026-01-01') TO (MAXVALUE) PARTITION BY HASH (what);
CREATE TABLE log_new_0 PARTITION OF log_new FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE log_new_1 PARTITION OF log_new FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO log SELECT '2025-12-01'::timestamptz + i * interval '1 day', 'w' || i FROM generate_series(1, 90) i;
CREATE TABLE heirs (more text) INHERITS (parents);
INSERT INTO heirs (id, name, more) OVERRIDING SYSTEM VALUE VALUES (1000, 'heir', 'x');
CREATE TABLE keyless (a int, b text);
INSERT INTO keyless VALUES (1, 'x'), (1, 'x'), (NULL, NULL);
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
CREATE UNLOGGED TABLE fleeting (a int);
INSERT INTO fleeting VALUES (1);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := NEW.name || '!'; RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON parents FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION side.add(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT a + b; END;
CREATE PROCEDURE side.work() LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE AGGREGATE side.total(int) (sfunc = int4pl, stype = int, initcond = '0');
CREATE OPERATOR side.<#> (LEFTARG = int, RIGHTARG = int, FUNCTION = side.add);
CREATE VIEW busy AS SELECT p.name, count(*) AS children FROM parents p JOIN children c ON c.parent = p.id GROUP BY p.id;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM children;
CREATE UNIQUE INDEX ON counted (n);
CREATE RULE quiet AS ON DELETE TO keyless DO INSTEAD NOTHING;
ALTER TABLE keyless ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON keyless USING (a = 1);
CREATE TEXT SEARCH CONFIGURATION side.plain (COPY = simple);
CREATE COLLATION side.c FROM "C";
CREATE TABLE collated (a text COLLATE side.c PRIMARY KEY);
INSERT INTO collated VALUES ('b'), ('B');
GRANT SELECT ON parents TO PUBLIC;
GRANT UPDATE (name) ON parents TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA side GRANT SELECT ON TABLES TO PUBLIC;
SELECT lo_from_bytea(0, '\x00ff');
CREATE PUBLICATION told FOR TABLE parents;
"""


def fill(connection) -> None:
    """Make it."""
    connection.execute(VALUES)
    for part in OBJECTS.split("\n\n"):  # deferred constraints are checked in between
        connection.execute(part)
