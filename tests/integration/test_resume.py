"""What runs again and what does not: resumption, later steps, `--until`, and steps that were edited since they ran."""

from __future__ import annotations

import pytest

from fingerprint import difference, fingerprint
from planrun.errors import ChangedSinceRun, StatementFailed, UsageFault

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, price numeric);
INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 100) n;
"""

FIVE = """
- {id: one, migrate: {sql: UPDATE items SET price = price + 1}}
- {id: two, migrate: {sql: CREATE TABLE extra (id int PRIMARY KEY)}}
- {id: three, migrate: {template: three.sql}}
- {id: four, migrate: {sql: UPDATE items SET price = price * 2}}
- {id: five, migrate: {sql: ALTER TABLE extra ADD COLUMN more text}}
"""

BROKEN = """\
-- first lines
UPDATE items SET name = 'x' WHERE id = 1;
INSERT INTO extra VALUES (1);
UPDATE items
   SET prise = 3;
"""


def value(database, query):
    return database.connect().execute(query).fetchone()[0]


def test_execute_goes_on_in_the_same_run_after_a_failure(project):
    project.database.connect().execute(SETUP)
    project.template("three.sql", BROKEN)
    project.write(FIVE)
    with pytest.raises(StatementFailed):
        project.execute()
    project.template("three.sql", BROKEN.replace("prise", "price"))
    report = project.execute()
    assert report.run == 1
    assert [(step.id, step.status) for step in report.steps] == [
        *((name, "skipped") for name in ("one", "two")),
        *((name, "done") for name in ("three", "four", "five")),
    ]
    assert value(project.database, "SELECT max(price) FROM items") == 6
    (run,) = project.status().runs
    assert (run.status, run.error) == ("done", None)


def test_a_step_that_was_added_later_runs_alone(project):
    project.database.connect().execute(SETUP)
    steps = "- {id: one, migrate: {sql: UPDATE items SET price = price + 1}}\n"
    project.write(steps)
    first = project.execute()
    project.write(steps + "- {id: two, needs: [one], migrate: {sql: UPDATE items SET price = price * 2}}\n")
    second = project.execute()
    assert [(step.id, step.status) for step in second.steps] == [("one", "skipped"), ("two", "done")]
    assert second.run == first.run + 1
    assert value(project.database, "SELECT price FROM items WHERE id = 1") == 4


def test_until_stops_behind_a_step_and_the_next_execute_goes_on(project):
    project.database.connect().execute(SETUP)
    project.write("""
    - {id: one, migrate: {sql: UPDATE items SET price = 1}}
    - {id: two, migrate: {sql: UPDATE items SET price = 2}}
    - {id: three, migrate: {sql: UPDATE items SET price = 3}}
    """)
    report = project.execute(until="two")
    assert [(step.id, step.status) for step in report.steps] == [("one", "done"), ("two", "done"), ("three", "waiting")]
    assert value(project.database, "SELECT max(price) FROM items") == 2
    assert project.execute(until="two").run is None
    assert [step.id for step in project.execute().steps if step.status == "done"] == ["three"]
    with pytest.raises(UsageFault, match=r"no step 'thre'.*\n.*did you mean 'three'"):
        project.execute(until="thre")


def test_an_edited_step_that_ran_is_refused_with_the_difference(project):
    project.database.connect().execute(SETUP)
    project.write("- {id: one, migrate: {sql: UPDATE items SET price = 1 WHERE id = 1}}")
    project.execute()
    after = fingerprint(project.database)
    project.write("""
    - {id: one, migrate: {sql: UPDATE items SET price = 2 WHERE id = 1}}
    - {id: two, migrate: {sql: DELETE FROM items}}
    """)
    with pytest.raises(ChangedSinceRun) as refused:
        project.execute()
    assert refused.value.exit_code == 4
    assert "-UPDATE items SET price = 1 WHERE id = 1" in refused.value.message
    assert "+UPDATE items SET price = 2 WHERE id = 1" in refused.value.message
    assert difference(after, fingerprint(project.database)) == ""
    assert project.run("execute", str(project.plan), "--yes").returncode == 4


def test_an_edited_step_whose_options_alone_changed_is_refused_too(project):
    project.database.connect().execute(SETUP)
    project.write("- {id: one, migrate: {sql: UPDATE items SET price = 1}}")
    project.execute()
    project.write("- {id: one, migrate: {sql: UPDATE items SET price = 1, irreversible: true}}")
    with pytest.raises(ChangedSinceRun, match="its options"):
        project.execute()


def test_a_step_that_moved_to_the_middle_of_what_ran_is_just_run(project):
    project.database.connect().execute(SETUP)
    project.write("""
    - {id: one, migrate: {sql: UPDATE items SET price = price + 1}}
    - {id: three, needs: [one], migrate: {sql: UPDATE items SET price = price * 2}}
    """)
    project.execute()
    project.write("""
    - {id: one, migrate: {sql: UPDATE items SET price = price + 1}}
    - {id: two, needs: [one], migrate: {sql: UPDATE items SET name = upper(name)}}
    - {id: three, needs: [one], migrate: {sql: UPDATE items SET price = price * 2}}
    """)
    report = project.execute()
    assert [(step.id, step.status) for step in report.steps if step.status == "done"] == [("two", "done")]
    project.write("- {id: one, migrate: {sql: UPDATE items SET price = 5}}")
    with pytest.raises(ChangedSinceRun):
        project.execute()
