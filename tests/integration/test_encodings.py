"""Databases of other encodings than UTF8: what they can hold goes back as anywhere else, what they cannot is told."""

from __future__ import annotations

import pytest

from bench import OWNER, Database
from planrun.errors import EnvironmentFault
from projects import Project

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text);
INSERT INTO items VALUES (1, 'pear'), (2, 'plum');
"""


@pytest.fixture(params=["SQL_ASCII", "LATIN1"])
def other(request, any_database, tmp_path):
    """A project on a database of another encoding."""
    name = f"{any_database.name}_{request.param.lower()}"
    superuser = any_database.superuser()
    superuser.execute(
        f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0 ENCODING '{request.param}'"
        " LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    database = Database(name, any_database.server)
    database.connect().execute(SETUP)
    yield Project(tmp_path, database)
    database.close()
    superuser.execute(f"DROP DATABASE {name} WITH (FORCE)")


def checks(database):
    query = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'items'::regclass AND contype = 'c'"
    return database.connect(client_encoding="UTF8").execute(query).fetchall()


def test_definitions_with_other_letters_come_and_go(other):
    other.write("""
- id: no_figs
  description: Größe
  migrate: {sql: "ALTER TABLE items ADD CHECK (name <> 'Grüße'); UPDATE items SET name = 'Äpfel' WHERE id = 1"}
- {id: all, needs: [no_figs], migrate: {sql: ALTER TABLE items DROP CONSTRAINT items_name_check}}
""")
    other.execute(until="no_figs")
    with_check = checks(other.database)
    assert "Grüße" in with_check[0][0]
    first = other.rollback()
    assert checks(other.database) == []
    other.rollback(run=first.run)
    assert checks(other.database) == with_check
    other.execute()
    assert checks(other.database) == []
    other.rollback()
    assert checks(other.database) == with_check
    other.rollback()
    assert checks(other.database) == []
    assert other.database.connect().execute("SELECT count(*) FROM items WHERE name = 'pear'").fetchone()[0] == 1


@pytest.mark.parametrize("other", ["LATIN1"], indirect=True)
def test_a_character_that_the_encoding_lacks_is_told(other):
    other.write("- {id: dear, migrate: {sql: UPDATE items SET name = '10 €'}}\n")
    with pytest.raises(EnvironmentFault, match=r"step dear: the database's encoding lacks a character: .*0xe2"):
        other.execute()
    assert other.in_effect() == []


@pytest.mark.parametrize("other", ["SQL_ASCII"], indirect=True)
def test_bytes_that_are_no_text_are_told(other):
    other.database.connect().execute(r"COMMENT ON TABLE items IS E'caf\xe9'")
    other.write("- {id: dear, migrate: {sql: ALTER TABLE items ADD COLUMN price int}}\n")
    with pytest.raises(EnvironmentFault, match=r"step dear: the database holds text that is not UTF-8: .*0xe9"):
        other.execute()
    assert other.in_effect() == []


@pytest.mark.parametrize("other", ["SQL_ASCII"], indirect=True)
def test_rows_of_bytes_that_are_no_text_go_back(other):
    other.database.connect().execute(r"UPDATE items SET name = E'caf\xe9' WHERE id = 1")
    other.write("- {id: more, migrate: {sql: UPDATE items SET name = name || '!'}}\n")
    other.execute()
    other.database.connect().execute("INSERT INTO items VALUES (3, 'fig')")
    other.rollback()
    found = other.database.connect().execute(r"SELECT count(*) FROM items WHERE name IN (E'caf\xe9', 'plum', 'fig')")
    assert found.fetchone()[0] == 3
