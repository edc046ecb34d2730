"""One run at a time: who is refused, who may take over and when, and who is fenced off."""

from __future__ import annotations

import subprocess
import time

import pytest
from psycopg import sql

from bench import SETTINGS
from planrun.app.opening import open_target
from planrun.core.plan import Plan
from planrun.edges import embedded
from planrun.edges.embedded.account import executable_bindir, server_account
from planrun.edges.postgres import connection as connections
from planrun.edges.postgres import history
from planrun.edges.postgres.lease import LIFETIME, Lease
from planrun.errors import EnvironmentFault, Refused
from projects import Watcher, until, working

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, price numeric);
INSERT INTO items SELECT n, n FROM generate_series(1, 100) n;
CREATE TABLE gate (shut boolean);
CREATE FUNCTION wait_here() RETURNS bigint LANGUAGE sql AS
  'SELECT count(*) FROM (SELECT pg_sleep(300) FROM gate WHERE shut) s';
"""

STEPS = """
- {id: one, migrate: {sql: UPDATE items SET price = price + 1}}
- {id: asked, needs: [one], check: {confirm: Go on?}}
- {id: two, needs: [asked], migrate: {sql: UPDATE items SET price = price * 2}}
"""


@pytest.fixture
def small(project):
    project.database.connect().execute(SETUP)
    project.write(STEPS)
    return project


@pytest.fixture
def installed(small):
    """The same, with a history."""
    with connections.open_connection(small.database.params) as connection:
        history.install(connection)
    return small


class Meddler(Watcher):
    """Answers yes, and does something first."""

    def __init__(self, action):
        super().__init__(answer=True)
        self._action = action

    def asks(self, *_question, **_option):
        self._action()
        return True


def total(project):
    return project.database.connect().execute("SELECT sum(price) FROM items").fetchone()[0]


# --- two at once --------------------------------------------------------------------------------


def test_of_two_executes_one_is_refused_and_told_who_holds_the_database(small):
    small.database.connect().execute("INSERT INTO gate VALUES (true)")
    small.write("- {id: slow, migrate: {sql: UPDATE items SET price = 0; SELECT wait_here()}}")
    with small.started("execute", str(small.plan), "--yes") as process:
        until(lambda: working(small.database, "wait_here"), "the first one works")
        assert small.status().holder is not None
        assert small.status().leftovers == ()  # they are the tools of a living run
        with pytest.raises(Refused) as refused:
            small.execute()
        assert f"execute small by app_owner@{small.database.server.socket_dir}" in refused.value.message
        second = small.run("execute", str(small.plan), "--yes")
        assert second.returncode == 4
        assert "another run holds this database" in second.stderr
        small.database.connect().execute("DELETE FROM gate")
        # The first one waits in a statement that began before: end its sleep.
        small.database.superuser().execute("SELECT pg_cancel_backend(%s)", (working(small.database, "wait_here"),))
        process.communicate(timeout=180)
    assert process.returncode == 1
    assert small.execute().steps[0].status == "done"
    assert small.status().holder is None


def test_a_rollback_is_refused_while_an_execute_runs(small):
    small.execute(until="one")
    refusals = []

    def meddle():
        for action in (small.rollback, lambda: small.execute(confirmed=("asked",))):
            with pytest.raises(Refused, match="another run holds") as refused:
                action()
            refusals.append(refused)

    small.execute(person=Meddler(meddle))
    assert len(refusals) == 2
    assert total(small) == 2 * (5050 + 100)


# --- taking over --------------------------------------------------------------------------------


def test_the_lease_of_a_holder_whose_backend_is_gone_is_taken_at_once(installed):
    params = installed.database.params
    dead = Lease(params, "the dead one", print)
    pid = dead._connection.info.backend_pid
    installed.database.superuser().execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))
    person = Watcher()
    taken = Lease(params, "the next one", person.tells)
    # Who waits says so.
    assert (taken.token, person.told) == (dead.token + 1, [])
    dead.release()  # does not give back what it has lost
    assert installed.status().holder == "the next one"
    taken.release()
    assert installed.status().holder is None


def test_a_backend_of_the_same_number_that_began_later_is_not_the_holder(installed):
    other = installed.database.connect()
    installed.database.connect().execute(
        "UPDATE planrun.lease SET holder = 'gone', backend = %s, backend_start = now() - interval '1 day',"
        " expires_at = clock_timestamp() + interval '25 s'",
        (other.info.backend_pid,),
    )
    assert installed.status().holder is None
    Lease(installed.database.params, "the next one", print).release()


def test_a_holder_that_shows_no_sign_of_life_is_waited_for_until_its_lease_expires_and_that_is_said(installed):
    # Behind a pooler the backend of a killed holder lives on.
    pooled = installed.database.connect()
    installed.database.connect().execute(
        "UPDATE planrun.lease SET holder = 'silent', expires_at = clock_timestamp() + interval '2 s',"
        " backend = %s, backend_start = (SELECT backend_start FROM pg_stat_activity WHERE pid = %s)",
        (pooled.info.backend_pid,) * 2,
    )
    person = Watcher()
    began = time.monotonic()
    report = installed.execute(person=person, confirmed=("asked",))
    waited = time.monotonic() - began
    assert "waiting 2 s for the lease of silent to expire: it shows no sign of life" in person.told
    assert waited > 1.5
    assert report.status == "done"


def test_a_holder_that_answers_again_while_it_is_waited_for_keeps_its_lease(installed):
    pooled = installed.database.connect()
    installed.database.connect().execute(
        "UPDATE planrun.lease SET holder = 'slow', expires_at = clock_timestamp() + interval '15 s',"
        " backend = %s, backend_start = (SELECT backend_start FROM pg_stat_activity WHERE pid = %s)",
        (pooled.info.backend_pid,) * 2,
    )

    def revive(text):
        assert "waiting" in text
        installed.database.connect().execute(
            "UPDATE planrun.lease SET expires_at = clock_timestamp() + make_interval(secs => %s)", (LIFETIME,)
        )

    with pytest.raises(Refused, match="another run holds this database: slow"):
        Lease(installed.database.params, "the next one", revive)


def test_the_heartbeat_keeps_the_lease(installed, monkeypatch):
    monkeypatch.setattr("planrun.edges.postgres.lease.HEARTBEAT", 0.05)
    lease = Lease(installed.database.params, "alive", print)
    looks = installed.database.connect()
    looks.execute("UPDATE planrun.lease SET expires_at = clock_timestamp()")
    query = "SELECT expires_at > clock_timestamp() + interval '20 s' FROM planrun.lease"
    until(lambda: looks.execute(query).fetchone()[0], "a heartbeat")
    lease.release()


# --- fencing ------------------------------------------------------------------------------------


def test_a_holder_that_lost_its_lease_is_refused_before_it_writes(small):
    def take_over():
        small.database.connect().execute("UPDATE planrun.lease SET token = token + 1, holder = 'another'")

    with pytest.raises(Refused, match="took this database over"):
        small.execute(person=Meddler(take_over))
    assert total(small) == 5050 + 100
    assert [step.step for step in small.status().runs[0].steps] == ["one"]


def test_a_holder_that_lost_its_lease_is_refused_before_it_rolls_back(small, monkeypatch):
    small.execute(confirmed=("asked",))
    awaited = Lease.await_orphan

    def taken_over(lease, connection):
        awaited(lease, connection)
        small.database.connect().execute("UPDATE planrun.lease SET token = token + 1, holder = 'another'")

    monkeypatch.setattr(Lease, "await_orphan", taken_over)
    with pytest.raises(Refused, match="took this database over"):
        small.rollback()
    assert total(small) == 2 * (5050 + 100)


def test_a_run_whose_lease_connection_is_lost_ends_with_nothing_half_done(small):
    def cut():
        small.database.superuser().execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = %s AND application_name = 'planrun lease'",
            (small.database.name,),
        )

    with pytest.raises(EnvironmentFault, match="reading the lease; nothing of the step stays: the connection"):
        small.execute(person=Meddler(cut))
    assert total(small) == 5050 + 100
    assert small.execute(confirmed=("asked",)).run == 1
    assert total(small) == 2 * (5050 + 100)


# --- databases that are refused -----------------------------------------------------------------


def test_a_history_schema_of_somebody_else_is_refused(small):
    superuser = small.database.superuser()
    superuser.execute("CREATE SCHEMA planrun; CREATE TABLE planrun.version (version int)")
    for action in (lambda: small.execute(confirmed=("asked",)), small.rollback, small.status):
        with pytest.raises(Refused, match="schema planrun belongs to postgres"):
            action()
    assert total(small) == 5050


def test_a_superuser_does_not_trust_the_history_of_another_role(small):
    small.execute(confirmed=("asked",))
    small.database = type(small.database)(small.database.name, small.database.server)
    params = small.database.server.params(small.database.name)
    with connections.open_connection(params) as connection, pytest.raises(Refused, match="belongs to app_owner"):
        history.installed(connection)


def test_a_history_of_a_newer_version_is_refused(small):
    small.execute(confirmed=("asked",))
    small.database.connect().execute("INSERT INTO planrun.version (version) VALUES (999)")
    for action in (small.execute, small.rollback, small.status):
        with pytest.raises(EnvironmentFault, match="the history has version 999"):
            action()
    assert total(small) == 2 * (5050 + 100)


def test_a_schema_of_the_same_name_that_is_no_history_is_refused(small):
    small.database.connect().execute("CREATE SCHEMA planrun")
    with pytest.raises(Refused, match="planrun did not make it"):
        small.execute(confirmed=("asked",))


def test_a_role_that_may_not_create_a_schema_is_told(small):
    name = sql.Identifier(small.database.name)
    small.database.superuser().execute(sql.SQL("ALTER DATABASE {} OWNER TO postgres").format(name))
    with pytest.raises(EnvironmentFault, match="lacks a privilege: permission denied for database"):
        small.execute(confirmed=("asked",))
    assert total(small) == 5050


def test_a_read_only_database_is_told(small):
    name = sql.Identifier(small.database.name)
    small.database.superuser().execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
    with pytest.raises(EnvironmentFault, match="read-only"):
        small.execute(confirmed=("asked",))


def test_a_server_that_does_not_count_is_refused(small):
    name = sql.Identifier(small.database.name)
    small.database.superuser().execute(sql.SQL("ALTER DATABASE {} SET track_counts = off").format(name))
    with pytest.raises(EnvironmentFault, match="track_counts is off"):
        small.execute(confirmed=("asked",))
    assert total(small) == 5050


def test_a_standby_is_refused(bench, small):
    primary = bench.newest()
    account = server_account()
    with embedded.start(primary.installation) as place:
        # A folder that the account of the servers may write to; the server itself is not needed.
        folder = place.data.parent / "standby"
        bindir = executable_bindir(primary.installation, account, place.workdir / "standby_binaries")
        who = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
        params = primary.params()
        backup = [bindir / "pg_basebackup", "-D", folder, "-R", "-X", "stream", "-c", "fast"]
        where = ["-h", params["host"], "-p", params["port"], "-U", params["user"]]
        subprocess.run([*backup, *where], check=True, capture_output=True, cwd="/", **who)
        wanted = {name: SETTINGS[name] for name in ("max_connections", "max_prepared_transactions")}
        options = {"port": "5499", "unix_socket_directories": str(place.socket_dir), "listen_addresses": "", **wanted}
        command = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with subprocess.Popen(
            [bindir / "postgres", "-D", folder, *command], cwd="/", stderr=subprocess.DEVNULL, **who
        ) as standby:
            try:
                target = {**small.database.params, "host": str(place.socket_dir), "port": "5499"}
                fault = until(lambda: _refusal(target), "the standby answers")
            finally:
                standby.terminate()
    assert "the server is a standby" in fault.message


def _refusal(params):
    try:
        open_target(params, Plan("small", "small.yaml", ".", ()))
    except EnvironmentFault as fault:
        return None if "cannot connect" in fault.message else fault
    raise AssertionError("it was not refused")
