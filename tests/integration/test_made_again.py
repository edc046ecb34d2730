"""What a rollback made again has other numbers: what goes back after it knows its tables, columns and who refers."""

from __future__ import annotations

import pytest

from fingerprint import difference, fingerprint
from planrun.core.selection import After
from planrun.errors import Conflict, Refused
from undo_case import unordered

SETUP = """
CREATE TABLE parent (id int PRIMARY KEY, gone int, code int UNIQUE, name text);
ALTER TABLE parent DROP COLUMN gone;
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE,
  code int REFERENCES parent (code) ON DELETE CASCADE ON UPDATE CASCADE);
INSERT INTO parent VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 3, 'three');
INSERT INTO child VALUES (1, 1, 1);
"""

WRITTEN = "- {id: written, migrate: {sql: INSERT INTO parent VALUES (10); UPDATE parent SET code = 30 WHERE id = 3}}\n"
EMPTIED = "- {id: emptied, migrate: {sql: DELETE FROM child; DELETE FROM parent}}\n"
DROPPED = "- {id: dropped, needs: [written], migrate: {sql: DROP TABLE parent CASCADE}}\n"
COLUMN = "- {id: column, needs: [written], migrate: {sql: ALTER TABLE parent DROP COLUMN code CASCADE}}\n"


@pytest.fixture
def parents(project):
    project.database.connect().execute(SETUP)
    return project


def refuses_to_lose_what_refers(project, write, listed):
    project.database.connect().execute(write)
    before = fingerprint(project.database)
    with pytest.raises(Conflict) as conflict:
        project.rollback()
    assert [(item.kind, item.key, item.now) for item in conflict.value.conflicts] == [("referenced", *listed)]
    assert difference(before, fingerprint(project.database)) == ""


@pytest.mark.parametrize("in_one_run", [True, False])
def test_a_row_that_refers_to_a_table_that_was_made_again_is_not_lost(parents, in_one_run):
    parents.write(WRITTEN + DROPPED)
    if not in_one_run:
        parents.execute(until="written")
    parents.execute()
    parents.rollback(selection=After("written"))
    refuses_to_lose_what_refers(parents, "INSERT INTO child VALUES (7, 10)", ("id = 10", "public.child id = 7"))


def test_a_row_that_refers_to_a_column_that_was_made_again_is_not_changed(parents):
    parents.write(WRITTEN + COLUMN)
    parents.execute()
    parents.rollback(selection=After("written"))
    refuses_to_lose_what_refers(parents, "INSERT INTO child VALUES (7, NULL, 30)", ("id = 3", "public.child id = 7"))


def test_a_column_that_goes_with_its_table_after_it_was_made_again_is_known(parents):
    parents.write(WRITTEN + COLUMN + DROPPED)
    parents.execute()
    parents.rollback(selection=After("column"))
    parents.rollback(selection=After("written"))
    refuses_to_lose_what_refers(parents, "INSERT INTO child VALUES (7, NULL, 30)", ("id = 3", "public.child id = 7"))


@pytest.mark.parametrize("what", [DROPPED, COLUMN])
@pytest.mark.parametrize("in_one_run", [True, False])
def test_what_was_made_again_goes_back_with_the_rest(parents, what, in_one_run):
    start = fingerprint(parents.database)
    parents.write(WRITTEN + what)
    if not in_one_run:
        parents.execute(until="written")
    parents.execute()
    part = parents.rollback(selection=After("written"))
    forth = parents.rollback(run=part.run)
    parents.rollback(run=forth.run)
    parents.rollback()
    assert difference(unordered(start), unordered(fingerprint(parents.database)), sequences=False) == ""


def test_rows_of_a_table_that_was_empty_when_it_was_dropped_come_back(parents):
    start = fingerprint(parents.database)
    parents.write(EMPTIED + DROPPED.replace("written", "emptied"))
    parents.execute()
    parents.rollback(selection=After("emptied"))
    parents.rollback()
    assert difference(start, fingerprint(parents.database)) == ""


def test_the_printed_way_back_notes_it_too(parents):
    parents.write(WRITTEN + DROPPED)
    parents.execute()
    psql = parents.psql(parents.script(selection=After("written")))
    assert (psql.returncode, psql.stderr) == (0, "")
    refuses_to_lose_what_refers(parents, "INSERT INTO child VALUES (7, 10)", ("id = 10", "public.child id = 7"))


def test_another_table_of_the_name_is_still_none_of_ours(parents):
    parents.write(WRITTEN + DROPPED)
    parents.execute()
    parents.rollback(selection=After("written"))
    parents.database.connect().execute("ALTER TABLE parent RENAME TO away; CREATE TABLE parent (LIKE away)")
    with pytest.raises(Refused, match="not the table that the run changed"):
        parents.rollback()
    assert parents.database.connect().execute("SELECT count(*) FROM away").fetchone() == (4,)
