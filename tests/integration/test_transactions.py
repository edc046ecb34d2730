"""`transaction: plan`: everything or nothing, and file backups before it. `assert` before COMMIT."""

from __future__ import annotations

import pytest

from fingerprint import difference, fingerprint
from planrun.core import listing
from planrun.errors import CheckFailed, PlanInvalid, StatementFailed
from projects import Project, Watcher

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, price numeric);
INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 100) n;
"""

WHOLE = """
- {id: total_before, check: {sql: SELECT sum(price) FROM items, save_as: total_before}}
- {id: export, backup: {csv: {sql: SELECT * FROM items}}}
- {id: copy, backup: {table: items, into: items_before}}
- {id: raise, needs: [copy], migrate: {sql: UPDATE items SET price = price + 1}}
- {id: extend, needs: [raise], migrate: {sql: ALTER TABLE items ADD COLUMN note text; UPDATE items SET note = name}}
- {id: again, needs: [extend], migrate: {sql: UPDATE items SET price = price + 1 WHERE id <= 50}}
- {id: copied, needs: [copy], check: {sql: SELECT * FROM items_before, expect: {rows: 100}}}
- id: total_after
  needs: [again, total_before]
  check: {sql: SELECT sum(price) - 150 FROM items, expect: {equals: {saved: total_before}}}
"""


def whole(database, folder, steps=WHOLE):
    project = Project(folder, database)
    database.connect().execute(SETUP)
    project.write(steps, transaction="plan")
    return project


def test_all_steps_commit_together_and_come_back(database, tmp_path):
    project = whole(database, tmp_path)
    start = fingerprint(database)
    report = project.execute()
    assert {step.status for step in report.steps} == {"done"}
    assert database.connect().execute("SELECT sum(price), max(note) FROM items").fetchone() == (5200, "item 99")
    assert [item.status for item in project.status().artifacts] == ["completed", "completed"]
    assert project.status().leftovers == ()
    assert project.execute().run is None
    done = fingerprint(database)
    project.rollback()
    assert difference(start, fingerprint(database)) == ""
    project.execute()
    assert difference(done, fingerprint(database)) == ""
    script = project.psql(project.script())
    assert (script.returncode, script.stderr) == (0, "")
    assert difference(start, fingerprint(database)) == ""


def test_a_failed_check_leaves_no_trace(database, tmp_path):
    project = whole(database, tmp_path, WHOLE.replace("- 150", "- 151"))
    start = fingerprint(database)
    with pytest.raises(CheckFailed, match="total_after") as caught:
        project.execute()
    assert caught.value.__notes__ == ["run 1 stopped there; its SQL steps are one transaction, of which nothing stays"]
    assert difference(start, fingerprint(database)) == ""
    assert [step.step for step in project.status().runs[0].steps] == ["export"]
    assert project.status().leftovers == ()
    (artifact,) = project.status().artifacts
    assert (artifact.step, artifact.status) == ("export", "completed")
    project.write(WHOLE)
    report = project.execute()
    assert report.run == 1
    assert [step.id for step in report.steps if step.status == "skipped"] == ["export"]
    project.rollback()
    assert difference(start, fingerprint(database)) == ""


def test_an_sql_error_leaves_no_trace(project):
    project = whole(
        project.database, project.folder, WHOLE.replace("price + 1 WHERE id <= 50", "price / (price - price)")
    )
    start = fingerprint(project.database)
    with pytest.raises(StatementFailed, match="division by zero"):
        project.execute()
    assert difference(start, fingerprint(project.database)) == ""
    assert project.status().leftovers == ()


def test_a_file_backup_behind_a_migrate_step_is_a_fault(project):
    project.write(
        """
    - {id: one, migrate: {sql: UPDATE items SET price = 1}}
    - {id: export, needs: [one], backup: {csv: {sql: SELECT * FROM items}}}
    """,
        transaction="plan",
    )
    with pytest.raises(PlanInvalid, match="export"):
        project.execute()


def test_the_dry_run_shows_file_backups_where_they_run(project):
    project = whole(project.database, project.folder)
    shown = [name for name, _ in listing.step_scripts(project.schedule)]
    report = project.execute()
    assert [step.id for step in report.steps] == shown
    text = listing.script_of(project.schedule)
    assert text.index("COPY (SELECT * FROM items") < text.index("begin; one transaction")


@pytest.mark.parametrize("transaction", ["step", "plan"])
def test_a_failed_assert_is_before_commit(project, transaction):
    project.database.connect().execute(SETUP)
    project.write(
        """
    - {id: one, migrate: {sql: UPDATE items SET price = price + 1 WHERE id = 1}}
    - id: two
      needs: [one]
      migrate:
        sql: UPDATE items SET price = 0
        assert:
          - {sql: SELECT count(*) FROM items WHERE price = 0, expect: {value: 100}}
          - {sql: SELECT id FROM items WHERE price = 0 AND id > 98, expect: {empty: true}}
    """,
        transaction=transaction,
    )
    start = fingerprint(project.database)
    with pytest.raises(CheckFailed, match="two, assert 2") as failure:
        project.execute()
    assert "99" in failure.value.message
    prices = project.database.connect().execute("SELECT count(*) FROM items WHERE price = 0").fetchone()[0]
    assert prices == 0
    if transaction == "step":
        project.rollback()
    assert difference(start, fingerprint(project.database)) == ""


@pytest.mark.parametrize("transaction", ["step", "plan"])
def test_an_assert_that_warns_is_told_and_recorded(project, transaction):
    project.database.connect().execute(SETUP)
    project.write(
        """
    - id: one
      migrate:
        sql: UPDATE items SET price = 0
        assert:
          - {sql: SELECT id FROM items WHERE price = 0 AND id > 98, expect: {empty: true}, severity: warning}
          - {sql: SELECT count(*) FROM items WHERE price = 0, expect: {value: 100}, severity: warning}
    - {id: two, needs: [one], migrate: {sql: UPDATE items SET price = 1 WHERE id = 1}}
    """,
        transaction=transaction,
    )
    start = fingerprint(project.database)
    person = Watcher()
    report = project.execute(person=person)
    assert [(step.id, step.status) for step in report.steps] == [("one", "warned"), ("two", "done")]
    assert all(text in person.text for text in ("one, assert 1: check failed", "99", "100"))
    assert "assert 2" not in person.text
    (run,) = project.status().runs
    assert [(step.step, step.status, step.in_effect) for step in run.steps] == [
        ("one", "warned", True),
        ("two", "done", True),
    ]
    assert run.steps[0].note.startswith("one, assert 1: check failed")
    assert project.execute().run is None
    project.rollback()
    assert difference(start, fingerprint(project.database)) == ""


def test_an_assert_sees_what_a_deferred_constraint_would_refuse_at_commit(project):
    project.database.connect().execute(
        SETUP + "CREATE TABLE parts (id int PRIMARY KEY, item int REFERENCES items DEFERRABLE INITIALLY DEFERRED)"
    )
    project.write("- {id: one, migrate: {sql: 'INSERT INTO parts VALUES (1, 4711)'}}")
    start = fingerprint(project.database)
    with pytest.raises(Exception, match="deferred constraint is violated"):
        project.execute()
    assert difference(start, fingerprint(project.database)) == ""
