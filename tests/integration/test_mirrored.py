"""The way back of steps that only wrote rows needs no log of its own: theirs is read the other way round."""

from __future__ import annotations

import pytest

from fingerprint import difference, fingerprint
from planrun.core.policy import OnConflict
from planrun.core.selection import Only
from planrun.errors import Conflict

SETUP = """
CREATE TABLE units (id int PRIMARY KEY, name text NOT NULL, price numeric, note text);
INSERT INTO units SELECT n, 'unit ' || n, n, NULL FROM generate_series(1, 20) n;
CREATE TABLE leases (id int PRIMARY KEY, unit int NOT NULL REFERENCES units, rent numeric);
INSERT INTO leases SELECT n, n, n FROM generate_series(1, 5) n;
"""
PLAN = """
- {id: opened, migrate: {sql: "INSERT INTO leases SELECT id + 100, id, price FROM units WHERE id > 10"}}
- {id: dearer, needs: [opened], migrate: {sql: "UPDATE leases SET rent = rent * 2 WHERE id > 113 OR id = 1"}}
- {id: closed, needs: [dearer], migrate: {sql: "DELETE FROM leases WHERE id IN (2, 115)"}}
- {id: cleared, needs: [closed], migrate: {sql: "UPDATE units SET price = NULL WHERE id <> 1"}}
"""
LOGS = r"SELECT relname FROM pg_class WHERE relnamespace = 'planrun'::regnamespace AND relname ~ '^image_' ORDER BY 1"


@pytest.fixture
def ran(project):
    project.database.connect().execute(SETUP)
    project.write(PLAN)
    project.execute()
    return project


def app(project, sql):
    with project.database.connect() as connection:
        connection.execute(sql)


def logs(project):
    return [name for (name,) in project.database.connect().execute(LOGS)]


def mirrored(project, run):
    (record,) = (record for record in project.status().runs if record.id == run)
    tables = [table for step in record.steps if step.undo for table in step.undo.captured]
    assert tables
    return {table.mirrored for table in tables} == {True}


def there_and_back(project, *, by_their_logs):
    """Go back, forth, and back again; what stood there must stand there again, whatever the application wrote."""
    after = fingerprint(project.database)
    back = project.rollback()
    assert mirrored(project, back.run) is by_their_logs
    before = fingerprint(project.database)
    forth = project.rollback(run=back.run)
    assert difference(after, fingerprint(project.database)) == ""
    assert project.rollback().reverses == forth.run
    assert difference(before, fingerprint(project.database)) == ""


def test_their_logs_stay_and_nothing_is_stored_twice(ran):
    stored = logs(ran)
    back = ran.rollback()
    assert mirrored(ran, back.run)
    assert logs(ran) == stored


def test_there_and_back(ran):
    there_and_back(ran, by_their_logs=True)


@pytest.mark.parametrize(
    "write",
    [
        pytest.param("UPDATE units SET note = 'mine' WHERE id IN (1, 2, 3)", id="a column that the step left alone"),
        pytest.param("UPDATE units SET price = 7 WHERE id = 7", id="the value of before, brought back"),
        pytest.param("UPDATE units SET price = 7, note = '7' WHERE id = 7", id="both"),
        pytest.param("UPDATE units SET price = 7.0 WHERE id = 1", id="a row that no step wrote"),
        pytest.param("UPDATE leases SET unit = 9 WHERE id = 1", id="a row of a step that was not the last"),
        pytest.param("INSERT INTO leases VALUES (300, 1, 1)", id="a row of its own"),
        pytest.param("CREATE UNIQUE INDEX ON units (name)", id="an index"),
    ],
)
def test_what_the_application_wrote_stays_and_comes_again(ran, write):
    app(ran, write)
    there_and_back(ran, by_their_logs=True)


@pytest.mark.parametrize(
    "write",
    [
        pytest.param("DELETE FROM leases WHERE id = 112", id="it deleted a row that was inserted"),
        pytest.param(
            "ALTER TABLE leases ADD COLUMN mine text; UPDATE leases SET mine = 'm' WHERE id < 100",
            id="it added a column",
        ),
        pytest.param("ALTER TABLE leases ALTER COLUMN unit TYPE bigint", id="it changed a type"),
    ],
)
def test_logs_that_do_not_tell_all_of_it_are_not_enough(ran, write):
    app(ran, write)
    there_and_back(ran, by_their_logs=False)


def test_a_row_that_came_back_and_was_deleted_since_is_a_conflict(ran):
    back = ran.rollback()
    app(ran, "DELETE FROM leases WHERE id = 1")
    was = fingerprint(ran.database)
    with pytest.raises(Conflict) as caught:
        ran.rollback(run=back.run)
    assert [(item.relation, item.kind) for item in caught.value.conflicts] == [('"public"."leases"', "deleted")]
    assert difference(was, fingerprint(ran.database)) == ""
    forth = ran.rollback(run=back.run, on_conflict=OnConflict.RESTORE)
    with ran.database.connect() as connection:
        assert connection.execute("SELECT unit, rent FROM leases WHERE id = 1").fetchall() == [(1, 2)]
    ran.rollback(run=forth.run)
    assert difference(was, fingerprint(ran.database)) == ""


def test_a_value_that_was_written_meanwhile_comes_again_with_its_row(ran):
    """The log of the step knows another value of that column than the one that stood there at the way back."""
    app(ran, "UPDATE leases SET unit = 9 WHERE id = 1")
    back = ran.rollback()
    app(ran, "DELETE FROM leases WHERE id = 1")
    ran.rollback(run=back.run, on_conflict=OnConflict.RESTORE)
    with ran.database.connect() as connection:
        assert connection.execute("SELECT unit, rent FROM leases WHERE id = 1").fetchall() == [(9, 2)]


def test_steps_before_a_change_of_the_schema_are_captured(project):
    project.database.connect().execute(SETUP)
    column = '- {id: noted, needs: [cleared], migrate: {sql: "ALTER TABLE units ADD COLUMN more int DEFAULT 1"}}'
    project.write(f"{PLAN}{column}\n")
    project.execute()
    there_and_back(project, by_their_logs=False)


def test_steps_after_a_change_of_the_schema_go_by_their_logs(project):
    project.database.connect().execute(SETUP)
    column = '- {id: noted, migrate: {sql: "ALTER TABLE units ADD COLUMN more int DEFAULT 1"}}'
    more = '- {id: more, needs: [cleared], migrate: {sql: "UPDATE units SET more = id"}}'
    project.write(f"{column}{PLAN.replace('id: opened,', 'id: opened, needs: [noted],')}{more}\n")
    project.execute()
    after = fingerprint(project.database)
    back = project.rollback()
    (record,) = (record for record in project.status().runs if record.id == back.run)
    known = {step.step: step.undo.captured[0].mirrored for step in record.steps if step.undo and step.undo.captured}
    assert known == dict.fromkeys(("opened", "dearer", "closed", "cleared", "more"), True)
    forth = project.rollback(run=back.run)
    assert difference(after, fingerprint(project.database)) == ""
    assert project.rollback().reverses == forth.run


def test_tables_for_all_are_published(ran):
    """Whose changes are published needs a replica identity: a log that is brought up to date too."""
    with ran.database.superuser() as superuser:
        superuser.execute("CREATE PUBLICATION everything FOR ALL TABLES")
    app(ran, "UPDATE units SET note = 'mine' WHERE id IN (1, 2, 3)")
    there_and_back(ran, by_their_logs=True)


def test_the_rest_of_a_run_leaves_the_log_of_a_part_alone(ran):
    start = fingerprint(ran.database)
    before = set(logs(ran))
    ran.rollback(selection=Only("cleared"))
    part = before & {name for name in logs(ran) if name.startswith("image_1_3_")}
    middle = fingerprint(ran.database)
    rest = ran.rollback()
    assert part
    assert part <= set(logs(ran))
    ran.rollback(run=rest.run)
    assert difference(middle, fingerprint(ran.database)) == ""
    assert difference(start, middle) != ""


def test_finalize_drops_the_logs(ran):
    ran.rollback()
    assert ran.status().undo_bytes > 0
    assert ran.run("finalize", str(ran.plan), "--yes").returncode == 0
    assert logs(ran) == []
    assert ran.status().undo_bytes == 0
