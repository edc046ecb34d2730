"""What was restored is compared with the copy of a backup step, whatever its table was called in between."""

from __future__ import annotations

import pytest

from fingerprint import difference, fingerprint
from planrun.core.selection import After, Only
from planrun.errors import Conflict

SETUP = """
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, price numeric, mood mood DEFAULT 'low');
INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 20) n;
"""

COPY = "- {id: copy, backup: {table: items, into: items_before}}\n"


def planned(project, *steps):
    project.database.connect().execute(SETUP)
    written = (f'- {{id: s{number}, migrate: {{sql: "{sql}"}}}}' for number, sql in enumerate(steps))
    project.write(COPY + "\n".join(written))


@pytest.mark.parametrize(
    "steps",
    [
        ("ALTER TABLE items RENAME TO it2", "UPDATE it2 SET price = 0 WHERE id < 4"),
        ("ALTER TABLE items RENAME price TO cost", "UPDATE items SET cost = 0 WHERE id < 4"),
        ("ALTER TABLE items RENAME id TO nr", "UPDATE items SET price = 0 WHERE nr < 4"),
        ("CREATE SCHEMA ss; ALTER TABLE items SET SCHEMA ss", "DELETE FROM ss.items WHERE id < 4"),
        ("ALTER TABLE items RENAME price TO cost; UPDATE items SET cost = 0 WHERE id < 4",),
        ("ALTER TABLE items ALTER id TYPE text", "UPDATE items SET price = 0 WHERE id < '4'"),
        ("ALTER TABLE items ALTER id TYPE bigint", "UPDATE items SET price = 0 WHERE id < 4"),
        ("ALTER TABLE items ALTER price TYPE text", "UPDATE items SET price = '0' WHERE id < 4"),
        ("ALTER TABLE items ALTER name TYPE json USING to_json(name)", "UPDATE items SET name = '1' WHERE id < 4"),
        ("ALTER TYPE mood RENAME TO temper", "UPDATE items SET mood = 'high', price = 0 WHERE id < 4"),
        (
            "ALTER TABLE items RENAME price TO y; ALTER TABLE items RENAME name TO price",
            "ALTER TABLE items RENAME y TO name; UPDATE items SET price = 'x', name = 0 WHERE id < 4",
        ),
        (
            "ALTER TABLE items RENAME TO it2; CREATE TABLE items (id int PRIMARY KEY, name text, price numeric)",
            "UPDATE it2 SET price = 0 WHERE id < 4; INSERT INTO items VALUES (1, 'q', 3)",
        ),
        ("UPDATE items SET price = 0", "ALTER TABLE items RENAME TO it2", "DROP TABLE it2"),
    ],
)
def test_a_table_that_was_renamed_or_retyped_after_its_copy_goes_back(project, steps):
    planned(project, *steps)
    start = fingerprint(project.database)
    project.execute()
    done = fingerprint(project.database)
    back = project.rollback()
    assert difference(start, fingerprint(project.database)) == ""
    project.rollback(run=back.run)
    assert difference(done, fingerprint(project.database)) == ""
    project.rollback()
    project.execute()
    project.rollback(selection=After("copy"))
    project.rollback()
    assert difference(start, fingerprint(project.database)) == ""
    project.execute()
    script = project.psql(project.script())
    assert (script.returncode, script.stderr) == (0, "")
    assert difference(start, fingerprint(project.database)) == ""


@pytest.mark.parametrize("retyped", ["", "; ALTER TABLE items ALTER cost TYPE text"])
def test_a_difference_is_seen_under_other_names(project, retyped):
    """What was restored is as the undo log has it, but not as the copy has it: one of them is wrong."""
    planned(project, f"ALTER TABLE items RENAME price TO cost{retyped}", "UPDATE items SET cost = '0' WHERE id < 4")
    project.execute()
    connection = project.database.connect()
    connection.execute("ALTER TABLE items_before RENAME TO others")
    connection.execute("CREATE TABLE items_before AS SELECT id, name, price + (id = 2)::int AS price, mood FROM others")
    connection.execute("UPDATE planrun.step SET undo = jsonb_set(undo, '{created}', '[]') WHERE step = 'copy'")
    before = fingerprint(project.database)
    with pytest.raises(Conflict, match=r'1 restored rows of "public"."items" differ from their copy'):
        project.rollback()
    assert difference(before, fingerprint(project.database)) == ""


def test_what_the_application_wrote_to_other_columns_is_no_difference(project):
    planned(project, "ALTER TABLE items RENAME price TO cost", "UPDATE items SET cost = 0 WHERE id < 4")
    project.execute()
    connection = project.database.connect()
    connection.execute("UPDATE items SET name = 'mine' WHERE id = 2")
    project.rollback()
    assert connection.execute("SELECT name, price FROM items WHERE id = 2").fetchone() == ("mine", 2)


@pytest.mark.parametrize("rename", ["TABLE items RENAME TO it2", "TABLE items RENAME price TO cost", "SCHEMA public"])
def test_a_copy_is_not_compared_under_names_of_a_step_that_stays(project, rename):
    planned(project)
    if rename == "SCHEMA public":
        project.database.connect().execute("CREATE SCHEMA old; ALTER TABLE items SET SCHEMA old")
        rename, table, column = "SCHEMA old RENAME TO young", "young.items", "price"
    else:
        table = "it2" if "it2" in rename else "items"
        column = "cost" if "cost" in rename else "price"
    source = "old.items" if table == "young.items" else "items"
    project.write(f"""
    - {{id: copy, backup: {{table: {source}, into: public.items_before}}}}
    - {{id: between, migrate: {{sql: ALTER {rename}}}}}
    - {{id: one, needs: [copy], migrate: {{sql: "UPDATE {table} SET {column} = 0 WHERE id = 1"}}}}
    """)
    start = fingerprint(project.database)
    project.execute()
    assert project.rollback(selection=Only("copy")).remaining == ("between",)
    assert project.database.connect().execute(f"SELECT {column} FROM {table} WHERE id = 1").fetchone() == (1,)
    project.rollback()
    assert difference(start, fingerprint(project.database)) == ""
