"""A backup of any form that breaks off: it never counts, the monitoring says so, and the next run goes on."""

from __future__ import annotations

import contextlib
import os
import resource
import signal

import psycopg
import pyrage
import pytest
from psycopg import sql

from bench import OWNER, SETTINGS
from planrun.app.sets import NotASet, StoredSet, sets
from planrun.edges import embedded
from planrun.edges.backups import verify
from planrun.edges.storage.folder import FolderStore
from planrun.errors import PlanrunError
from projects import Project, Watcher, held, until, working

FORMS = {
    "custom": "database: {format: custom}",
    "plain": "database: {format: plain}",
    "directory": "database: {format: directory, jobs: 2}",
    "schema": "database: {schema_only: true}",
    "csv": "csv: {sql: SELECT * FROM items}",
    "gzip": "csv: {sql: SELECT * FROM items, compress: gzip}",
    "zstd": "csv: {sql: SELECT * FROM items, compress: zstd}",
    "files": 'files: ["*.bin"]',
}
EXPORTS = ("csv", "gzip", "zstd")
SLOW = (
    "SELECT id, (SELECT string_agg(md5(id || '/' || i), '') FROM generate_series(1, 9) i),"
    " CASE id WHEN 19000 THEN pg_sleep(600) END FROM items ORDER BY id"
)
"""Some megabytes that no program makes much smaller, and then nothing for a while."""
COPY = """
- {id: saved, backup: {table: items, where: "(SELECT count(pg_sleep(600)) FROM gate) = 0", into: kept}}
"""


def fill(project):
    project.database.connect().execute(
        "CREATE TABLE items AS SELECT i AS id, md5(i::text) || md5((-i)::text) AS name FROM generate_series(1, 20000) i"
    )
    (project.folder / "first.bin").write_bytes(b"y" * 1000)
    (project.folder / "large.bin").write_bytes(b"x" * 1_000_000)
    return project


@pytest.fixture
def filled(project):
    return fill(project)


def write(project, form, *, encrypted=False):
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    project.write(
        f"- {{id: saved, backup: {{{FORMS[form]}}}}}", **({"encrypt": {"recipients": [recipient]}} if encrypted else {})
    )


def monitored(project):
    with project.database.superuser() as connection:
        return connection.execute(
            "SELECT backup_status, error_message FROM planrun.backup_monitoring ORDER BY id"
        ).fetchall()


def parts(project):
    return [path.name for path in (project.folder / "backups").rglob("*.part")]


def listed(project):
    """What lies in the folder of the sets: those that count, and what is left of others."""
    return sets(FolderStore(project.folder / "backups"))


def assert_it_never_counted(project):
    assert all(isinstance(found, NotASet) and found.message == "it has no manifest.json" for found in listed(project))


def assert_the_next_run_goes_on(project):
    report = project.execute()
    assert [step.status for step in report.steps] == ["done"]
    (last,) = [found for found in listed(project) if isinstance(found, StoredSet)]
    assert report.backup_set.endswith(last.name)
    # That encrypted content was not looked at is a note.
    findings = verify.verify(project.folder / "backups" / last.name)
    assert all(finding.level is verify.Severity.NOTE for finding in findings)
    assert parts(project) == []
    assert [status for status, _ in monitored(project)] == ["failed", "completed"]


@contextlib.contextmanager
def largest_file(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    ("form", "encrypted"),
    [*((form, False) for form in FORMS if form != "schema"), ("custom", True), ("csv", True), ("files", True)],
)
def test_a_full_disk(filled, form, encrypted):
    write(filled, form, encrypted=encrypted)
    with (
        pytest.raises(PlanrunError, match=r"file is larger|signal 25|worker process died") as caught,
        largest_file(100_000),
    ):
        filled.execute()
    assert_it_never_counted(filled)
    assert parts(filled) == []
    # The table names the step in a column of its own.
    assert monitored(filled) == [("failed", caught.value.message.removeprefix("step saved: "))]
    assert_the_next_run_goes_on(filled)


# --- the server is lost ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own_server(bench):
    """A server that may crash without hurting other tests."""
    settings = {**SETTINGS, "synchronous_commit": "on", "restart_after_crash": "on"}
    with embedded.start(bench.newest().installation, settings=settings) as server:
        with psycopg.connect(**server.params(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(OWNER)))
        yield server


@pytest.fixture(params=["readers", "all", "server"])
def victim(request):
    """What is lost: the sessions that read, all sessions of planrun, or the whole server, which then recovers."""
    return request.param


@contextlib.contextmanager
def to_be_lost(bench, request, what, folder):
    """A filled project on a server that may lose this: one of its own if that is the server itself."""
    server = request.getfixturevalue("own_server") if what == "server" else bench.newest()
    database = bench.create_database(server)
    yield fill(Project(folder, database))
    bench.drop_database(database)


@pytest.fixture
def on_victim(bench, request, victim, tmp_path):
    with to_be_lost(bench, request, victim, tmp_path) as made:
        yield made


def end(database, victim):
    """End the sessions that are to be lost; with the server return when it is up again."""
    readers = ["planrun backup", "pg_dump"]
    names = {"readers": readers, "all": [*readers, "planrun"], "server": readers}[victim]
    with database.superuser() as connection:
        pids = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            " AND application_name = ANY (%s)",
            (database.name, names),
        ).fetchall()
        assert pids
        if victim != "server":
            for (pid,) in pids:
                connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            return
        os.kill(pids[0][0], signal.SIGKILL)  # the postmaster ends every other backend and recovers from its log
        until(lambda: is_lost(connection), "the server ends its sessions")
    until(lambda: answers(database), "the server is up again")


def is_lost(connection):
    try:
        connection.execute("SELECT")
    except psycopg.OperationalError:
        return True
    return False


def answers(database):
    try:
        return database.superuser().execute("SELECT true").fetchone()[0]
    except psycopg.OperationalError:
        return False


class Ender(Watcher):
    """Ends sessions of the database as soon as the first part of a backup was made."""

    def __init__(self, database, victim):
        super().__init__()
        self.ended = False
        self._database = database
        self._victim = victim

    @contextlib.contextmanager
    def follows(self, *_work):
        yield self

    def advanced(self, _amount):
        if not self.ended:
            self.ended = True
            end(self._database, self._victim)


@pytest.mark.parametrize("form", FORMS)
def test_a_lost_server(on_victim, victim, form):
    write(on_victim, form)
    person = Ender(on_victim.database, victim)
    with pytest.raises(PlanrunError):
        on_victim.execute(person=person)
    assert person.ended
    assert_it_never_counted(on_victim)
    assert parts(on_victim) == []
    if victim == "readers":
        ((status, reason),) = monitored(on_victim)
        assert status == "failed"
        assert reason
    assert_the_next_run_goes_on(on_victim)


@pytest.fixture(params=["program", "backend", "server"])
def lost(request):
    return request.param


@pytest.fixture
def copying(bench, request, lost, tmp_path):
    with to_be_lost(bench, request, lost, tmp_path) as made:
        made.database.connect().execute("CREATE TABLE gate AS SELECT 1 AS shut")
        made.write(COPY)
        yield made


def test_a_copy_of_a_table_that_breaks_off(copying, lost):
    database = copying.database
    with copying.started("execute", str(copying.plan), "--yes") as process:
        pid = until(lambda: working(database, "pg_sleep(600)"), "the copy is under way")
        match lost:
            case "program":
                process.kill()
            case "backend":
                database.superuser().execute("SELECT pg_terminate_backend(%s)", [pid])
            case "server":
                os.kill(pid, signal.SIGKILL)
        assert process.wait(180) != 0
    until(lambda: answers(database), "the server is up again")
    assert copying.database.connect().execute("SELECT to_regclass('kept')").fetchone() == (None,)
    if (copying.folder / "backups").exists():
        assert_it_never_counted(copying)
    with database.superuser() as outside:
        outside.execute("SELECT pg_terminate_backend(%s)", [pid])  # the orphan of a program would sleep on
        outside.execute("DELETE FROM gate")
    assert_the_next_run_goes_on(copying)
    assert database.connect().execute("SELECT count(*) FROM kept").fetchone() == (20000,)


# --- the program is killed ---------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_kill(filled, form):
    if form in EXPORTS:
        options = "" if form == "csv" else f", compress: {form}"
        filled.write(f'- {{id: saved, backup: {{csv: {{sql: "{SLOW}"{options}}}}}}}')
    else:
        write(filled, form)
    large = filled.folder / "large.bin"
    if form == "files":
        os.truncate(large, 1 << 40)  # of holes alone: its copy would take hours
    backups = filled.folder / "backups"
    foreign = backups / "20200101_000000_small_run1" / "database" / ".saved.dump.part"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"of another database")
    for folder in (backups, foreign.parent.parent, foreign.parent):
        folder.chmod(0o700)
    waits = form not in (*EXPORTS, "files")
    with held(filled.database, "LOCK TABLE items IN ACCESS EXCLUSIVE MODE" if waits else "SELECT"):
        with filled.started("execute", str(filled.plan), "--yes") as process:
            until(lambda: is_under_way(filled, form, foreign), "a temporary file")
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert len(parts(filled)) == 2
        assert_it_never_counted(filled)
        until(lambda: working(filled.database, "pg_sleep(600)") is None, "the export ends with its client")
    if form == "files":
        os.truncate(large, 1_000_000)
    elif form in EXPORTS:
        write(filled, form)
    assert [step.status for step in filled.execute().steps] == ["done"]
    assert [status for status, _ in monitored(filled)] == ["failed", "completed"]
    assert parts(filled) == [foreign.name]
    assert foreign.read_bytes() == b"of another database"
    (whole,) = [found for found in listed(filled) if isinstance(found, StoredSet)]
    assert verify.verify(backups / whole.name) == ()
    others = [path.name for found in listed(filled) if isinstance(found, NotASet) for path in files_of(filled, found)]
    # A copy that was complete is no part of a file, and is left for a person to look at; no manifest names it.
    assert others == [foreign.name, *(["saved_001"] if form == "files" else [])]


def is_under_way(project, form, foreign):
    """Whether the killed run made a temporary file: of an export with something in it, of files the second one."""
    backups = project.folder / "backups"
    made = [path for path in backups.rglob("*.part") if path != foreign]
    if form == "files":
        return made and any(backups.rglob("saved_001"))
    return made and (form not in EXPORTS or made[0].stat().st_size > 0)


def files_of(project, found):
    return [project.folder / "backups" / item.name for item in found.objects]


def test_an_interruption_of_steps_side_by_side(filled):
    filled.write("""
    - {id: one, backup: {csv: {sql: "SELECT 1, pg_sleep(600)"}}}
    - {id: two, backup: {csv: {sql: "SELECT pg_sleep(600)"}}}
    - {id: three, backup: {csv: {sql: SELECT 1}}}
    """)
    with filled.started("execute", str(filled.plan), "--yes", "--jobs", "2") as process:
        for query in ("SELECT 1, pg_sleep(600)", "SELECT pg_sleep(600)"):
            until(lambda query=query: working(filled.database, query), "both exports begin")
        process.send_signal(signal.SIGINT)
        assert process.wait(180) == 130
    assert parts(filled) == []
    assert [status for status, _ in monitored(filled)] == ["failed", "failed"]
    assert_it_never_counted(filled)
