"""A connection that could not be opened: what was wanted, who named it, what was found, and what to do."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import psycopg
import pytest

from planrun.app.target import resolve
from planrun.edges.postgres.connection import open_connection, parse
from planrun.edges.postgres.unreached import describe, told
from planrun.errors import EnvironmentFault

CANARY = "canary-7f3"


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)


def fault(params):
    with pytest.raises(EnvironmentFault) as caught:
        open_connection(params)
    assert CANARY not in f"{caught.value}"
    assert caught.value.hint
    return caught.value


def of(database, **changes):
    """How to connect to a test database with some of it changed, as if by --url."""
    params = parse(database.url, origin="--url")
    params.update(changes)
    return params


@pytest.mark.parametrize(
    ("changes", "found", "hint"),
    [
        ({"dbname": "nowhere"}, 'database "nowhere" does not exist', "is its name right in --url, and"),
        ({"user": "nobody_such"}, 'role "nobody_such" does not exist', "else create the role"),
        ({"port": "1"}, "No such file or directory", ".s.PGSQL.1: is it up"),
        ({"host": "/nowhere"}, "No such file or directory", "no server listens at /nowhere/.s.PGSQL."),
        ({"host": "127.0.0.1", "port": "1"}, "Connection refused", "are host and port right?"),
        ({"host": "no-such-host.invalid"}, "no-such-host.invalid", "does this machine's DNS know it?"),
        ({"service": "none"}, 'definition of service "none" not found', "write the service into"),
        ({"port": "abc"}, 'invalid integer value "abc"', "correct this part of the connection string"),
    ],
)
def test_what_was_wanted_what_was_found_and_what_to_do(any_database, changes, found, hint):
    told_ = fault(of(any_database, password=CANARY, **changes))
    assert told_.message.startswith("cannot connect to ")
    assert ", named by --url: " in told_.message
    assert found in told_.message
    assert hint in told_.hint


def test_a_wrong_password_and_none(any_database):
    with any_database.superuser() as superuser:
        superuser.execute("DROP ROLE IF EXISTS locked_out")
        superuser.execute("CREATE ROLE locked_out LOGIN PASSWORD 'right'")
        (rules,) = superuser.execute("SHOW hba_file").fetchone()
        before = Path(rules).read_text()
        Path(rules).write_text(f"local all locked_out scram-sha-256\n{before}")
        superuser.execute("SELECT pg_reload_conf()")
        try:
            wrong = fault(of(any_database, user="locked_out", password=CANARY))
            none = fault(of(any_database, user="locked_out", passfile=os.devnull))
        finally:
            Path(rules).write_text(before)
            superuser.execute("SELECT pg_reload_conf()")
            superuser.execute("DROP ROLE locked_out")
    assert "password authentication failed" in wrong.message
    assert "is the role right, and its password?" in wrong.hint
    assert "no password supplied" in none.message
    assert "the server wants a password" in none.hint


def test_a_server_without_tls():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            client, _ = server.accept()
            with client:
                client.recv(8)
                client.sendall(b"N")

        thread = threading.Thread(target=answer)
        thread.start()
        port = server.getsockname()[1]
        told_ = fault(parse(f"host=127.0.0.1 port={port} dbname=d user=u sslmode=require", origin="PLANRUN_URL"))
        thread.join()
    assert told_.message.startswith(f"cannot connect to u@127.0.0.1:{port}/d, named by PLANRUN_URL: ")
    assert "sslmode" in told_.hint


def test_where_nobody_named_a_database(monkeypatch):
    monkeypatch.setenv("PGUSER", "me")
    message, hint = told(resolve(None, {}, None), psycopg.OperationalError("no"))
    assert message == "cannot connect to me@[local]:5432/me, named by PGUSER: no"
    monkeypatch.delenv("PGUSER")
    message, hint = told(resolve(None, {}, None), psycopg.OperationalError("no"))
    assert "named by" not in message
    assert hint.startswith("name the database by --url, PLANRUN_URL, DATABASE_URL or the plan's target; ")


def test_libpqs_variables_that_add_to_what_was_named_are_named(monkeypatch):
    monkeypatch.setenv("PGHOST", "far")
    monkeypatch.setenv("PGPASSWORD", CANARY)
    params = resolve(None, {"DATABASE_URL": "postgresql://me@/shop"}, None)
    message, hint = told(params, psycopg.OperationalError(f"odd: {CANARY}"))
    assert message == "cannot connect to me@far:5432/shop, named by DATABASE_URL and PGHOST: odd: ********"
    assert hint.startswith("check host, port, user and database")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("host=h dbname=d user=u", "u@h:5432/d"),
        ("dbname=d user=u port=9", "u@[local]:9/d"),
        ("user=u", "u@[local]:5432/u"),
        ("service=s", "service s"),
        ("service=s dbname=d", "/d (service s)"),
    ],
)
def test_what_may_be_printed_of_a_target(text, shown):
    assert describe(parse(f"{text} password={CANARY}", origin="--url")) == shown
