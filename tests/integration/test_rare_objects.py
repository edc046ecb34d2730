"""Objects of rarely used kinds are compared with what the step left, also those that only a superuser can make."""

from __future__ import annotations

import pytest

from fingerprint import difference, fingerprint
from planrun.core import rare_objects, restore_objects
from planrun.core.catalogs import EXPLAINED, HOMES

CLASS = "CREATE OPERATOR CLASS public.c FOR TYPE int USING btree FAMILY public.f AS STORAGE int"
MADE = {
    "access method": ("am", "CREATE ACCESS METHOD am TYPE INDEX HANDLER bthandler"),
    "foreign data wrapper": ("w", "CREATE FOREIGN DATA WRAPPER w"),
    "language": ("tongue", "CREATE TRUSTED LANGUAGE tongue HANDLER plpgsql_call_handler"),
    "operator class": ("public.c USING btree", CLASS),
    "operator family": ("public.f USING btree", ""),
    "text search parser": (
        "public.p",
        "CREATE TEXT SEARCH PARSER p (START=prsd_start, GETTOKEN=prsd_nexttoken, END=prsd_end, LEXTYPES=prsd_lextype)",
    ),
    "text search template": ("public.t", "CREATE TEXT SEARCH TEMPLATE t (LEXIZE = dsimple_lexize)"),
    "transform": (
        "for integer language plpgsql",
        "CREATE TRANSFORM FOR int LANGUAGE plpgsql (FROM SQL WITH FUNCTION prsd_lextype(internal))",
    ),
}
"""By kind the name of an object and what makes it; the family is there before."""

ALTERED = {
    "access method": "COMMENT ON ACCESS METHOD am IS 'altered'",
    "foreign data wrapper": "ALTER FOREIGN DATA WRAPPER w OPTIONS (a 'b')",
    "language": "GRANT USAGE ON LANGUAGE tongue TO pg_monitor",
    "operator class": "COMMENT ON OPERATOR CLASS c USING btree IS 'altered'",
    "operator family": "ALTER OPERATOR FAMILY f USING btree ADD OPERATOR 1 < (int, int)",
    "text search parser": "COMMENT ON TEXT SEARCH PARSER p IS 'altered'",
    "text search template": "COMMENT ON TEXT SEARCH TEMPLATE t IS 'altered'",
    "transform": "COMMENT ON TRANSFORM FOR int LANGUAGE plpgsql IS 'altered'",
}


@pytest.mark.parametrize("kind", MADE)
def test_what_a_superuser_made_is_compared(kind, database):
    name, make = MADE[kind]
    if kind == "transform" and database.major == 15:
        name = "for integer on language plpgsql"  # as that server calls it
    look = restore_objects.look([(kind, name, None)])
    with database.superuser() as connection:
        connection.execute("CREATE OPERATOR FAMILY f USING btree")
        if make:
            connection.execute(make)
        connection.execute("SET search_path = ''")

        def read():
            (row,) = connection.execute(look).fetchall()
            return row[2]

        made = read()
        assert made is not None
        assert read() == made
        connection.execute(f"SET search_path = public; {ALTERED[kind]}; SET search_path = ''")
        assert read() not in {made, None}


def test_a_member_of_a_family_is_compared_with_it(database):
    look = restore_objects.look([("operator family", "public.f USING btree", None)])
    with database.superuser() as connection:
        connection.execute("CREATE OPERATOR FAMILY f USING btree")
        connection.execute("SET search_path = ''")
        was = connection.execute(look).fetchall()
        connection.execute(CLASS)
        assert connection.execute(look).fetchall() != was


def test_every_catalog_of_such_objects_has_a_text():
    catalogs = {name for name, room in EXPLAINED.items() if room == "objects"}
    assert {catalog for catalog, _ in rare_objects.KINDS.values()} == catalogs - HOMES.keys()


LATER = """
- {id: made, migrate: {sql: "CREATE CAST (mood AS int) WITH FUNCTION one(mood); CREATE FUNCTION two(mood) RETURNS int
   LANGUAGE sql AS 'SELECT 2'; CREATE VIEW faces AS SELECT 'a'::mood AS face"}}
- {id: renamed, needs: [made], migrate: {sql: "ALTER TYPE mood RENAME TO temper"}}
- {id: indexed, needs: [renamed], migrate: {sql: "CREATE INDEX CONCURRENTLY i ON t (a)", transaction: none}}
"""


def test_what_a_later_step_renamed_is_no_conflict(project):
    with project.database.connect() as connection:
        connection.execute("CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (a int)")
        connection.execute("CREATE FUNCTION one(mood) RETURNS int LANGUAGE sql AS 'SELECT 1'")
    before = fingerprint(project.database)
    project.write(LATER)
    project.execute()
    project.rollback()
    assert difference(before, fingerprint(project.database)) == ""
