"""The bench itself: an owner without rights of a superuser, a fingerprint that sees all, a log byte for byte."""

from __future__ import annotations

import psycopg
import pytest

import fingerprint
from bench import Majors


def test_the_owner_is_no_superuser_and_owns_the_database(database):
    row = (
        database.connect()
        .execute("""
        SELECT r.rolsuper, r.rolcreaterole, r.rolcreatedb, d.datdba = r.oid,
               has_schema_privilege('public', 'CREATE'), has_database_privilege(current_database(), 'CREATE')
        FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()
    """)
        .fetchone()
    )
    assert row == (False, False, False, True, True, True)


def test_each_server_is_of_the_major_that_its_id_says(database, request):
    assert database.connect().info.server_version // 10000 == database.major
    assert f"pg{database.major}" in request.node.name


@pytest.mark.majors(16)
def test_a_marker_narrows_the_majors(database):
    assert database.major == 16


def test_a_session_wants_what_is_required_and_what_is_named():
    assert {16, 18} <= set(Majors.of("", {}).wanted)
    assert {14, 16, 18} <= set(Majors.of("", {"PLANRUN_TEST_MAJORS": "14"}).wanted)
    assert Majors.of("16", {}).wanted == (16,)
    assert "14 MISSING" in Majors.of("14", {}).header()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE t SET b = 'x' WHERE a = 1",
        "INSERT INTO t VALUES (1, 'one')",
        "DELETE FROM t WHERE a = 2",
        "UPDATE t SET f = f + 1e-15 WHERE a = 1",
        "ALTER TABLE t ALTER a SET NOT NULL",
        "GRANT SELECT ON t TO PUBLIC",
        "COMMENT ON COLUMN t.b IS 'said'",
        "ALTER TABLE t FORCE ROW LEVEL SECURITY",
        "CREATE INDEX ON t (b)",
        "CREATE SCHEMA other",
        "REFRESH MATERIALIZED VIEW m WITH NO DATA",
    ],
)
def test_a_fingerprint_sees_every_change(any_database, change):
    connection = _with_sample(any_database)
    before = fingerprint.fingerprint(any_database)
    connection.execute(change)
    assert fingerprint.difference(before, fingerprint.fingerprint(any_database)) != ""


def test_equal_states_have_equal_fingerprints_whatever_the_rows_order(database):
    connection = _with_sample(database)
    before = fingerprint.fingerprint(database)
    connection.execute("UPDATE t SET a = a")
    connection.execute("DELETE FROM t WHERE a = 1")
    connection.execute("INSERT INTO t VALUES (1, 'one', 0.1)")
    assert fingerprint.difference(before, fingerprint.fingerprint(database)) == ""


def test_sequences_count_only_where_they_are_asked_for(any_database):
    connection = _with_sample(any_database)
    before = fingerprint.fingerprint(any_database)
    connection.execute("SELECT nextval('s')")
    after = fingerprint.fingerprint(any_database)
    assert "sequence public.s: last_value 1, is_called True" in fingerprint.difference(before, after)
    assert fingerprint.difference(before, after, sequences=False) == ""


def test_planruns_own_schema_is_no_part_of_a_fingerprint(any_database):
    connection = _with_sample(any_database)
    before = fingerprint.fingerprint(any_database)
    connection.execute("CREATE SCHEMA planrun CREATE TABLE run (id serial)")
    assert fingerprint.difference(before, fingerprint.fingerprint(any_database)) == ""


def test_the_server_log_returns_statements_byte_for_byte(database, server_log):
    log = server_log(database)
    script = "-- a comment\nSELECT 'é\\n\t\"quoted\"',\n\n  1 ; SELECT 2"
    connection = database.connect(application_name="the application")
    connection.execute(script)
    connection.execute("SELECT %s::int", [7])
    database.superuser().execute("SELECT 'looking on'")
    received = log.received()
    assert [entry.text for entry in received] == [script, "SELECT $1::int"]
    assert received[1].parameters.endswith("$1 = '7'")
    assert {entry.application for entry in received} == {"the application"}
    assert {entry.pid for entry in received} == {connection.info.backend_pid}
    assert log.received() == []


def test_the_server_log_knows_the_databases_apart(any_database, bench, server_log):
    other = bench.create_database(any_database.server)
    try:
        log, other_log = server_log(any_database), server_log(other)
        other.connect().execute("SELECT 'elsewhere'")
        assert log.received() == []
        assert [entry.text for entry in other_log.received()] == ["SELECT 'elsewhere'"]
    finally:
        bench.drop_database(other)


def test_connections_close_with_the_database(bench):
    database = bench.create_database(bench.newest())
    connection = database.connect()
    bench.drop_database(database)
    with pytest.raises(psycopg.OperationalError, match="closed"):
        connection.execute("SELECT 1")


def _with_sample(database):
    connection = database.connect()
    connection.execute("""
        CREATE TABLE t (a int, b text, f float8);
        INSERT INTO t VALUES (1, 'one', 0.1), (2, NULL, 'NaN');
        CREATE SEQUENCE s;
        CREATE MATERIALIZED VIEW m AS SELECT 1 AS x;
    """)
    return connection
