"""The content hash: equal for equal rows whatever surrounds them, another one for any other value."""

from __future__ import annotations

import psycopg
import pytest

from generated import values
from planrun.core.manifest import TableContent, TableName
from planrun.edges.backups import csv_export
from planrun.edges.postgres import content_hash
from planrun.edges.postgres.connection import FIXED, open_connection

T = TableName("public", "t")

HOSTILE = (
    "DateStyle = 'SQL, DMY'",
    "IntervalStyle = 'sql_standard'",
    "TimeZone = 'Asia/Kathmandu'",
    "bytea_output = 'escape'",
    "extra_float_digits = -15",
    "xmloption = 'document'",
    "lc_monetary = 'C'",
    "quote_all_identifiers = on",
    "standard_conforming_strings = off",
    "client_encoding = 'LATIN1'",
    "search_path = evil, public",
    "row_security = off",
    "statement_timeout = '1min'",
)

PLANTED = """
CREATE SCHEMA evil;
CREATE FUNCTION evil.hashtextextended(text, bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
CREATE FUNCTION evil.count() RETURNS bigint LANGUAGE sql AS 'SELECT 7::bigint';
CREATE DOMAIN evil.text AS pg_catalog.text CHECK (false);
CREATE TABLE evil.pg_class (oid int);
"""

TYPES = tuple(kind for kind in values.TYPES if kind.sql != "xml")
"""All types but one, which not every build of PostgreSQL knows; its values are kept as they are written."""

ZOO = "\n".join(
    [
        *values.OWN_TYPES,
        "CREATE TABLE zoo (id int PRIMARY KEY, {});".format(", ".join(f"c{n} {t.sql}" for n, t in enumerate(TYPES))),
        *(
            f"INSERT INTO zoo VALUES ({row}, {', '.join(t.values[row % len(t.values)] for t in TYPES)});"
            for row in range(6)
        ),
    ]
)


@pytest.fixture
def connection(any_database):
    with open_connection(any_database.params) as connection:
        yield connection


def fill(connection, definition, *rows):
    connection.execute(f"DROP TABLE IF EXISTS t; CREATE TABLE t ({definition})".encode())
    for row in rows:
        connection.execute(f"INSERT INTO t VALUES ({row})".encode())


def hash_of(connection, definition, *rows):
    fill(connection, definition, *rows)
    (found,) = content_hash.tables_of(connection)
    assert found.rows == len(rows)
    return found.hash


def test_does_not_depend_on_the_order_of_the_rows(connection):
    assert hash_of(connection, "a int, b text", "1, 'x'", "2, 'y'", "3, NULL") == hash_of(
        connection, "a int, b text", "3, NULL", "1, 'x'", "2, 'y'"
    )


@pytest.mark.parametrize(
    ("type_", "one", "other"),
    [
        ("text", "NULL", "''"),
        ("text", "'NULL'", "NULL"),
        ("text", "'a'", "'a '"),
        ("char(3)", "'a'", "'b'"),
        ("numeric", "1.0", "1.00"),
        ("numeric", "'NaN'", "0"),
        ("float8", "'-0'", "0"),
        ("float8", "0.1::float8 + 0.2", "0.3"),
        ("real", "1", "1.0000001"),
        ("json", "'{\"a\":1}'", "'{\"a\": 1}'"),
        ("json", '\'{"a":1,"a":2}\'', "'{\"a\":2}'"),
        ("int[]", "'[2:3]={1,2}'", "'{1,2}'"),
        ("int[]", "'{}'", "'{NULL}'"),
        ("interval", "'1 mon'", "'30 days'"),
        ("timestamptz", "'2026-01-01 00:00:00+00'", "'2026-01-01 00:00:00.000001+00'"),
        ("timetz", "'12:00+02'", "'10:00+00'"),
        ("bytea", "'\\x00'", "'\\x'"),
        ("money", "12.5::money", "12.51::money"),
        ("varbit", "'1'", "'01'"),
        ("inet", "'10.0.0.1/32'", "'10.0.0.1/24'"),
        ("point", "'(0,-0)'", "'(0,0)'"),
        ("boolean", "NULL", "false"),
    ],
)
def test_sees_the_smallest_difference(connection, type_, one, other):
    assert hash_of(connection, f"a {type_}", one) != hash_of(connection, f"a {type_}", other)


def test_sees_where_a_value_stands(connection):
    found = {
        hash_of(connection, "a text, b text", *rows)
        for rows in (("'x', 'y'",), ("'y', 'x'",), ("'x,y', NULL",), ("'x', NULL", "'y', NULL"), ("NULL, 'x,y'",))
    }
    assert len(found) == 5


def test_counts_rows_that_stand_twice(connection):
    found = {hash_of(connection, "a int", *["1"] * count) for count in (0, 1, 2, 3)}
    assert len(found) == 4


def test_sees_every_single_changed_value(connection):
    """Every value of every row of a table of all types, one after the other."""
    connection.execute(ZOO.encode())
    (start,) = content_hash.tables_of(connection)
    seen = {start.hash}
    for number, kind in enumerate(TYPES):
        for row in range(6):
            with connection.transaction(force_rollback=True):
                another = "NULL" if kind.sql != "named" else "'somebody else'"
                connection.execute(f"UPDATE zoo SET c{number} = {another} WHERE id = {row}".encode())
                (now,) = content_hash.tables_of(connection)
            assert now.hash not in seen, f"{kind.sql}, row {row}"
            seen.add(now.hash)
    assert content_hash.tables_of(connection) == (start,)


def test_is_the_same_whatever_the_defaults_are(database):
    with database.connect() as owner:
        owner.execute(ZOO)
        owner.execute(PLANTED)
        with open_connection(database.params) as connection:
            plain = content_hash.tables_of(connection)
            of_query = content_hash.query(connection, "SELECT * FROM public.zoo")
        for setting in HOSTILE:
            owner.execute(f"ALTER DATABASE {database.name} SET {setting}")
    with open_connection(database.params) as connection:
        assert content_hash.tables_of(connection) == plain
        assert content_hash.query(connection, "SELECT * FROM public.zoo") == of_query
        assert of_query.hash == next(found.hash for found in plain if found.name == "zoo")


KNOWN = TableContent("public", "t", 3, "77c4b6af935c322a901cb417440b9b90")
"""What a manifest of an older planrun says: it has to hold on every major version and every little-endian machine."""


def test_is_the_same_on_every_major_version(database):
    with open_connection(database.params) as connection:
        fill(
            connection,
            "a int, b text, c numeric, d float8, e timestamptz, f interval, g bytea, h json, i int[], j money,"
            " k char(3)",
            "1, 'ä', 1.50, 0.1::float8 + 0.2, '2026-03-29 02:30+02', '1 mon -1 day', '\\x00ff', '{\"a\": 1}',"
            " '{1,NULL}', 1, 'x'",
            "2, '', 'NaN', '-0', '-infinity', '24:00', '', '[ ]', '[2:3]={1,2}', 12.5::money, ''",
            "3, NULL, NULL, NULL, '0044-03-15 BC', NULL, NULL, NULL, NULL, NULL, NULL",
        )
        assert content_hash.tables_of(connection) == (KNOWN,)


def test_a_table_its_columns_and_a_query_agree(connection):
    fill(connection, "a int, b text, c numeric", "1, 'x', 1.50", "2, NULL, 0")
    whole = content_hash.table(connection, T, ["a", "b", "c"])
    assert content_hash.query(connection, "SELECT * FROM t -- all of it") == whole
    assert content_hash.query(connection, "TABLE t") == whole
    assert content_hash.table(connection, T, ["b"]) == content_hash.query(connection, "SELECT b FROM t")
    assert content_hash.table(connection, T, []).rows == 2
    assert content_hash.query(connection, "SELECT a, a FROM t").rows == 2


def test_reads_what_pg_dump_writes_and_nothing_else(database):
    with database.connect() as owner:
        owner.execute(
            """
            CREATE SCHEMA "od/d ""one""\n.";
            CREATE TABLE "od/d ""one""\n."."two\t'%s {}" ("a ""%s"" {} $1" int);
            INSERT INTO "od/d ""one""\n."."two\t'%s {}" VALUES (1);
            CREATE TABLE empty ();
            INSERT INTO empty DEFAULT VALUES;
            CREATE TABLE parted (id int) PARTITION BY LIST (id);
            CREATE TABLE one PARTITION OF parted FOR VALUES IN (1);
            CREATE TABLE two PARTITION OF parted FOR VALUES IN (2);
            INSERT INTO parted VALUES (1), (2), (2);
            CREATE TABLE parent (id int);
            CREATE TABLE heir (more int) INHERITS (parent);
            INSERT INTO parent VALUES (1);
            INSERT INTO heir VALUES (1, 2), (3, 4);
            CREATE TABLE made (a int, b int GENERATED ALWAYS AS (a * 2) STORED);
            INSERT INTO made VALUES (1);
            CREATE UNLOGGED TABLE unlogged (a int);
            CREATE VIEW v AS SELECT * FROM parent;
            CREATE MATERIALIZED VIEW m AS SELECT * FROM parent;
            CREATE SCHEMA planrun;
            CREATE TABLE planrun.run (id int);
            """
        )
    with open_connection(database.params) as connection:
        connection.execute(b"CREATE TEMP TABLE passing (a int)")
        found = content_hash.tables_of(connection)
        assert [(table.name, table.rows) for table in found] == [
            ("two\t'%s {}", 1),
            ("empty", 1),
            ("heir", 2),
            ("made", 1),
            ("one", 1),
            ("parent", 1),
            ("two", 2),
            ("unlogged", 0),
        ]
        (made,) = content_hash.tables_of(connection, lambda name: name.name == "made")
        assert made.hash == content_hash.table(connection, TableName("public", "made"), ["a"]).hash


def test_reads_in_the_transaction_that_is_open_and_leaves_it_as_it_was(connection):
    fill(connection, "a int", "1")
    connection.execute(b"BEGIN")
    connection.execute(b"INSERT INTO t VALUES (2)")
    assert content_hash.table(connection, T, ["a"]).rows == 2
    connection.execute(b"INSERT INTO t VALUES (3)")
    assert connection.execute(b"SHOW search_path").fetchone() == ('"$user", public',)
    connection.execute(b"ROLLBACK")
    assert content_hash.tables_of(connection)[0].rows == 1


def test_is_refused_where_row_security_hides_rows(database):
    with database.superuser() as outside:
        outside.execute("CREATE TABLE public.t (a int); ALTER TABLE public.t ENABLE ROW LEVEL SECURITY")
        outside.execute("GRANT SELECT ON public.t TO PUBLIC")
    with open_connection(database.params) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        content_hash.tables_of(connection)


def test_an_export_and_the_hash_write_values_alike():
    fixed = {name: value for name, value in FIXED.items() if name in csv_export.SETTINGS}
    assert fixed | {"extra_float_digits": "3"} == csv_export.SETTINGS
