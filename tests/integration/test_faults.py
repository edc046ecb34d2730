"""Locks, deadlocks, lost connections, full disks, wrong tools: each said in words, nothing half done."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import textwrap
import threading

import psycopg
import pytest
from psycopg import sql

from bench import OWNER, SETTINGS
from fingerprint import difference, fingerprint
from planrun.app import target
from planrun.edges import embedded
from planrun.errors import Conflict, EnvironmentFault, Refused, StatementFailed, StepFailed, UsageFault
from projects import Watcher, held, until, wait_for_a_waiter, working

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, price numeric);
INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 100) n;
CREATE TABLE others (id int PRIMARY KEY, n int);
INSERT INTO others VALUES (1, 1);
"""


@pytest.fixture
def small(project):
    project.database.connect().execute(SETUP)
    return project


def value(database, query):
    return database.connect().execute(query).fetchone()[0]


class Releaser(Watcher):
    """Lets a lock go once it was told for the given time that something is tried again."""

    def __init__(self, connection, tries=2):
        super().__init__()
        self._connection = connection
        self._left = tries

    def tells(self, text):
        super().tells(text)
        self._left -= "trying again" in text
        if self._left == 0:
            self._connection.rollback()


# --- locks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "step",
    [
        "{id: locked, migrate: {sql: UPDATE items SET price = price + 1}}",
        "{id: locked, migrate: {sql: ALTER TABLE items ADD COLUMN note text}}",
        "{id: locked, check: {sql: SELECT * FROM items, expect: {rows: 100}}}",
        "{id: locked, backup: {table: items, into: items_before}}",
    ],
    ids=["update", "alter", "check", "copy"],
)
@pytest.mark.parametrize("transaction", ["step", "plan"])
def test_a_step_that_meets_a_lock_is_tried_again(small, step, transaction):
    small.write(f"- {step}", transaction=transaction, defaults={"lock_timeout": "50ms", "retries": 4})
    start = fingerprint(small.database)
    application = small.database.connect(autocommit=False)
    application.execute("LOCK TABLE items IN ACCESS EXCLUSIVE MODE")
    person = Releaser(application)
    report = small.execute(person=person)
    assert [step.status for step in report.steps] == ["done"]
    assert "step locked: a lock was not free in time; trying again in 0.2 s (4 tries left)" in person.text
    assert len([step for run in small.status().runs for step in run.steps]) == 1
    assert small.status().leftovers == ()
    if "check:" not in step:  # there is nothing to take back of it
        small.rollback()
    assert difference(start, fingerprint(small.database)) == ""


def test_a_step_whose_lock_never_gets_free_gives_up_and_says_so(small):
    small.write(
        "- {id: locked, migrate: {sql: UPDATE items SET price = 0}}", defaults={"lock_timeout": "50ms", "retries": 1}
    )
    start = fingerprint(small.database)
    with held(small.database, "LOCK TABLE items IN ACCESS EXCLUSIVE MODE"), pytest.raises(StepFailed) as failure:
        small.execute()
    assert "a lock was not free in time, and so it was all 2 times that it was tried" in failure.value.message
    assert "lock_timeout" in failure.value.hint
    assert difference(start, fingerprint(small.database)) == ""
    assert small.execute().status == "done"


def test_a_rollback_that_meets_a_lock_is_tried_again(small):
    small.write("- {id: raise, migrate: {sql: UPDATE items SET price = price + 1}}")
    start = fingerprint(small.database)
    small.execute()
    small.write(
        "- {id: raise, migrate: {sql: UPDATE items SET price = price + 1}}",
        defaults={"lock_timeout": "50ms", "retries": 4},
    )
    application = small.database.connect(autocommit=False)
    application.execute("SELECT * FROM items WHERE id = 1 FOR UPDATE")
    person = Releaser(application)
    small.rollback(person=person)
    assert "the way back of run 1: a lock was not free in time; trying again" in person.text
    assert difference(start, fingerprint(small.database)) == ""


def test_a_key_that_is_dropped_while_it_is_read_is_read_again(small):
    small.write("- {id: raise, migrate: {sql: UPDATE items SET price = price + 1}}")
    person = Watcher()
    run = threading.Thread(target=small.execute, kwargs={"person": person})
    with held(small.database, "ALTER TABLE items DROP CONSTRAINT items_pkey"):
        run.start()
        wait_for_a_waiter(small.database)
    run.join()
    assert "step raise: an object was dropped while it was read; trying again" in person.text
    assert small.in_effect() == ["raise"]
    small.rollback()
    assert value(small.database, "SELECT sum(price) FROM items") == 5050


@pytest.mark.parametrize("tag", ["CREATE TABLE", "CREATE TRIGGER"])
def test_an_event_trigger_that_forbids_what_planrun_does_is_told(small, tag):
    superuser = small.database.superuser()
    body = "BEGIN RAISE EXCEPTION $said$not here$said$; END"
    superuser.execute(f"CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS '{body}'")
    superuser.execute(f"CREATE EVENT TRIGGER t ON ddl_command_start WHEN TAG IN ('{tag}') EXECUTE FUNCTION forbid()")
    small.write("- {id: raise, migrate: {sql: UPDATE items SET price = price + 1}}")
    start = fingerprint(small.database)
    with pytest.raises(EnvironmentFault, match="event trigger: not here"):
        small.execute()
    assert difference(start, fingerprint(small.database)) == ""


@pytest.mark.parametrize("batch", ["", ", batch: {table: items, key: id, size: 50}"])
def test_nothing_goes_back_where_no_foreign_key_is_enforced(small, batch):
    application = small.database.connect()
    application.execute("CREATE TABLE parts (id int PRIMARY KEY, item int REFERENCES items)")
    application.execute("INSERT INTO parts SELECT n, n FROM generate_series(1, 100) n")
    page = " AND id BETWEEN $1 AND $2" if batch else ""
    small.write(f'- {{id: less, migrate: {{sql: "DELETE FROM parts WHERE id < 5{page}"{batch}}}}}')
    small.execute()
    application.execute("DELETE FROM items WHERE id = 4")
    superuser = small.database.superuser()
    superuser.execute(f"ALTER DATABASE {small.database.name} SET session_replication_role = replica")
    with pytest.raises(Refused, match="session_replication_role is replica"):
        small.rollback()
    assert "session_replication_role is replica" in small.psql(small.script()).stderr
    superuser.execute(f"ALTER DATABASE {small.database.name} RESET session_replication_role")
    with pytest.raises(Conflict, match="a row would refer to one that is not there"):
        small.rollback()
    assert value(small.database, "SELECT count(*) FROM parts") == 96


def test_a_long_reader_does_not_keep_a_step_from_its_success(small):
    """Its triggers cannot be dropped then; nobody queues behind that for long, and the step does not run twice."""
    small.write(
        "- {id: raise, migrate: {sql: UPDATE items SET price = price + 1}}",
        defaults={"lock_timeout": "50ms", "retries": 1},
    )
    start = fingerprint(small.database)
    person = Watcher()
    with held(small.database, "SELECT count(*) FROM items"):
        assert small.execute(person=person).status == "done"
    assert "left behind until the next run" in person.text
    assert value(small.database, "SELECT sum(price) FROM items") == 5150
    assert any("DROP TRIGGER" in item for item in small.status().leftovers)
    small.database.connect().execute("UPDATE items SET name = name")  # the application is not disturbed by them
    assert small.execute().run is None
    assert small.status().leftovers == ()
    small.rollback()
    assert difference(start, fingerprint(small.database)) == ""


def test_an_error_of_a_step_is_told_though_a_reader_is_in_the_way_of_clearing_up(small):
    small.write(
        "- {id: broken, migrate: {sql: 'UPDATE items SET price = 1 / (id - 50)'}}",
        defaults={"lock_timeout": "50ms", "retries": 1},
    )
    with held(small.database, "SELECT count(*) FROM items"), pytest.raises(StatementFailed) as failure:
        small.execute()
    assert failure.value.sqlstate == "22012"


def test_the_next_step_runs_on_a_table_whose_triggers_a_reader_kept(small):
    small.write(
        """
    - {id: one, migrate: {sql: UPDATE items SET price = price + 1}}
    - {id: two, needs: [one], migrate: {sql: UPDATE items SET price = price * 2}}
    """,
        defaults={"lock_timeout": "50ms", "retries": 0},
    )
    start = fingerprint(small.database)
    with held(small.database, "SELECT count(*) FROM items"):
        small.execute()
    assert value(small.database, "SELECT sum(price) FROM items") == 10300
    assert small.execute().run is None
    small.rollback()
    assert difference(start, fingerprint(small.database)) == ""


def test_a_deadlock_with_the_application_is_survived(small):
    small.database.superuser().execute(
        sql.SQL("ALTER DATABASE {} SET deadlock_timeout = '100ms'").format(sql.Identifier(small.database.name))
    )
    small.write(
        "- {id: both, migrate: {sql: UPDATE items SET price = 0 WHERE id = 1; SELECT pg_advisory_xact_lock(1);"
        " UPDATE others SET n = 0}}",
        defaults={"lock_timeout": "20s", "retries": 3},
    )
    # The application waits longer before it looks for a deadlock, so that planrun's transaction is the one broken.
    application = small.database.superuser(autocommit=False, options="-c deadlock_timeout=60s")
    gate = small.database.connect()
    gate.execute("SELECT pg_advisory_lock(1)")
    person = Watcher()
    thread = threading.Thread(target=lambda: small.execute(person=person))
    thread.start()
    until(lambda: working(small.database, "pg_advisory_xact_lock(1)"), "the step holds its first row")
    application.execute("UPDATE others SET n = 7")
    other = threading.Thread(target=lambda: application.execute("UPDATE items SET name = 'app' WHERE id = 1"))
    other.start()
    until(lambda: working(small.database, "SET name = 'app'"), "the application waits for it")
    gate.close()
    other.join(60)
    application.commit()
    thread.join(60)
    assert "step both: a deadlock was broken; trying again" in person.text
    assert value(small.database, "SELECT n FROM others") == 0
    assert value(small.database, "SELECT name FROM items WHERE id = 1") == "app"


# --- the server -----------------------------------------------------------------------------------


def test_a_server_that_is_down_is_told_without_a_traceback(small):
    small.write("- {id: one, migrate: {sql: UPDATE items SET price = 1}}")
    gone = small.database.url.replace(small.database.name, "no_such_database")
    for url in (gone, "postgresql://app@127.0.0.1:1/propo?connect_timeout=2"):
        done = small.run("execute", str(small.plan), "--yes", PLANRUN_URL=url)
        assert done.returncode == 3
        assert "cannot connect to" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_pinned_target_that_differs_is_refused(small):
    small.write(
        "- {id: one, migrate: {sql: UPDATE items SET price = 0}}",
        target={"database": "production", "user": "somebody"},
    )
    with pytest.raises(Refused) as refused:
        small.execute()
    assert f"the plan is for database production, this is {small.database.name}" in refused.value.message
    assert f"the plan is for role somebody, this is {OWNER}" in refused.value.message
    (identifier,) = (
        small.database.superuser().execute("SELECT system_identifier::text FROM pg_control_system()").fetchone()
    )
    small.write("- {id: one, migrate: {sql: UPDATE items SET price = 0}}", target={"system_identifier": "4711"})
    with pytest.raises(Refused, match=f"this one has {identifier}"):
        small.execute()
    for action in (small.preview, small.script, small.rollback):
        with pytest.raises(Refused, match="system identifier"):
            action()
    assert value(small.database, "SELECT sum(price) FROM items") == 5050
    small.write("- {id: one, migrate: {sql: UPDATE items SET price = 0}}", target={"system_identifier": identifier})
    assert small.execute().status == "done"


@pytest.mark.parametrize("pin", [{"host": "db.example"}, {"port": 6543}])
def test_a_pinned_host_or_port_that_differs_from_the_url_s_is_refused(small, pin):
    small.write("- {id: one, migrate: {sql: UPDATE items SET price = 0}}", target=pin)
    done = small.run("execute", str(small.plan), "--yes")
    assert done.returncode == 4
    assert f"the plan is for {next(iter(pin))} {next(iter(pin.values()))}" in done.stderr
    assert value(small.database, "SELECT sum(price) FROM items") == 5050


@pytest.mark.parametrize("said", ["", "?sslmode=disable"])
def test_a_pinned_sslmode_is_a_rule_for_the_url_too(small, said):
    small.write("- {id: one, migrate: {sql: UPDATE items SET price = 0}}", target={"sslmode": "verify-full"})
    done = small.run("execute", str(small.plan), "--yes", PLANRUN_URL=f"postgresql://app@127.0.0.1:1/propo{said}")
    assert done.returncode == (4 if said else 3)
    assert ("the plan is for sslmode verify-full, PLANRUN_URL says disable" in done.stderr) == bool(said)
    parameters = target.resolve("host=localhost", {}, small.schedule.plan)
    assert parameters["sslmode"] == "verify-full"


def test_a_table_of_the_copy_s_name_that_is_there_is_left_alone(small):
    small.database.connect().execute("CREATE TABLE items_before AS SELECT 1 AS mine")
    small.write("- {id: copy, backup: {table: items, into: items_before}}")
    with pytest.raises(StepFailed, match="a table items_before is there already"):
        small.execute()
    assert value(small.database, "SELECT mine FROM items_before") == 1
    (artifact,) = small.status().artifacts
    assert artifact.status == "failed"


# --- tools and disks ------------------------------------------------------------------------------


def fake_tools(folder, version):
    folder.mkdir()
    for name in ("pg_dump", "pg_restore"):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        program.chmod(0o755)
    return folder


def without_tools(monkeypatch, folder):
    """Leave this process no PostgreSQL programs but those in `folder`."""
    monkeypatch.setenv("PLANRUN_PG_BINDIR", str(folder))
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("planrun.edges.backups.tools._SYSTEM", ())
    monkeypatch.setattr("planrun.edges.backups.tools._WHEELS", ())


def test_pg_dump_of_another_major_version_is_not_used(small, monkeypatch, tmp_path):
    without_tools(monkeypatch, fake_tools(tmp_path / "old", "9.6.24"))
    small.write("""
    - {id: dump, backup: {database: {}}}
    - {id: never, needs: [dump], migrate: {sql: DELETE FROM items}}
    """)
    with pytest.raises(EnvironmentFault) as fault:
        small.execute()
    assert f"the server is PostgreSQL {small.database.major}, and wants pg_dump" in fault.value.message
    assert "found 9.6.24 in" in fault.value.message
    assert value(small.database, "SELECT count(*) FROM items") == 100
    assert [item.status for item in small.status().artifacts] == ["failed"]


def test_a_missing_pg_dump_is_told(small, monkeypatch, tmp_path):
    without_tools(monkeypatch, tmp_path / "empty")
    small.write("- {id: dump, backup: {database: {}}}")
    with pytest.raises(EnvironmentFault, match="found none"):
        small.execute()


def test_a_pg_dump_that_fails_half_way_leaves_no_dump(small, monkeypatch, tmp_path):
    tools = fake_tools(tmp_path / "broken", f"{small.database.major}.99")
    (tools / "pg_dump").write_text(
        f"#!/bin/sh\ntest \"$1\" = --version && echo 'pg_dump (PostgreSQL) {small.database.major}.99' && exit\n"
        "echo half a dump; echo 'pg_dump: error: out of luck' >&2; exit 1\n"
    )
    without_tools(monkeypatch, tools)
    small.write("- {id: dump, backup: {database: {}}}")
    with pytest.raises(StepFailed, match="out of luck"):
        small.execute()
    assert not [path for path in small.folder.glob("backups/*/database/*") if path.is_file()]
    assert not list(small.folder.glob("backups/*/manifest.json"))


@pytest.mark.parametrize("backup", ["csv: {sql: SELECT * FROM large}", "database: {}"])
def test_a_disk_that_is_full_ends_the_step_and_leaves_no_part_of_the_file(small, backup):
    small.database.connect().execute("CREATE TABLE large AS SELECT md5(n::text) AS x FROM generate_series(1, 100000) n")
    small.write(f"""
    - {{id: save, backup: {{{backup}}}}}
    - {{id: never, needs: [save], migrate: {{sql: DELETE FROM items}}}}
    """)
    limit = textwrap.dedent(f"""
        import resource, signal, sys
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, ({300_000}, {resource.RLIM_INFINITY}))
        from planrun.cli import main
        sys.argv = ["planrun", "execute", {str(small.plan)!r}, "--yes"]
        main()
    """)
    done = subprocess.run(
        [sys.executable, "-c", limit],
        env={**os.environ, "PLANRUN_URL": small.database.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 3, done.stderr
    assert "File too large" in done.stderr
    assert not [path for path in small.folder.glob("backups/*/*/*") if path.is_file()]
    assert value(small.database, "SELECT count(*) FROM items") == 100
    assert [item.status for item in small.status().artifacts] == ["failed"]
    assert small.execute().status == "done"


def test_a_backup_folder_that_others_may_write_to_is_refused(small):
    (small.folder / "backups").mkdir()
    (small.folder / "backups").chmod(0o777)
    small.write("- {id: save, backup: {csv: {sql: SELECT * FROM items}}}")
    with pytest.raises(EnvironmentFault, match="can be written by others"):
        small.execute()


# --- passwords ------------------------------------------------------------------------------------

CANARY = "c4nary-Pa55%word"


@pytest.fixture(scope="module")
def guarded_server(bench):
    """A server that asks the owner for a password."""
    with embedded.start(bench.newest().installation, settings=SETTINGS) as server:
        with psycopg.connect(**server.params(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(OWNER), sql.Literal(CANARY))
            )
            rules = server.data / "pg_hba.conf"
            rules.write_text(f"local all {OWNER} scram-sha-256\n{rules.read_text()}")
            connection.execute("SELECT pg_reload_conf()")
        yield server


@pytest.fixture
def guarded(guarded_server, bench, project):
    database = bench.create_database(guarded_server)
    with database.superuser() as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(OWNER)))
        connection.execute(SETUP)
    project.database = database
    yield project
    bench.drop_database(database)


def test_a_wrong_password_is_told_without_it(guarded):
    guarded.write("- {id: one, migrate: {sql: UPDATE items SET price = 1}}")
    for environment in ({"PGPASSWORD": "wr0ng-canary"}, {"PGPASSWORD": ""}):
        done = guarded.run("execute", str(guarded.plan), "--yes", **environment)
        assert done.returncode == 3
        assert "password" in done.stderr
        assert "wr0ng-canary" not in done.stdout + done.stderr


def test_a_password_on_the_command_line_is_refused(guarded):
    guarded.write("- {id: one, migrate: {sql: UPDATE items SET price = 1}}")
    # Not the canary, which another test may look for in all command lines right now.
    for url in (f"postgresql://{OWNER}:parr0t-Pa55%25word@localhost/x", f"user={OWNER} password=parr0t-Pa55%word"):
        done = guarded.run("execute", str(guarded.plan), "--yes", "--url", url)
        assert done.returncode == 2
        assert "parr0t" not in done.stdout + done.stderr


@pytest.mark.parametrize("way", ["PGPASSWORD", "PLANRUN_URL"])
def test_the_password_is_nowhere_but_where_it_was_given(guarded, way):
    guarded.write(
        """
    - {id: dump, backup: {database: {}}}
    - {id: export, backup: {csv: {sql: SELECT * FROM items}}}
    - {id: copy, backup: {table: items, into: items_before}}
    - {id: one, needs: [copy], migrate: {sql: UPDATE items SET price = price + 1}}
    - {id: two, needs: [one], migrate: {sql: UPDATE items SET prise = 1}}
    """,
        defaults={"lock_timeout": "60s"},
    )
    url = guarded.database.url
    environment = (
        {"PGPASSWORD": CANARY} if way == "PGPASSWORD" else {"PLANRUN_URL": f"{url}&password=c4nary-Pa55%25word"}
    )
    seen = set()
    with (
        guarded.database.superuser(autocommit=False) as application,
        guarded.started("execute", str(guarded.plan), "--yes", "--json", **environment) as process,
    ):
        application.execute("LOCK TABLE items IN ACCESS EXCLUSIVE MODE")
        until(lambda: working(guarded.database, "LOCK TABLE public.") or process.poll() is not None, "pg_dump waits")
        seen |= _command_lines()
        application.rollback()
        out, err = process.communicate(timeout=180)
    outputs = [out, err]
    assert process.returncode == 1, err
    assert any("pg_dump" in line for line in seen)
    for arguments in (
        ("status",),
        ("rollback", str(guarded.plan), "--dry-run"),
        ("rollback", str(guarded.plan), "--yes"),
    ):
        done = guarded.run(*arguments, **environment)
        assert done.returncode == 0, done.stderr
        outputs += [done.stdout, done.stderr]
    stored = _whole_database(guarded.database)
    files = [path.read_bytes().decode("utf-8", "replace") for path in guarded.folder.rglob("*") if path.is_file()]
    assert len(files) >= 4
    for text in (*outputs, *seen, stored, *files):
        assert "c4nary" not in text


def _command_lines():
    lines = set()
    for process in os.scandir("/proc"):
        if process.name.isdigit():
            try:
                with open(f"/proc/{process.name}/cmdline", "rb") as file:  # noqa: PTH123  a file of the kernel
                    lines.add(file.read().decode("utf-8", "replace"))
            except OSError:
                continue  # it has ended
    return lines


def _whole_database(database):
    dump = subprocess.run(
        [database.server.installation.bindir / "pg_dump", "--dbname", database.server.url(database.name)],
        capture_output=True,
        text=True,
        check=True,
    )
    return dump.stdout


# --- what must not slip through -------------------------------------------------------------------


def test_a_rollback_of_nothing_is_a_usage_fault(small):
    small.write("- {id: one, migrate: {sql: UPDATE items SET price = 1}}")
    with pytest.raises(UsageFault, match="nothing that could be taken back"):
        small.rollback()
    small.execute()
    small.rollback()
    with pytest.raises(UsageFault, match="nothing that could be taken back"):
        small.rollback()
