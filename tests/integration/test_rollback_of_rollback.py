"""A rollback is captured as a step is: it can be taken back, and that in turn."""

from __future__ import annotations

import pytest

from fingerprint import difference, fingerprint
from planrun.core.policy import OnConflict
from planrun.core.selection import Only
from planrun.edges.postgres.sending import Sending
from planrun.errors import NotReversible, Refused, UsageFault
from projects import Watcher

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, price numeric);
INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 20) n;
CREATE TABLE old (id int PRIMARY KEY, v text);
INSERT INTO old VALUES (1, 'a'), (2, 'b');
"""
PLAN = """
- {id: dearer, migrate: {sql: UPDATE items SET price = price + 1 WHERE id <= 5}}
- {id: made, needs: [dearer], migrate: {sql: "CREATE TABLE fresh (id int PRIMARY KEY); INSERT INTO fresh VALUES (1)"}}
- {id: noted, needs: [made], migrate: {sql: "ALTER TABLE items ADD COLUMN note text; UPDATE items SET note = 'n'"}}
- {id: gone, needs: [noted], migrate: {sql: DROP TABLE old}}
"""


@pytest.fixture
def ran(project):
    project.database.connect().execute(SETUP)
    project.write(PLAN)
    project.execute()
    return project


def effective(project):
    return [s.step for run in project.status().runs if run.direction == "execute" for s in run.steps if s.in_effect]


def test_there_and_back_as_often_as_wanted(ran):
    after = fingerprint(ran.database)
    back = ran.rollback()
    before = fingerprint(ran.database)
    assert effective(ran) == []
    forth = ran.rollback(run=back.run)
    assert difference(after, fingerprint(ran.database)) == ""
    assert effective(ran) == ["dearer", "made", "noted", "gone"]
    assert {step.status for step in ran.execute().steps} == {"skipped"}
    assert ran.status().can_roll_back == (("small", forth.run),)
    assert ran.rollback().reverses == forth.run
    assert difference(before, fingerprint(ran.database)) == ""
    assert effective(ran) == []
    assert ran.execute().run is not None
    assert effective(ran) == ["dearer", "made", "noted", "gone"]


def test_later_writes_of_the_application_are_kept_on_the_way_forth_too(ran):
    back = ran.rollback()
    with ran.database.connect() as connection:
        connection.execute("INSERT INTO items VALUES (30, 'new', 1); UPDATE items SET name = 'mine' WHERE id = 1")
    ran.rollback(run=back.run)
    with ran.database.connect() as connection:
        assert connection.execute("SELECT name, price, note FROM items WHERE id IN (1, 30) ORDER BY id").fetchall() == [
            ("mine", 2, "n"),
            ("new", 1, None),
        ]


def test_what_came_later_goes_first(ran):
    back = ran.rollback()
    ran.execute()
    with pytest.raises(Refused, match="came after"):
        ran.rollback(run=back.run)


def test_a_rollback_goes_back_as_a_whole(ran):
    back = ran.rollback()
    with pytest.raises(UsageFault, match="as a whole"):
        ran.rollback(run=back.run, selection=Only("made"))


def test_steps_that_came_again_go_with_the_run_that_brought_them(ran):
    forth = ran.rollback(run=ran.rollback().run)
    with pytest.raises(Refused, match=f"brought again by run {forth.run}"):
        ran.rollback(run=1)


def test_a_rollback_by_psql_left_no_undo_log(ran):
    ran.psql(ran.script())
    number = max(run.id for run in ran.status().runs)
    with pytest.raises(Refused, match="left no undo log"):
        ran.rollback(run=number)


def test_what_cannot_be_captured_goes_back_all_the_same_and_says_so(project):
    project.database.connect().execute(SETUP + "CREATE TYPE mood AS ENUM ('bad')")
    project.write("""
    - {id: free, migrate: {sql: UPDATE items SET price = 0}}
    - {id: undo_free, rollback: {of: free, sql: ALTER TYPE mood ADD VALUE 'worse'}}
    """)
    project.execute()
    person = Watcher()
    back = project.rollback(person=person)
    assert "cannot be taken back itself" in person.text
    assert "mood" in person.text
    with pytest.raises(NotReversible, match="could not be captured"):
        project.rollback(run=back.run)


EMPTY = """
- {id: made, migrate: {sql: "CREATE TABLE fresh (id int PRIMARY KEY, note text)"}}
- {id: grown, needs: [made], migrate: {sql: "ALTER TABLE fresh ADD COLUMN more int DEFAULT 1"}}
"""
SIDES = "SELECT relname FROM pg_class WHERE relnamespace = 'planrun'::regnamespace AND relname ~ '^(image|whole)_'"


def test_a_table_that_never_held_a_row_goes_and_comes_without_a_copy(project):
    project.write(EMPTY)
    project.execute()
    after = fingerprint(project.database)
    back = project.rollback()
    with project.database.connect() as connection:
        assert connection.execute(SIDES).fetchall() == []
    forth = project.rollback(run=back.run)
    assert difference(after, fingerprint(project.database)) == ""
    assert project.rollback().reverses == forth.run


def test_a_row_that_comes_into_an_empty_table_meanwhile_is_saved(project, monkeypatch):
    project.write(EMPTY)
    project.execute()
    opening, told = Sending.opening, []

    def filled(sending):
        if not told:
            told.append(project.database.connect().execute("INSERT INTO fresh VALUES (7, 'mine', 8)").rowcount)
        opening(sending)

    monkeypatch.setattr(Sending, "opening", filled)
    back = project.rollback(on_conflict=OnConflict.RESTORE)
    assert told == [1]
    project.rollback(run=back.run)
    with project.database.connect() as connection:
        assert connection.execute("SELECT * FROM fresh").fetchall() == [(7, "mine", 8)]


def test_finalize_drops_what_rollbacks_keep(ran):
    back = ran.rollback()
    assert ran.status().undo_bytes > 0
    assert ran.run("finalize", str(ran.plan), "--yes").returncode == 0
    assert ran.status().undo_bytes == 0
    with pytest.raises((Refused, NotReversible), match="finalized"):
        ran.rollback(run=back.run)
