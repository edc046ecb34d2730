"""A backup counts once it was restored and found equal: on a server of planrun's own, or on another one."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

import zoo
from backups import with_artifacts
from planrun.app import verifying
from planrun.app.verifying import Restoring, Verifying
from planrun.core.verification import Level
from planrun.edges.backups.archive import Archive
from planrun.edges.postgres import scratch
from planrun.errors import EnvironmentFault
from projects import Counted, Project, Watcher, until

STEPS = """
- {id: dump, backup: {database: {format: custom}}}
- {id: parts, backup: {database: {format: directory, jobs: 2}}}
- {id: script, backup: {database: {format: plain}}}
- {id: shape, backup: {database: {schema_only: true}}}
- {id: export, backup: {csv: {sql: "SELECT * FROM zoo"}}}
- {id: copy, backup: {table: zoo, into: kept}}
"""
SMALL = """
- {id: dump, backup: {database: {}}}
- {id: export, backup: {csv: {sql: "SELECT id, name FROM t"}}}
- {id: copy, backup: {table: t, into: kept}}
"""


def saved(folder, database, steps=SMALL, setup="CREATE TABLE t (id int PRIMARY KEY, name text)"):
    with database.connect() as owner:
        owner.execute(setup)
        if "TABLE t " in setup:
            owner.execute("INSERT INTO t SELECT i, 'name ' || i FROM generate_series(1, 100) i")
    project = Project(folder, database)
    project.write(steps)
    return Path(project.execute().backup_set)


def verify(folder, database, on=None, *, living=True, restoring=True, person=None, **more):
    how = Verifying(
        person or Watcher(),
        lambda: datetime.now(UTC),
        Restoring(on) if restoring else None,
        living=database.params if living else None,
        **more,
    )
    (found,) = verifying.verify(str(folder), how)
    return found


@pytest.fixture
def programs(database, monkeypatch):
    """The client programs of the server, wherever they were fetched to."""
    monkeypatch.setenv("PLANRUN_PG_BINDIR", str(database.server.installation.bindir))


def messages(found):
    return [f"{finding.path}: {finding.message}" for finding in found.findings]


def test_every_type_and_kind_of_object_is_restored_and_found_equal(database, tmp_path, programs):
    with database.connect() as owner:
        zoo.fill(owner)
    folder = saved(tmp_path, database, STEPS, "SELECT")
    with database.superuser() as outside:
        outside.execute("DROP ROLE IF EXISTS verifier; CREATE ROLE verifier LOGIN CREATEDB")
        # A plain dump gives its objects to their owners.
        with pytest.raises(EnvironmentFault, match="this server is not fit to restore it"):
            verify(folder, database, database.server.params(user="verifier"))
        outside.execute("GRANT app_owner TO verifier")
    found = verify(folder, database, database.server.params(user="verifier"))
    assert messages(found) == []
    assert found.level is Level.RESTORED
    assert found.rows > 200
    written = json.loads((folder / "verification.json").read_text())
    assert (written["level"], written["server_version"].split(".")[0]) == ("restored", str(database.major))


def test_a_server_of_planruns_own_will_do(any_database, tmp_path):
    folder = saved(tmp_path, any_database)
    found = verify(folder, any_database)
    assert (found.level, found.tables, found.rows, found.findings) == (Level.RESTORED, 3, 300, ())
    # What a look at the bytes finds out later takes nothing back.
    assert verify(folder, any_database, restoring=False).level is Level.BYTES
    assert json.loads((folder / "verification.json").read_text())["level"] == "restored"
    with any_database.connect() as owner:
        told = owner.execute(
            "SELECT DISTINCT verified_level FROM planrun.artifact WHERE backup_type <> 'table'"
        ).fetchall()
    assert told == [("bytes",)]


@pytest.mark.majors(18, 16)
def test_five_hundred_partitions_are_compared_one_by_one(database, tmp_path, programs):
    parts = "; ".join(
        f"CREATE TABLE p{n} PARTITION OF parted FOR VALUES FROM ({n * 10}) TO ({n * 10 + 10})" for n in range(500)
    )
    setup = f"CREATE TABLE parted (id int PRIMARY KEY, a text) PARTITION BY RANGE (id); {parts};"
    setup += "INSERT INTO parted SELECT i, 'a' || i FROM generate_series(0, 4999) i"
    folder = saved(tmp_path, database, "- {id: dump, backup: {database: {}}}", setup)
    with database.superuser() as outside:
        outside.execute("DROP ROLE IF EXISTS verifier; CREATE ROLE verifier LOGIN CREATEDB")
    found = verify(folder, database, database.server.params(user="verifier"))
    assert (found.level, found.tables, found.rows) == (Level.RESTORED, 500, 5000)


def test_tables_without_a_row_are_found_equal_in_every_form(any_database, on, tmp_path):
    steps = (
        "- {id: dump, backup: {database: {}}}\n- {id: none, backup: {table: t, into: kept, allow_no_effect: true}}\n"
    )
    for form in ("", ", compress: gzip", ", compress: zstd"):
        steps += f"- {{id: rows{form[-4:].strip()}, backup: {{csv: {{sql: TABLE t{form}}}, allow_no_effect: true}}}}\n"
    folder = saved(tmp_path, any_database, steps, "CREATE TABLE t(id int PRIMARY KEY, name text)")
    found = verify(folder, any_database, on)
    assert (messages(found), found.level, found.tables, found.rows) == ([], Level.RESTORED, 5, 0)


def test_it_is_shown_how_far_restoring_and_loading_have_come(any_database, on, tmp_path):
    folder = saved(tmp_path, any_database)
    person = Watcher()
    assert verify(folder, any_database, on, person=person).level is Level.RESTORED
    size = (folder / "database" / "dump.dump").stat().st_size
    _, dump, export = person.followed
    assert dump == Counted("database/dump.dump", "bytes", size, size)
    assert export == Counted("csv_exports/export.csv", "rows", 100, 100)


# --- what differs ----------------------------------------------------------------------------------------


def other_rows(artifact):
    """Return an artifact whose manifest speaks of other rows, under a seal that fits."""
    if artifact.tables:
        return replace(artifact, tables=tuple(replace(table, hash="0" * 32) for table in artifact.tables))
    return replace(artifact, hash="0" * 32)


@pytest.mark.parametrize("step", ["dump", "export", "copy"])
def test_rows_that_are_not_those_that_were_saved_are_found(any_database, on, tmp_path, step):
    folder = saved(tmp_path, any_database)
    with_artifacts(folder, lambda artifact: other_rows(artifact) if artifact.step == step else artifact)
    found = verify(folder, any_database, on)
    assert not found.sound
    assert found.level is None
    assert len(found.findings) == 1
    assert "not those that were saved" in messages(found)[0]
    assert not (folder / "verification.json").exists()


def test_a_row_too_many_or_a_table_too_few_is_found(any_database, on, tmp_path):
    folder = saved(tmp_path, any_database)

    def fewer(artifact):
        if artifact.tables:
            return replace(artifact, tables=(replace(artifact.tables[0], name="gone", rows=3),))
        return replace(artifact, rows=99) if artifact.step == "copy" else artifact

    with_artifacts(folder, fewer)
    told = "\n".join(messages(verify(folder, any_database, on)))
    assert "table public.gone: wanted 3 rows, and there is no such table" in told
    assert "table public.t: wanted no row, found 100" in told
    assert "wanted 99 rows, found 100" in told


def test_a_copy_that_changed_or_went_is_found(any_database, on, tmp_path):
    folder = saved(tmp_path, any_database)
    with any_database.connect() as owner:
        owner.execute("UPDATE kept SET name = 'x' WHERE id = 1")
        assert '"public"."kept": its 100 rows are not those that were saved' in messages(
            verify(folder, any_database, on)
        )
        owner.execute("DROP TABLE kept")
        assert '"public"."kept": the copy is gone' in messages(verify(folder, any_database, on))


def test_a_copy_that_a_rollback_dropped_is_no_fault(any_database, on, tmp_path):
    folder = saved(tmp_path, any_database)
    Project(tmp_path, any_database).rollback()
    found = verify(folder, any_database, on)
    assert (found.sound, found.level) == (True, Level.RESTORED)
    assert messages(found) == ['"public"."kept": a rollback compared it with what it had restored, and dropped it']


def test_without_the_database_a_copy_is_not_compared_and_the_set_not_called_restored(any_database, on, tmp_path):
    found = verify(saved(tmp_path, any_database), any_database, on, living=False)
    assert found.sound
    assert found.level is Level.BYTES
    assert "which --url names" in messages(found)[0]


def test_a_flipped_byte_keeps_anything_from_being_restored(any_database, tmp_path):
    folder = saved(tmp_path, any_database)
    path = folder / "database" / "dump.dump"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    # No server is started for it: the one that is named does not exist.
    found = verify(folder, any_database, {"host": "/nowhere"})
    assert messages(found) == ["database/dump.dump: the content was changed or damaged: its SHA-256 does not fit"]


# --- scratch databases -----------------------------------------------------------------------------------


def scratches(database):
    with database.superuser() as outside:
        rows = outside.execute("SELECT datname FROM pg_database WHERE datname LIKE 'planrun_verify%'").fetchall()
    return [name for (name,) in rows]


def test_what_a_killed_verification_left_is_dropped_by_the_next(any_database, on, tmp_path):
    folder = saved(tmp_path, any_database)
    project = Project(tmp_path, any_database)
    url = any_database.server.url(user="verifier")
    with project.started("backup", "verify", str(folder), "--restore", "--on", url) as process:
        until(lambda: scratches(any_database), "a scratch database")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    (left,) = scratches(any_database)
    until(lambda: not sessions(any_database, left), "its sessions gone")
    # Another one's database is at work, and stays.
    with psycopg.connect(**on, autocommit=True) as other:
        busy = f"{scratch.PREFIX}0123456789ab"
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 7))", [busy])
        other.execute(f"CREATE DATABASE {busy}")
        assert verify(folder, any_database, on).level is Level.RESTORED
        assert scratches(any_database) == [busy]
    assert verify(folder, any_database, on).level is Level.RESTORED
    assert scratches(any_database) == []


def sessions(database, name):
    with database.superuser() as outside:
        return outside.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [name]).fetchall()


def test_a_role_that_may_not_make_a_database_is_told(any_database, tmp_path):
    with pytest.raises(EnvironmentFault, match="may not create a database"):
        verify(saved(tmp_path, any_database), any_database, any_database.params)


def test_an_extension_that_is_missing_names_the_way_out(any_database, on, tmp_path, monkeypatch):
    folder = saved(tmp_path, any_database)
    monkeypatch.setattr(Archive, "listing", lambda _: "3; 3079 1 EXTENSION - postgis \n")
    with pytest.raises(EnvironmentFault, match="the dump needs postgis") as caught:
        verify(folder, any_database, on)
    assert "--on URL" in (caught.value.hint or "")


def test_the_program_says_what_it_found(any_database, on, tmp_path):
    folder = saved(tmp_path, any_database)
    project = Project(tmp_path, any_database)
    url = any_database.server.url(user="verifier")
    done = project.run("backup", "verify", "--restore", "--on", url, "--json")
    assert done.returncode == 0, done.stderr
    (one,) = json.loads(done.stdout)["sets"]
    assert (one["level"], one["tables"], one["rows"]) == ("restored", 3, 300)
    assert "restored and found equal" in project.run("backup", "verify", str(folder), "--restore", "--on", url).stdout
    wrong = project.run("backup", "verify", "--on", url)
    assert (wrong.returncode, "nothing is to be restored" in wrong.stderr) == (2, True)


def test_the_database_of_the_runs_has_to_be_that_of_the_plan(any_database, tmp_path):
    project = Project(tmp_path, any_database)
    project.write("- {id: saved, backup: {csv: {sql: SELECT 1 AS one}}}")
    project.execute()
    assert project.run("backup", "verify", str(project.plan)).returncode == 0
    project.write("- {id: saved, backup: {csv: {sql: SELECT 1 AS one}}}", target={"database": "elsewhere"})
    refused = project.run("backup", "verify", str(project.plan))
    assert (refused.returncode, refused.stdout) == (4, "")
    assert "this is not the database that the plan is for" in refused.stderr
