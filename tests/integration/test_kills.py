"""The program, its backend or the server is killed in the middle: nothing is half done, and the next command goes on.

Each scene stops at a gate, a row that the step's own SQL waits for, and is killed there in one of three ways.
"""

from __future__ import annotations

import os
import signal
import time

import psycopg
import pytest
from psycopg import sql

from bench import OWNER, SETTINGS
from fingerprint import difference, fingerprint
from planrun.edges import embedded
from projects import Project, Watcher, held, until, working

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, price numeric);
INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 1000) n;
CREATE TABLE gate (shut boolean);
CREATE FUNCTION wait_here() RETURNS bigint LANGUAGE sql AS
  'SELECT count(*) FROM (SELECT pg_sleep(300) FROM gate WHERE shut) s';
"""

MIGRATION = """
- {id: before, migrate: {sql: UPDATE items SET price = price + 1}}
- id: slow
  needs: [before]
  migrate:
    sql: |
      UPDATE items SET price = price * 2;
      ALTER TABLE items ADD COLUMN note text;
      SELECT wait_here();
      UPDATE items SET note = 'dear' WHERE price > 1000;
- {id: after, needs: [slow], migrate: {sql: DELETE FROM items WHERE id > 990}}
"""

WAY_BACK = """
- {id: one, migrate: {sql: UPDATE items SET price = price + 1}}
- {id: two, needs: [one], migrate: {sql: CREATE VIEW dear AS SELECT id FROM items WHERE price > 1000}}
- {id: no_view, rollback: {of: two, sql: DROP VIEW dear; SELECT wait_here()}}
- {id: three, needs: [two], migrate: {sql: DELETE FROM items WHERE id > 990}}
"""

DUMP = """
- {id: dump, backup: {database: {}}}
- {id: raise, needs: [dump], migrate: {sql: UPDATE items SET price = price + 1}}
"""


@pytest.fixture(scope="module")
def own_server(bench):
    """A server that may crash without hurting other tests; a crash loses nothing that was committed."""
    settings = {**SETTINGS, "fsync": "off", "synchronous_commit": "on", "restart_after_crash": "on"}
    with embedded.start(bench.newest().installation, settings=settings) as server:
        with psycopg.connect(**server.params(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(OWNER)))
        yield server


@pytest.fixture(params=["program", "backend", "server"])
def scene(request, bench, own_server, tmp_path):
    server = own_server if request.param == "server" else bench.newest()
    database = bench.create_database(server)
    database.connect().execute(SETUP)
    yield Scene(Project(tmp_path, database), request.param)
    bench.drop_database(database)


class Scene:
    """A project, and how it is killed."""

    def __init__(self, project, victim):
        self.project = project
        self.database = project.database
        self.victim = victim

    def gate(self, *, shut):
        self.database.connect().execute("DELETE FROM gate")
        if shut:
            self.database.connect().execute("INSERT INTO gate VALUES (true)")

    def kill(self, process, text):
        """Wait until the database works on a statement with `text`, and kill; return the program's stderr."""
        pid = until(lambda: working(self.database, text), f"a statement with {text!r}")
        match self.victim:
            case "program":
                process.kill()
            case "backend":
                self.database.superuser().execute("SELECT pg_terminate_backend(%s)", (pid,))
            case "server":
                # What was committed without waiting for the disk is on it once a later COMMIT has waited.
                with self.database.superuser() as superuser:
                    superuser.execute("SET synchronous_commit = on")
                    superuser.execute("SELECT pg_logical_emit_message(true, 'planrun test', '')")
                self.database.close()
                os.kill(pid, signal.SIGKILL)  # the postmaster ends every other backend and recovers from its log
        _, err = process.communicate(timeout=180)
        self.until_up()
        assert process.returncode == {"program": -signal.SIGKILL}.get(self.victim, process.returncode)
        assert process.returncode != 0
        assert "Traceback" not in err
        return err

    def until_up(self):
        def answers():
            try:
                return self.database.connect().execute("SELECT true").fetchone()[0]
            except psycopg.OperationalError:
                return False

        until(answers, "the server is up again")


def prices(database):
    return database.connect().execute("SELECT count(*), sum(price) FROM items").fetchone()


def test_killed_in_the_middle_of_a_migrate_step(scene):
    project = scene.project
    project.write(MIGRATION)
    start = fingerprint(scene.database)
    scene.gate(shut=True)
    with project.started("execute", str(project.plan), "--yes") as process:
        error = scene.kill(process, "wait_here")
    if scene.victim != "program":
        assert process.returncode == 3, error
        assert "the connection to the server was lost" in error

    status = project.status()
    assert status.holder is None
    assert [step.step for step in status.runs[0].steps] == ["before"]
    assert status.runs[0].status == "running"
    assert any("DROP TRIGGER planrun_capture_" in item and "items" in item for item in status.leftovers)
    # An orphaned backend may still hold its lock: reading is what waits for it.
    assert prices(scene.database) == (1000, 501500)

    scene.gate(shut=False)
    person = Watcher()
    report = project.execute(person=person)
    assert report.run == 1
    assert [step.id for step in report.steps if step.status == "done"] == ["slow", "after"]
    assert "left behind, removed now: DROP TRIGGER" in person.text
    status = project.status()
    assert (status.runs[0].status, status.leftovers) == ("done", ())
    assert prices(scene.database) == (990, 2 * sum(range(2, 992)))
    assert scene.database.connect().execute("SELECT count(*) FROM items WHERE note = 'dear'").fetchone()[0] == 491
    project.rollback()
    assert difference(start, fingerprint(scene.database)) == ""


def test_killed_in_the_middle_of_a_rollback(scene):
    project = scene.project
    project.write(WAY_BACK)
    start = fingerprint(scene.database)
    project.execute()
    done = fingerprint(scene.database)
    scene.gate(shut=True)
    with project.started("rollback", str(project.plan), "--yes") as process:
        error = scene.kill(process, "wait_here")
    if scene.victim != "program":
        assert "the connection to the server was lost" in error
    scene.gate(shut=False)
    # What captured the rollback is all that is left of it.
    with scene.database.connect() as connection:
        for statement in project.status().leftovers:
            connection.execute(statement)
    assert difference(done, fingerprint(scene.database)) == ""
    report = project.rollback()
    assert report.reverses == 1
    assert difference(start, fingerprint(scene.database)) == ""
    assert project.status().leftovers == ()
    assert project.execute().run is not None
    project.rollback()
    assert difference(start, fingerprint(scene.database)) == ""


def test_killed_during_pg_dump(scene):
    project = scene.project
    project.write(DUMP, defaults={"lock_timeout": "60s"})
    start = fingerprint(scene.database)
    with (
        held(scene.database, "LOCK TABLE items IN ACCESS EXCLUSIVE MODE"),
        project.started("execute", str(project.plan), "--yes") as process,
    ):
        error = scene.kill(process, "LOCK TABLE public.")
    if scene.victim != "program":
        assert "pg_dump" in error
    assert not list(project.folder.glob("backups/*/manifest.json"))
    assert not list(project.folder.glob("backups/*/database/dump.dump"))
    assert [step.step for run in project.status().runs for step in run.steps] == []

    report = project.execute()
    assert [step.status for step in report.steps] == ["done", "done"]
    states = [(item.step, item.status, item.error) for item in project.status().artifacts]
    assert states[-1] == ("dump", "completed", None)
    assert [state[1] for state in states[:-1]] == ["failed"]
    assert len(list(project.folder.glob("backups/*/database/dump.dump"))) == 1
    project.rollback()
    assert difference(start, fingerprint(scene.database)) == ""


def test_the_orphaned_backend_of_a_killed_program_is_waited_for_and_said(any_database, tmp_path):
    project = Project(tmp_path, any_database)
    any_database.connect().execute(SETUP)
    any_database.connect().execute("INSERT INTO gate VALUES (true)")
    project.write(MIGRATION)
    with project.started("execute", str(project.plan), "--yes"):
        pid = until(lambda: working(any_database, "wait_here"), "the step waits")
    began = time.monotonic()
    person = Watcher()
    any_database.connect().execute("DELETE FROM gate")
    report = project.execute(person=person)
    waited = time.monotonic() - began
    assert f"waiting for backend {pid}, which still works for an earlier, killed run" in person.told
    assert report.run == 1
    assert prices(any_database) == (990, 2 * sum(range(2, 992)))
    assert waited < 60  # the server looks after its client every two seconds


def test_a_run_that_was_killed_behind_its_last_step_is_closed_by_the_next(project):
    project.database.connect().execute(SETUP)
    project.write(MIGRATION)
    project.execute()
    project.database.connect().execute("UPDATE planrun.run SET status = 'running', finished_at = NULL")
    report = project.execute()
    assert {step.status for step in report.steps} == {"skipped"}
    assert project.status().runs[0].status == "done"
    assert project.execute().run is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["execute", "rollback"])
def test_an_interrupted_command_cleans_up_behind_itself(project, number, command):
    database = project.database
    database.connect().execute(SETUP)
    project.write(WAY_BACK if command == "rollback" else MIGRATION)
    if command == "rollback":
        project.execute()
    database.connect().execute("INSERT INTO gate VALUES (true)")
    before = fingerprint(database)
    with project.started(command, str(project.plan), "--yes") as process:
        until(lambda: working(database, "wait_here"), "the command waits")
        process.send_signal(number)
        _, err = process.communicate(timeout=180)
    assert process.returncode == 130, err
    assert "interrupted" in err
    assert "Traceback" not in err
    until(lambda: not working(database, "wait_here"), "its statement was cancelled")
    status = project.status()
    assert (status.holder, status.leftovers) == (None, ())
    if command == "rollback":
        assert difference(before, fingerprint(database)) == ""
    database.connect().execute("DELETE FROM gate")
    if command == "rollback":
        project.rollback()
        assert prices(database) == (1000, 500500)
    else:
        assert prices(database) == (1000, 501500)
        assert project.execute().run == 1
