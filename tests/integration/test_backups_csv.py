"""CSV exports: what COPY brings back is the row image that was there, whatever the database's settings."""

from __future__ import annotations

import re
import resource
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256

import psycopg
import pyrage
import pytest

from planrun.core.manifest import ArtifactKind, Column, Origin
from planrun.core.plan import Compression
from planrun.edges.backups import csv_export
from planrun.edges.backups.folder import BackupSet
from planrun.errors import EnvironmentFault
from projects import until

RECIPIENT = str(pyrage.x25519.Identity.generate().to_public())
ORIGIN = Origin(database="propo", server_version="16.14", tool_version="0.1")

TEXTS = [
    None,
    "",
    r"\N",
    r"\.",
    "a\n\\.\nb",
    "\\.\n",
    "NULL",
    " blanks ",
    "\t",
    '"',
    '""',
    '","',
    "a\r\nb\rc\nd",
    "{{ jinja }} %s %",
    "\u00e9\U0001f600\u202e\u0001",
]
ZOO = {
    "a": ("text", TEXTS),
    "b": ("character(5)", ["x", "", None]),
    "c": ("numeric", ["1.10", "1.1", "-0.00", "NaN", "Infinity", "1e-40"]),
    "d": ("double precision", ["-0", "0.1", "1e-320", "NaN", "-Infinity", "0.30000000000000004"]),
    "e": ("real", ["0.1", "1.17549e-38", "16777217"]),
    "f": ("date", ["infinity", "-infinity", "4713-01-01 BC", "2001-02-03"]),
    "g": ("timestamp with time zone", ["2001-02-03 04:05:06.000001+05:30", "infinity", "0044-03-15 00:00+00 BC"]),
    "h": ("interval", ["-1 mons +2 days -00:00:00.000001", "1 year 25:00:00", "0"]),
    "i": ("bytea", [r"\x005c2e0a27", r"\x", None]),
    "j": ("integer[]", ["[0:1]={1,2}", "{}", "{NULL,1}", "[-2:-2][5:6]={{1,2}}"]),
    "k": ("text[]", [r'{"NULL",NULL,"","\\N","a,b","\"","\\\\."}', "{}"]),
    "l": ("json", ['{"b":1,  "a":2, "b":3}', "null", None]),
    "m": ("jsonb", ['{"b":1.10, "a":2}', '"\\\\n"']),
    "n": ("bit varying", ["", "0101"]),
    "o": ("money", ["-1234.56", "0.01"]),
    "p": ("int4multirange", ["{[1,3),[5,)}", "{}"]),
    "q": ("app.mood", ['so-so, "ok"\'', None]),
    "r": ("app.pair", ['(,"a ""b"", c")', "(1,)", "(,)"]),
    "s": ("time with time zone", ["04:05:06.7+01:30"]),
    "t": ("point", ["(0.1,-0)"]),
    "u": ('"char"', ["", "a"]),
    "v": ("numeric(10,2)", ["1.10"]),
}
HOSTILE = {
    "DateStyle": "'Postgres, DMY'",
    "IntervalStyle": "sql_standard",
    "TimeZone": "'Asia/Kathmandu'",
    "bytea_output": "escape",
    "extra_float_digits": "-15",
    "client_encoding": "LATIN1",
    "standard_conforming_strings": "off",
    "backslash_quote": "on",
    "quote_all_identifiers": "on",
}


@pytest.fixture
def backup_set(tmp_path):
    started = datetime(2026, 1, 31, tzinfo=UTC)
    with BackupSet.create(tmp_path / "backups", started, "plan", 1, origin=ORIGIN) as backup_set:
        yield backup_set


def export(connection, query, backup_set):
    with backup_set.new_file(ArtifactKind.CSV, "export", ".csv") as file:
        result = csv_export.export(connection, query, file)
    content = (backup_set.path / "csv_exports" / file.name).read_bytes()
    assert (file.bytes, file.sha256) == (len(content), sha256(content).hexdigest())
    return result, content


def read_back(connection, table, content):
    with connection.transaction(), psycopg.RawCursor(connection) as cursor:
        csv_export.fix_settings(cursor)
        with cursor.copy(f"COPY {table} FROM STDIN ({csv_export.COPY_OPTIONS})") as copy:
            copy.write(content)


def differing(connection, left, right):
    """The number of keys whose row images differ, or that only one of the tables has."""
    query = f"""
        SELECT count(*) FROM {left} AS before FULL JOIN {right} AS after USING (id)
        WHERE before.id IS NULL OR after.id IS NULL OR NOT record_image_eq(before, after)
    """
    return connection.execute(query).fetchone()[0]


@pytest.fixture
def zoo(database):
    with database.connect() as connection:
        connection.execute("CREATE SCHEMA app")
        connection.execute("""CREATE TYPE app.mood AS ENUM ('so-so, "ok"''')""")
        connection.execute("CREATE TYPE app.pair AS (x int, y text)")
        columns = ", ".join(f"{name} {type_}" for name, (type_, _) in ZOO.items())
        connection.execute(f"CREATE TABLE app.zoo (id int PRIMARY KEY, {columns})")
        connection.execute("CREATE TABLE app.back (LIKE app.zoo)")
        for number in range(max(len(values) for _, values in ZOO.values())):
            row = [values[number % len(values)] for _, values in ZOO.values()]
            marks = ", ".join(f"%s::{type_}" for type_, _ in ZOO.values())
            connection.execute(f"INSERT INTO app.zoo VALUES (%s, {marks})", (number, *row))
    return database


@pytest.mark.parametrize("settings", [{}, HOSTILE], ids=["plain", "hostile"])
def test_every_value_comes_back_as_the_same_image(zoo, backup_set, settings):
    with zoo.connect() as connection:
        for name, value in settings.items():
            connection.execute(f'ALTER DATABASE "{connection.info.dbname}" SET {name} = {value}')
    with zoo.connect() as connection:
        result, content = export(connection, "SELECT * FROM app.zoo ORDER BY id", backup_set)
        read_back(connection, "app.back", content)
        assert result.rows == len(TEXTS)
        assert differing(connection, "app.zoo", "app.back") == 0
        assert result.columns == (
            Column("id", "integer"),
            *(Column(name, type_) for name, (type_, _) in ZOO.items()),
        )


def test_the_comparison_sees_what_a_plain_comparison_would_not(zoo):
    with zoo.connect() as connection:
        connection.execute("INSERT INTO app.back SELECT * FROM app.zoo")
        connection.execute("UPDATE app.back SET c = 1.1 WHERE c = 1.10 AND scale(c) = 2")
        assert differing(connection, "app.zoo", "app.back") > 0


def test_hostile_settings_do_not_change_a_byte(zoo, backup_set):
    with zoo.connect() as connection:
        plain = export(connection, "SELECT * FROM app.zoo ORDER BY id", backup_set)
        for name, value in HOSTILE.items():
            connection.execute(f"SET {name} = {value}")
        assert export(connection, "SELECT * FROM app.zoo ORDER BY id", backup_set) == plain


@pytest.mark.parametrize("texts", [TEXTS, [None], [""], []])
def test_a_single_column_comes_back(database, backup_set, texts):
    with database.connect() as connection:
        connection.execute("CREATE TABLE one (t text); CREATE TABLE back (t text)")
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO one VALUES (%s)", [(text,) for text in texts])
        result, content = export(connection, "TABLE one", backup_set)
        read_back(connection, "back", content)
        assert result.rows == len(texts)
        assert [row[0] for row in connection.execute("TABLE back")] == texts


def test_null_and_what_looks_like_it_are_told_apart_by_quotes_and_marker(database, backup_set):
    with database.connect() as connection:
        query = r"SELECT NULL AS a, '' AS b, '\N' AS c, 'x' AS d"
        assert export(connection, query, backup_set)[1] == b'a,b,c,d\n\\N,,"\\N",x\n'


def test_the_connection_is_as_it_was(database, backup_set):
    names = [*csv_export.SETTINGS, "search_path", "transaction_read_only"]

    def settings():
        return [connection.execute(f"SHOW {name}").fetchone()[0] for name in names]

    with database.connect(autocommit=False) as connection:
        connection.execute("SET LOCAL DateStyle = 'German'")
        before = settings()
        export(connection, "SELECT 1", backup_set)
        assert settings() == before
        connection.execute("CREATE TABLE still_writable ()")


def test_runs_in_its_own_transaction_where_none_is_open(database, backup_set):
    with database.connect() as connection:
        assert export(connection, "VALUES (1), (2)", backup_set)[0].rows == 2
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_types_are_qualified_whatever_the_search_path(zoo, backup_set):
    with zoo.connect() as connection:
        connection.execute("SET search_path = app")
        columns = export(connection, "SELECT q, v, a AS a FROM zoo", backup_set)[0].columns
    assert columns == (Column("q", "app.mood"), Column("v", "numeric(10,2)"), Column("a", "text"))


def test_same_names_comments_and_percent_signs_are_no_trouble(database, backup_set):
    with database.connect() as connection:
        query = "SELECT 1 AS x, 2 AS x, '100 %s' AS \"p%\" -- the end"
        result, content = export(connection, query, backup_set)
    assert content == b"x,x,p%\n1,2,100 %s\n"
    assert [column.name for column in result.columns] == ["x", "x", "p%"]


def test_no_rows_are_a_result_for_the_caller_to_judge(database, backup_set):
    with database.connect() as connection:
        assert export(connection, "SELECT 1 AS x WHERE false", backup_set)[0].rows == 0


@pytest.mark.parametrize(
    "query",
    ["DELETE FROM t RETURNING *", "WITH gone AS (DELETE FROM t RETURNING *) TABLE gone", "SELECT nextval('s')"],
)
def test_an_export_cannot_write(database, backup_set, query):
    with database.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS x; CREATE SEQUENCE s")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            export(connection, query, backup_set)
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (1,)
    assert list((backup_set.path / "csv_exports").iterdir()) == []


def test_the_place_of_an_error_is_counted_from_the_known_offset(database, backup_set):
    query = "SELECT 1,\n  nonsense"
    with database.connect() as connection, pytest.raises(psycopg.errors.UndefinedColumn) as caught:
        export(connection, query, backup_set)
    position = int(caught.value.diag.statement_position) - 1 - csv_export.QUERY_OFFSET
    assert query[position:] == "nonsense"


def test_rows_committed_after_the_snapshot_are_not_in_the_file(database, backup_set):
    with database.connect(autocommit=False) as holder, database.connect() as application:
        application.execute("CREATE TABLE t AS SELECT 1 AS x")
        holder.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        (snapshot,) = holder.execute("SELECT pg_export_snapshot()").fetchone()
        application.execute("INSERT INTO t VALUES (2)")
        with database.connect(autocommit=False) as reader:
            reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            reader.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            first = export(reader, "TABLE t", backup_set)
            application.execute("INSERT INTO t VALUES (3)")
            second = export(reader, "TABLE t", backup_set)
    assert first == second
    assert first[1] == b"x\n1\n"


def test_memory_stays_flat(database, backup_set):
    with database.connect() as connection:
        export(connection, "SELECT repeat('x', 1000) FROM generate_series(1, 2000)", backup_set)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        query = "SELECT repeat('x', 1000) FROM generate_series(1, 100000)"
        with backup_set.new_file(ArtifactKind.CSV, "export", ".csv") as file:
            csv_export.export(connection, query, file)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert file.bytes > 100_000_000
    assert grown < 20_000  # KiB


@pytest.mark.parametrize("written", [{}, {"compression": Compression.GZIP}, {"recipients": [RECIPIENT]}])
def test_a_disk_that_refuses_ends_the_export_and_leaves_the_connection_usable(database, backup_set, written):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    query = "SELECT repeat(md5(i::text), 30) FROM generate_series(1, 50000) i"
    with database.connect(autocommit=False) as connection:
        connection.execute("SELECT 1")
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        try:
            with (
                pytest.raises(EnvironmentFault, match="File too large"),
                backup_set.new_file(ArtifactKind.CSV, "export", ".csv") as file,
            ):
                csv_export.export(connection, query, file, **written)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert list((backup_set.path / "csv_exports").iterdir()) == []


def test_a_cancelled_export_leaves_no_file_and_the_connection_usable(database, backup_set):
    query = "SELECT repeat('x', 1000), CASE WHEN i = 3000 THEN pg_sleep(60) END FROM generate_series(1, 5000) i"
    with database.connect() as connection, ThreadPoolExecutor(1) as pool:
        canceller = pool.submit(until_written_and_cancel, connection, backup_set.path)
        with pytest.raises(psycopg.errors.QueryCanceled):
            export(connection, query, backup_set)
        canceller.result()
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert list((backup_set.path / "csv_exports").iterdir()) == []


def until_written_and_cancel(connection, folder):
    until(lambda: any(path.stat().st_size > 1_000_000 for path in folder.rglob("*.part")), "the first rows are written")
    connection.cancel_safe()


def test_the_settings_cover_every_one_that_the_hostile_database_bends():
    text = re.compile("|".join(csv_export.SETTINGS), re.IGNORECASE)
    unneeded = {"backslash_quote"}  # it decides how SQL is read, not how values are written
    assert {name for name in HOSTILE if not text.fullmatch(name)} == unneeded
