"""A backup of any form that breaks off: it never counts, the monitoring says so, and the next run goes on."""

from __future__ import annotations

import contextlib
import resource
import signal

import pyrage
import pytest

from planrun.edges.backups import verify
from planrun.edges.backups.verify import NotASet, NotASetBecause
from planrun.errors import PlanrunError
from projects import Watcher, held, until, working

FORMS = {
    "custom": "database: {format: custom}",
    "plain": "database: {format: plain}",
    "directory": "database: {format: directory, jobs: 2}",
    "csv": "csv: {sql: SELECT * FROM items}",
    "gzip": "csv: {sql: SELECT * FROM items, compress: gzip}",
    "files": 'files: ["*.bin"]',
}


@pytest.fixture
def filled(project):
    project.database.connect().execute(
        "CREATE TABLE items AS SELECT i AS id, md5(i::text) || md5((-i)::text) AS name FROM generate_series(1, 20000) i"
    )
    (project.folder / "large.bin").write_bytes(b"x" * 1_000_000)
    return project


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


def assert_it_never_counted(project):
    (found,) = verify.sets(project.folder / "backups")
    assert isinstance(found, NotASet)
    assert found.because is NotASetBecause.INCOMPLETE


def assert_the_next_run_goes_on(project):
    assert [step.status for step in project.execute().steps] == ["done"]
    *_, last = verify.sets(project.folder / "backups")
    # That encrypted content was not looked at is a note.
    assert all(finding.level is verify.Level.NOTE for finding in verify.verify(last.path))
    assert parts(project) == []
    statuses = [status for status, _ in monitored(project)]
    assert statuses == ["failed", "completed"]


@contextlib.contextmanager
def largest_file(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    ("form", "encrypted"), [*((form, False) for form in FORMS), ("custom", True), ("csv", True), ("files", True)]
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
    assert monitored(filled) == [("failed", caught.value.message)]
    assert_the_next_run_goes_on(filled)


class Ender(Watcher):
    """Ends sessions of the database as soon as the first part of a backup was made."""

    def __init__(self, database, names):
        super().__init__()
        self.ended = False
        self._database = database
        self._names = names

    @contextlib.contextmanager
    def follows(self, *_work):
        yield self

    def advanced(self, _amount):
        if not self.ended:
            self.ended = True
            with self._database.superuser() as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = %s AND pid <> pg_backend_pid() AND application_name = ANY (%s)",
                    (self._database.name, self._names),
                )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("lost", ["readers", "all"])
def test_a_lost_server(filled, form, lost):
    write(filled, form)
    names = ["planrun backup", "pg_dump"] + (["planrun"] if lost == "all" else [])
    person = Ender(filled.database, names)
    with pytest.raises(PlanrunError):
        filled.execute(person=person)
    assert person.ended
    assert_it_never_counted(filled)
    assert parts(filled) == []
    if lost == "readers":
        ((status, reason),) = monitored(filled)
        assert status == "failed"
        assert reason
    assert_the_next_run_goes_on(filled)


@pytest.mark.parametrize("form", ["custom", "directory", "plain", "csv"])
def test_a_kill(filled, form):
    if form == "csv":
        filled.write("- {id: saved, backup: {csv: {sql: 'SELECT id, pg_sleep(0.01) FROM items'}}}")
    else:
        write(filled, form)
    backups = filled.folder / "backups"
    foreign = backups / "20200101_000000_small_run1" / "database" / ".saved.dump.part"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"of another database")
    for folder in (backups, foreign.parent.parent, foreign.parent):
        folder.chmod(0o700)
    with held(filled.database, "LOCK TABLE items IN ACCESS EXCLUSIVE MODE" if form != "csv" else "SELECT"):
        with filled.started("execute", str(filled.plan), "--yes") as process:
            until(lambda: len(parts(filled)) == 2, "a temporary file")
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert len(parts(filled)) == 2
        until(lambda: working(filled.database, "pg_sleep(0.01)") is None, "the export ends with its client")
    if form == "csv":
        write(filled, form)
    assert [step.status for step in filled.execute().steps] == ["done"]
    assert [status for status, _ in monitored(filled)] == ["failed", "completed"]
    assert parts(filled) == [foreign.name]
    assert foreign.read_bytes() == b"of another database"


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
