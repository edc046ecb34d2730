"""Effects beyond the transaction, on a real server: refused before anything runs, or noted wherever one looks."""

from __future__ import annotations

import json

import pytest

from planrun.errors import PlanInvalid

NOTE = "NOTIFY sends a notification at COMMIT, which nothing calls back"

NOTED = """
- {id: told, migrate: {sql: "CREATE TABLE told (id int); NOTIFY done"}}
- {id: drawn, migrate: {sql: "INSERT INTO told SELECT nextval('numbers')"}}
"""


@pytest.fixture
def noted(project):
    project.database.connect().execute("CREATE SEQUENCE numbers")
    project.write(NOTED)
    return project


def test_what_leaves_the_database_is_refused_before_anything_runs(project):
    project.write("""
    - {id: one, migrate: {sql: CREATE TABLE one (id int)}}
    - {id: two, migrate: {sql: "COPY one TO PROGRAM 'cat'"}}
    """)
    with pytest.raises(PlanInvalid):
        project.execute()
    done = project.run("validate", str(project.plan))
    assert done.returncode == 2
    assert "COPY ... PROGRAM runs a program on the server; no way back reaches that" in done.stderr
    assert "small.yaml:" in done.stderr
    assert project.run("execute", str(project.plan), "--yes").returncode == 2
    assert project.database.connect().execute("SELECT to_regclass('one')").fetchone() == (None,)


def test_a_rollback_step_answers_for_it(project):
    project.write("""
    - {id: out, migrate: {sql: "SELECT pg_cancel_backend(0)", allow_no_effect: true}}
    - {id: back, rollback: {of: out, sql: SELECT 1}}
    """)
    done = project.run("execute", str(project.plan), "--yes", "--json")
    assert done.returncode == 0, done.stderr
    (step,) = json.loads(done.stdout)["steps"]
    assert "pg_cancel_backend acts on other sessions" in step["note"]


def test_notes_are_shown_before_a_run(noted):
    assert f"note: {NOTE}" in " ".join(noted.run("show", str(noted.plan)).stdout.split())
    steps = json.loads(noted.run("show", str(noted.plan), "--json").stdout)["steps"]
    assert [len(step["notes"]) for step in steps] == [1, 1]
    assert f"-- note: {NOTE}\nNOTIFY done;" in noted.run("execute", str(noted.plan), "--dry-run").stdout


def test_notes_are_told_by_the_run_and_kept_in_the_history(noted):
    done = noted.run("execute", str(noted.plan), "--yes")
    assert done.returncode == 0, done.stderr
    assert NOTE in done.stderr + done.stdout
    (run,) = noted.status().runs
    assert run.steps[0].note == NOTE
    assert run.steps[1].note.startswith("nextval draws from a sequence")
    noted.rollback()
