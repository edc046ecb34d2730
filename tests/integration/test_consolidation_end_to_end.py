"""plans/consolidation.yaml on 20,000 tenants: there, the application going on, back, by psql too, and there again."""

from __future__ import annotations

import pytest
from psycopg import sql

from bench import LONGEST_MAJORS, OWNER, Database
from fingerprint import difference, fingerprint
from planrun import samples
from planrun.core import proof
from planrun.core.proof import Content
from planrun.edges.backups import libpq
from planrun.edges.backups.definitions import definitions
from planrun.edges.backups.tools import tools
from planrun.edges.postgres import content
from planrun.edges.postgres.connection import open_connection
from planrun.errors import Conflict
from planrun.samples import Sample
from projects import consolidation


def rental(folder, database):
    with database.connect() as connection:
        connection.execute(samples.read(Sample.SCHEMA))
        connection.execute(samples.read(Sample.DATA))
    return consolidation(folder, database)


@pytest.fixture
def twin(database):
    """Make an exact copy of the database as it is now, object identifiers and history included."""
    copy = Database(f"{database.name}_twin", database.server)

    def make():
        database.close()
        with Database("postgres", database.server).superuser() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    *map(sql.Identifier, (copy.name, database.name, OWNER))
                )
            )
        return copy

    yield make
    copy.close()
    with Database("postgres", database.server).superuser() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(copy.name)))


def look(database):
    """Read everything, as the proof of the demo does; its expectation knows nothing of undo logs."""
    with open_connection(database.params) as connection:
        settings = libpq.settings_of(connection)
        return Content(definitions(settings, tools(database.major, settings)), content.tables(connection))


def witness(database):
    return database.connect().execute(samples.read(Sample.APPLICATION_WITNESS)).fetchall()


@pytest.mark.majors(*LONGEST_MAJORS)
def test_the_whole_story(database, twin, tmp_path):
    project = rental(tmp_path, database)
    start, control = look(database), fingerprint(database)
    report = project.execute(confirmed=("dashboard_backup",))
    assert {step.status for step in report.steps} <= {"done", "warned"}
    assert [step.id for step in report.steps if step.status == "warned"] == ["left_for_a_person"]
    assert report.undo_bytes > 0
    run, done = look(database), fingerprint(database)
    assert proof.written(start, run) > 40_000

    database.connect().execute(samples.read(Sample.APPLICATION_WRITES))
    application, kept = look(database), witness(database)
    wanted = proof.expected(start, run, application)

    preview = project.preview()
    assert preview.conflicts == ()
    assert list(proof.differences(application, look(database))) == []
    script = project.script()
    copy = twin()

    back = project.rollback()
    assert back.rows == preview.rows
    assert sum(rows for _, rows in back.rows) > 40_000
    assert list(proof.differences(wanted, look(database))) == []
    assert witness(database) == kept
    assert fingerprint(database).schema == control.schema
    assert project.status().leftovers == ()

    project.database = copy
    psql = project.psql(script)
    assert (psql.returncode, psql.stderr) == (0, "")
    assert difference(fingerprint(database), fingerprint(copy)) == ""
    assert [run.status for run in project.status().runs] == ["rolled back", "done"]
    project.database = database

    project.execute(confirmed=("dashboard_backup",))
    assert fingerprint(database).schema == done.schema


def test_a_conflict_is_refused_whole_and_listed(any_database, tmp_path):
    database, project = any_database, rental(tmp_path, any_database)
    project.execute(confirmed=("dashboard_backup",))
    database.connect().execute(samples.read(Sample.APPLICATION_CONFLICT))
    before = fingerprint(database)
    preview = project.preview()
    with pytest.raises(Conflict) as refused:
        project.rollback()
    assert refused.value.conflicts == preview.conflicts
    assert {conflict.column for conflict in refused.value.conflicts} >= {"rent_amount"}
    assert difference(before, fingerprint(database)) == ""
    psql = project.psql(project.script())
    assert psql.returncode == 3
    assert "conflicts: the application changed" in psql.stderr
    assert difference(before, fingerprint(database)) == ""
    assert project.status().conflicts == refused.value.conflicts


def test_a_failing_check_takes_the_whole_run_back(any_database, tmp_path):
    database, project = any_database, rental(tmp_path, any_database)
    start, control = look(database), fingerprint(database)
    text = project.plan.read_text(encoding="utf-8")
    project.plan.write_text(
        text.replace(
            "  - id: old_columns_cleared\n",
            "  - id: broken\n    needs: [nothing_lost]\n"
            "    check: {sql: SELECT 1, expect: {empty: true}}\n\n  - id: old_columns_cleared\n",
        ),
        encoding="utf-8",
    )
    with pytest.raises(Exception, match="broken") as failure:
        project.execute(confirmed=("dashboard_backup",))
    (note,) = failure.value.__notes__
    assert note.startswith("on_failure: rollback took run 1 back: ")
    assert list(proof.differences(start, look(database))) == []
    assert difference(control, fingerprint(database), sequences=False) == ""
