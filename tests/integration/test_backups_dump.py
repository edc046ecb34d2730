"""Dumps: restorable alone, of one snapshot, without a secret in sight, and never a part taken for the whole."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from planrun.app.sets import sets
from planrun.core.manifest import ArtifactKind, Origin
from planrun.core.plan import DumpFormat
from planrun.edges.backups import dump as dump_room
from planrun.edges.backups import libpq, tools, verify
from planrun.edges.backups.folder import BackupSet
from planrun.edges.storage.folder import FolderStore
from planrun.errors import EnvironmentFault, StepFailed

ORIGIN = Origin(database="propo", server_version="16.14", tool_version="0.1")
CANARY = "canary-9f3-\u00e9"


@pytest.fixture
def backup_set(tmp_path):
    started = datetime(2026, 1, 31, tzinfo=UTC)
    with BackupSet.create(tmp_path / "backups", started, "plan", 1, origin=ORIGIN) as backup_set:
        yield backup_set


@pytest.fixture
def settings(database):
    with psycopg.connect(**database.params | {"password": CANARY}) as connection:
        return libpq.settings_of(connection)


@pytest.fixture
def chosen(database, settings):
    return tools.tools(database.major, settings)


@pytest.fixture
def locked_table(database):
    """A table that pg_dump has to wait for until the connection is closed."""
    with database.connect(autocommit=False) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS x")
        connection.commit()
        connection.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        yield connection


def write_dump(backup_set, settings, chosen, **options):
    request = dump_room.Request(**{"format": DumpFormat.CUSTOM} | options)
    with backup_set.new_file(ArtifactKind.DATABASE, "dump", ".dump") as file:
        dump_room.dump(settings, request, chosen, file)
    return file, backup_set.path / "database" / file.name


def left(backup_set):
    return [path.name for path in (backup_set.path / "database").iterdir()]


def as_sql(chosen, archive):
    command = [chosen.pg_restore, "--file=-", archive]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextlib.contextmanager
def another_database(database):
    """A second database on the server of the test, owned by the same role."""
    name = f"{database.params['dbname']}_copy"
    with database.superuser() as connection:
        connection.autocommit = True
        owner = sql.Identifier(database.params["user"])
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), owner))
        try:
            yield database.params | {"dbname": name}
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_a_dump_restores_into_an_empty_database(database, backup_set, settings, chosen):
    with database.connect() as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t VALUES (1, 'a'), (2, NULL)")
        connection.execute("SELECT lo_from_bytea(4242, 'large')")
        connection.execute("CREATE SCHEMA planrun; CREATE TABLE planrun.runs (id int)")
    result, path = write_dump(backup_set, settings, chosen)
    assert (result.bytes, result.sha256) == (path.stat().st_size, sha256(path.read_bytes()).hexdigest())
    with another_database(database) as params:
        restore = [chosen.pg_restore, "--exit-on-error", f"--dbname={params['dbname']}", path]
        subprocess.run(restore, check=True, env=libpq.environment(params))
        with psycopg.connect(**params) as connection:
            assert connection.execute("SELECT * FROM t ORDER BY id").fetchall() == [(1, "a"), (2, None)]
            assert connection.execute("SELECT lo_get(4242)").fetchone() == (b"large",)
            assert connection.execute("SELECT to_regnamespace('planrun')").fetchone() == (None,)


def test_a_plain_dump_is_whole_and_a_schema_dump_has_no_rows(database, backup_set, settings, chosen):
    with database.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT 'row-marker' AS x")
    whole = write_dump(backup_set, settings, chosen, format=DumpFormat.PLAIN)[1].read_text()
    bare = write_dump(backup_set, settings, chosen, format=DumpFormat.PLAIN, schema_only=True)[1].read_text()
    assert "CREATE TABLE public.t" in whole
    assert "CREATE TABLE public.t" in bare
    assert "row-marker" in whole
    assert "row-marker" not in bare


def test_rows_committed_after_the_snapshot_are_not_in_the_dump(database, backup_set, settings, chosen):
    with database.connect(autocommit=False) as holder, database.connect() as application:
        application.execute("CREATE TABLE t AS SELECT 'early-row' AS x")
        holder.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        (snapshot,) = holder.execute("SELECT pg_export_snapshot()").fetchone()
        application.execute("INSERT INTO t VALUES ('late-row')")
        old = as_sql(chosen, write_dump(backup_set, settings, chosen, snapshot=snapshot)[1])
    new = as_sql(chosen, write_dump(backup_set, settings, chosen)[1])
    assert ("early-row" in old, "late-row" in old) == (True, False)
    assert ("early-row" in new, "late-row" in new) == (True, True)


def test_a_snapshot_that_is_gone_is_told_and_nothing_stays(backup_set, settings, chosen):
    with pytest.raises(StepFailed, match=r"pg_dump ended with exit code 1: .*snapshot"):
        write_dump(backup_set, settings, chosen, snapshot="00000003-0000001B-1")
    assert left(backup_set) == []


def test_a_lock_is_not_waited_for_longer_than_asked(locked_table, backup_set, settings, chosen):
    with pytest.raises(StepFailed, match="LOCK TABLE"):
        write_dump(backup_set, settings, chosen, lock_timeout=100)
    assert left(backup_set) == []


def test_the_server_that_was_left_is_told_without_the_password(database, backup_set, settings, chosen):
    with pytest.raises(StepFailed, match="does not exist") as caught:
        write_dump(backup_set, settings | {"dbname": "nowhere"}, chosen)
    assert CANARY not in str(caught.value)
    assert left(backup_set) == []


# --- secrets and children, seen in /proc -----------------------------------------------------------


def child_of(parent):
    """The pid of the pg_dump that `parent` started, once there is one."""
    for _ in range(1000):
        for status in Path("/proc").glob("[0-9]*/status"):
            with contextlib.suppress(OSError):
                text = status.read_text()
                if re.search(rf"^PPid:\t{parent}$", text, re.MULTILINE) and "\tpg_dump\n" in text:
                    return int(status.parent.name)
        time.sleep(0.01)
    raise AssertionError("no pg_dump was started")


def gone(pid):
    """Whether the process ends (or is only waited for by nobody) within some seconds."""
    for _ in range(1000):
        try:
            if "State:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="processes are looked at in /proc")
def test_the_password_is_in_no_argument_and_no_file(locked_table, backup_set, settings, chosen):
    worker = threading.Thread(target=write_dump, args=(backup_set, settings, chosen))
    worker.start()
    pid = child_of(os.getpid())
    arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    locked_table.rollback()
    worker.join()
    assert CANARY.encode() in environment  # so the canary was in play
    assert CANARY.encode() not in arguments
    assert all(settings[key].encode() not in arguments for key in ("host", "dbname"))
    assert CANARY.encode() not in (backup_set.path / "database" / "dump.dump").read_bytes()
    assert CANARY not in as_sql(chosen, backup_set.path / "database" / "dump.dump")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="processes are looked at in /proc")
def test_a_killed_pg_dump_is_a_failure(locked_table, backup_set, settings, chosen):
    caught: list[StepFailed] = []

    def work():
        try:
            write_dump(backup_set, settings, chosen)
        except StepFailed as error:
            caught.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    os.kill(child_of(os.getpid()), signal.SIGKILL)
    worker.join()
    assert "was killed by signal 9" in str(caught[0])
    assert left(backup_set) == []


KILLED = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
import psycopg
from planrun.core.manifest import Artifact, ArtifactKind, Origin, StoredFile
from planrun.core.plan import DumpFormat
from planrun.edges.backups import csv_export, dump, libpq, tools
from planrun.edges.backups.folder import BackupSet, relative

what, root, major, params = json.load(sys.stdin)
started = datetime(2026, 1, 31, tzinfo=UTC)
origin = Origin(database="propo", server_version="16.14", tool_version="0.1")
with (
    psycopg.connect(**params) as connection,
    BackupSet.create(Path(root), started, "plan", 1, origin=origin) as backups,
):
    def export(query):
        with backups.new_file(ArtifactKind.CSV, "export", ".csv") as file:
            result = csv_export.export(connection, query, file)
        backups.add(Artifact(
            step="export", kind=ArtifactKind.CSV, format="csv", finished=started,
            files=(StoredFile(relative(ArtifactKind.CSV, file.name), file.bytes, file.sha256),),
            server_version="16.14", source=query,
            columns=result.columns, rows=result.rows, null_marker=csv_export.NULL_MARKER,
        ))

    export("SELECT 1 AS x")
    if what == "csv":
        export("SELECT repeat('x', 100000), pg_sleep(0.01) FROM generate_series(1, 100000)")
    settings = libpq.settings_of(connection)
    with backups.new_file(ArtifactKind.DATABASE, "dump", ".dump") as file:
        dump.dump(settings, dump.Request(format=DumpFormat.CUSTOM), tools.tools(major, settings), file)
    print("finished")
"""


def start_and_wait_for(part, *given):
    """Start planrun's part in a process of its own; return it once the temporary file `part` exists."""
    process = subprocess.Popen([sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(json.dumps(given).encode())
    process.stdin.close()
    for _ in range(2000):
        if list(Path(given[1]).glob(f"*/{part}")):
            return process
        assert process.poll() is None
        time.sleep(0.01)
    raise AssertionError(f"{part} never came to be")


def kill(process):
    process.kill()
    with process:
        assert process.stdout.read() == b""


def judged(root):
    """What counts in the set that a killed process left: it is whole, and the half file is no part of it."""
    (found,) = sets(FolderStore(root))
    assert [file.path for file in found.manifest.files] == ["csv_exports/export.csv"]
    findings = verify.verify(root / found.name)
    assert {finding.level for finding in findings} == {verify.Severity.WARNING}
    return [finding.path for finding in findings if finding.path.endswith(".part")]


def test_kill_9_in_an_export_leaves_nothing_that_counts(database, tmp_path):
    given = ("csv", str(tmp_path / "backups"), database.major, database.params)
    process = start_and_wait_for("csv_exports/.export_2.csv.part", *given)
    time.sleep(0.3)
    kill(process)
    assert judged(tmp_path / "backups") == ["csv_exports/.export_2.csv.part"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="processes are looked at in /proc")
def test_kill_9_in_a_dump_ends_pg_dump_and_leaves_nothing_that_counts(locked_table, database, tmp_path):
    given = ("dump", str(tmp_path / "backups"), database.major, database.params)
    process = start_and_wait_for("database/.dump.dump.part", *given)
    child = child_of(process.pid)
    kill(process)
    locked_table.rollback()  # pg_dump goes on, and finds nobody to write to
    assert gone(child)
    assert judged(tmp_path / "backups") == ["database/.dump.dump.part"]
    assert (next((tmp_path / "backups").glob("*/database/.dump.dump.part"))).stat().st_size == 0


# --- programs that misbehave -----------------------------------------------------------------------


@pytest.fixture
def stand_in(tmp_path):
    """Make a pg_dump and a pg_restore out of two lines of shell."""

    def make(dump, restore="exit 0", minor=99):
        for name, script in (("pg_dump", dump), ("pg_restore", restore)):
            path = tmp_path / name
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)
        return tools.Tools(tmp_path / "pg_dump", tmp_path / "pg_restore", 16, minor, f"16.{minor}")

    return make


FAKE = {"host": "/run/x", "dbname": "d", "user": "u", "password": CANARY}


@pytest.mark.parametrize(
    ("script", "format_", "told"),
    [
        ("exit 0", DumpFormat.CUSTOM, "wrote nothing"),
        ("echo half; exit 1", DumpFormat.CUSTOM, "exit code 1"),
        ("echo half; kill -9 $$", DumpFormat.CUSTOM, "killed by signal 9"),
        ("echo CREATE TABLE half", DumpFormat.PLAIN, "the end of the dump is missing"),
        ("echo garbage", DumpFormat.CUSTOM, "it lists no contents"),
        ("echo 'pg_dump: error: \033[31mred' >&2; exit 3", DumpFormat.CUSTOM, r"exit code 3: .*\\x1b\[31mred"),
        ('echo "connecting with $PGPASSWORD" >&2; exit 1', DumpFormat.CUSTOM, r"connecting with \*\*\*"),
    ],
)
def test_what_is_no_whole_dump_is_refused(backup_set, stand_in, script, format_, told):
    with pytest.raises(StepFailed, match=told) as caught:
        write_dump(backup_set, FAKE, stand_in(script), format=format_)
    assert CANARY not in str(caught.value)
    assert left(backup_set) == []


def test_an_archive_without_contents_is_refused(backup_set, stand_in):
    chosen = stand_in("echo PGDMP", restore="echo ';     TOC Entries: 0'")
    with pytest.raises(StepFailed, match="lists no contents"):
        write_dump(backup_set, FAKE, chosen)


def test_much_on_stderr_does_not_block_the_dump(backup_set, stand_in):
    noisy = "yes noise | head -c 1000000 >&2; echo '-- PostgreSQL database dump complete'"
    result = write_dump(backup_set, FAKE, stand_in(noisy), format=DumpFormat.PLAIN)[0]
    assert result.bytes == len("-- PostgreSQL database dump complete\n")


def test_an_unpatched_pg_dump_writes_no_plain_dump(backup_set, stand_in):
    chosen = stand_in("echo '-- PostgreSQL database dump complete'", minor=9)
    with pytest.raises(EnvironmentFault, match=r"wanted 16\.10 or later"):
        write_dump(backup_set, FAKE, chosen, format=DumpFormat.PLAIN)


def test_a_program_that_vanished_is_told(backup_set, stand_in):
    chosen = stand_in("exit 0")
    chosen.pg_dump.unlink()
    with pytest.raises(EnvironmentFault, match="cannot be started: No such file"):
        write_dump(backup_set, FAKE, chosen)


def test_pg_dump_does_not_outlive_a_disk_that_refuses(backup_set, stand_in, tmp_path):
    class FullDisk:
        def write(self, block):
            raise EnvironmentFault(f"the disk is full, {len(block)} bytes are too many")

    chosen = stand_in(f"echo $$ > {tmp_path}/pid; echo data; exec sleep 1000")
    with pytest.raises(EnvironmentFault, match="disk is full"):
        dump_room.dump(FAKE, dump_room.Request(format=DumpFormat.CUSTOM), chosen, FullDisk())
    assert gone(int((tmp_path / "pid").read_text()))
