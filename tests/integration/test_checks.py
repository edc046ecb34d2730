"""Checks against real servers: every expectation passing and failing, and nothing written by any of them."""

import resource
import sys
import tracemalloc
from contextlib import contextmanager

import psycopg
import pytest

from bench import LONGEST_MAJORS
from planrun.core.check import SavedResult, report
from planrun.core.plan import (
    ExpectColumns,
    ExpectEmpty,
    ExpectEqualsQuery,
    ExpectEqualsSaved,
    ExpectRange,
    ExpectRows,
    ExpectValue,
    Inline,
    Severity,
)
from planrun.core.schedule import CheckWork
from planrun.core.script import Name, Script, Statement
from planrun.edges.postgres import checks, faults, results
from planrun.errors import Place, StatementFailed, StepFailed

PLACE = Place("plan.yaml", 10, 12)
EQUALS = ExpectEqualsQuery(Inline("", PLACE))
SAVED = ExpectEqualsSaved("before")

TENANTS = """
    CREATE TABLE tenant (id integer PRIMARY KEY, name text, rent numeric(10,2));
    INSERT INTO tenant VALUES (1, 'Ann', 500), (2, NULL, 620.50), (3, '', NULL);
"""


def statement(sql, tag="select", writes=()):
    return Statement(sql, PLACE, tag, writes=writes)


def script(sql):
    lines = sql.count("\n") + 1
    return Script(sql, tuple(Place("check.sql", 100 + line) for line in range(lines)), "check.sql")


def check(sql, expect=None, other=None, tag="select", **more):
    return CheckWork(
        query=statement(sql, tag),
        script=script(sql),
        expect=expect,
        reference=None if other is None else statement(other),
        save_as=None,
        severity=Severity.ERROR,
        **more,
    )


@contextmanager
def transaction(connection, characteristics="READ ONLY"):
    connection.execute(f"BEGIN {characteristics}")
    yield
    connection.execute("ROLLBACK")


@pytest.fixture
def connection(database):
    with database.connect() as opened:
        opened.execute(TENANTS)
        with transaction(opened):
            yield opened


@pytest.fixture
def writable(database):
    with database.connect() as opened:
        opened.execute(TENANTS)
        with transaction(opened, "READ WRITE"):
            yield opened


def failure(connection, work, saved=None):
    verdict = checks.run(connection, work, saved)
    assert not verdict.ok
    return report("tenants", verdict).split("\n")


# --- each expectation ---


@pytest.mark.parametrize(
    "expect",
    [ExpectRows(3, 3), ExpectRows(1, None), ExpectRows(None, 3), None, ExpectEqualsQuery(Inline("", PLACE))],
)
def test_expectations_that_hold(connection, expect):
    work = check("SELECT * FROM tenant", expect, "SELECT * FROM tenant ORDER BY id DESC")
    verdict = checks.run(connection, work, None)
    assert verdict.ok
    assert verdict.rows == ()


def test_too_many_rows_are_shown_in_the_order_of_the_query(connection):
    work = check("SELECT id, name, rent FROM tenant ORDER BY id DESC -- all of them", ExpectRows(None, 2))
    assert failure(connection, work) == [
        "tenants: check failed",
        "  wanted: at most 2 rows",
        "  found:  3 rows",
        "  rows:",
        "    id | name | rent",
        "    ---+------+-------",
        "    3  | ''   | NULL",
        "    2  | NULL | 620.50",
        "    1  | Ann  | 500.00",
    ]


def test_ten_of_many_rows_are_shown(connection):
    lines = failure(connection, check("SELECT generate_series(1, 25) AS n", ExpectEmpty()))
    assert lines[:4] == ["tenants: check failed", "  wanted: no row", "  found:  25 rows", "  rows:"]
    assert lines[4:] == ["    n", "    --", *(f"    {n}" for n in range(1, 11)), "    (15 more rows)"]


def test_no_row_where_some_were_wanted(connection):
    work = check("SELECT * FROM tenant WHERE id > 3", ExpectRows(1, None))
    assert failure(connection, work) == [
        "tenants: check failed",
        "  wanted: at least 1 row",
        "  found:  no row",
    ]


def test_empty_holds(connection):
    assert checks.run(connection, check("SELECT 1 WHERE false", ExpectEmpty()), None).ok


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("SELECT count(*) FROM tenant", 3),
        ("SELECT rent FROM tenant WHERE id = 1", 500),
        ("SELECT rent FROM tenant WHERE id = 2", 620.5),
        ("SELECT rent FROM tenant WHERE id = 2", "620.50"),
        ("SELECT 0.1::float4", 0.1),
        ("SELECT 0.1::float8 + 0.2::float8", "0.30000000000000004"),
        ("SELECT 'NaN'::numeric", float("nan")),
        ("SELECT name FROM tenant WHERE id = 1", "Ann"),
        ("SELECT name FROM tenant WHERE id = 3", ""),
        ("SELECT name FROM tenant WHERE id = 2", None),
        ("SELECT bool_and(id > 0) FROM tenant", True),
        ("SELECT date '2026-01-31'", "2026-01-31"),
        ("SELECT timestamptz '2026-01-31 12:00+02'", "2026-01-31 10:00:00+00"),
        ("SELECT interval '1 day 2 hours'", "1 day 02:00:00"),
        ("SELECT '{\"a\":  1}'::json", '{"a":  1}'),
        ("SELECT 'a, \"b\" (c) \\'", 'a, "b" (c) \\'),
        ("SELECT 'ab'::char(4)", "ab  "),
        ("SELECT 7 AS q", 7),
        ("VALUES (7)", 7),
        ("WITH a AS (SELECT 7 AS n) TABLE a", 7),
        ("SELECT '50%s' -- %s %(x)s {", "50%s"),
    ],
)
def test_values_that_are_right(connection, sql, wanted):
    # What the database or the script had set does not show in a value.
    connection.execute("SET LOCAL DateStyle = 'German'")
    connection.execute("SET LOCAL IntervalStyle = 'iso_8601'")
    connection.execute("SET LOCAL TimeZone = 'Asia/Tokyo'")
    connection.execute("SET LOCAL extra_float_digits = -5")
    verdict = checks.run(connection, check(sql, ExpectValue(wanted)), None)
    assert verdict.ok, verdict


@pytest.mark.parametrize(
    ("sql", "wanted", "words"),
    [
        ("SELECT count(*) FROM tenant", 4, ("the value 4", "the value 3 (bigint)")),
        ("SELECT name FROM tenant WHERE id = 2", "", ("the value ''", "the value NULL (text)")),
        ("SELECT true", False, ("the value false", "the value true (boolean)")),
        ("SELECT 1.10", "1.1", ("the value '1.1'", "the value 1.10 (numeric)")),
    ],
)
def test_values_that_are_wrong(connection, sql, wanted, words):
    verdict = checks.run(connection, check(sql, ExpectValue(wanted)), None)
    assert (verdict.ok, (verdict.wanted, verdict.found)) == (False, words)


def test_a_value_of_several_rows_shows_them(connection):
    assert failure(connection, check("SELECT id FROM tenant ORDER BY id", ExpectValue(1))) == [
        "tenants: check failed",
        "  wanted: the value 1",
        "  found:  3 rows of 1 column",
        "  note:   the query must return one row of one column",
        "  rows:",
        "    id",
        "    --",
        "    1",
        "    2",
        "    3",
    ]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT 1, 2", "1 row of 2 columns"),
        ("SELECT 1 WHERE false", "no row"),
        ("SELECT FROM tenant", "3 rows of no column"),
    ],
)
def test_a_value_of_another_shape_fails(connection, sql, found):
    verdict = checks.run(connection, check(sql, ExpectRange(0, 5)), None)
    assert (verdict.ok, verdict.found) == (False, found)


@pytest.mark.parametrize(("sql", "ok"), [("SELECT 5.0", True), ("SELECT 5.01", False), ("SELECT NULL::int", False)])
def test_ranges(connection, sql, ok):
    assert checks.run(connection, check(sql, ExpectRange(1, 5)), None).ok is ok


def test_columns_that_are_there(connection):
    wanted = (("rent", "numeric(10,2)"), ("id", "int"), ("name", None))
    assert checks.run(connection, check("SELECT * FROM tenant", ExpectColumns(wanted)), None).ok


def test_columns_that_are_missing_or_of_another_type(connection):
    wanted = (("rents", "numeric(10,2)"), ("id", "bigint"), ("name", "text"))
    assert failure(connection, check("SELECT * FROM tenant", ExpectColumns(wanted))) == [
        "tenants: check failed",
        "  wanted: columns rents numeric(10,2), id bigint, name text",
        "  found:  no column rents (did you mean rent?); column id is integer, not bigint",
        "  note:   the result's columns are id integer, name text, rent numeric(10,2)",
    ]


def test_columns_are_read_without_running_the_query(connection):
    work = check("SELECT id, 1 / (id - id) AS never FROM tenant", ExpectColumns((("never", "integer"),)))
    assert checks.run(connection, work, None).ok


# --- equality ---


def test_a_difference_is_shown_from_both_sides(connection):
    work = check("SELECT id, name FROM tenant", EQUALS, "VALUES (1, 'Ann'), (1, 'Ann'), (2, ''), (3, '')")
    assert failure(connection, work) == [
        "tenants: check failed",
        "  wanted: the same rows as the reference query",
        "  found:  2 rows missing, 1 row unexpected",
        "  missing, wanted but not found:",
        "    id | name",
        "    ---+-----",
        "    1  | Ann",
        "    2  | ''",
        "  unexpected, found but not wanted:",
        "    id | name",
        "    ---+-----",
        "    2  | NULL",
    ]


ZOO = [
    "NULL::text",
    "''::text",
    "'NULL'::text",
    "' '::text",
    "1.1",
    "1.10",
    "'0'::float8",
    "'-0'::float8",
    "'NaN'::float8",
    "0.1::float8 + 0.2",
    "'{\"a\": 1}'::json",
    "'{\"a\":1}'::json",
    "point '(1,2)'",
    "ROW(1, NULL)",
    "ROW(1, '')",
    "ARRAY[1, NULL]",
    "ARRAY['a,b']",
    "ARRAY['a', 'b']",
    "'\\xff'::bytea",
    "'a '::char(2)",
    "'a'::char(1)",
    "date 'infinity'",
    "timestamptz '2026-01-01 00:00:00.000001+00'",
    "interval '24 hours'",
    "interval '1 day'",
    "'b \"quoted\" \\ (x,y)'::text",
    "E'line\\nbreak\\ttab'::text",
    "'Zoë 名前 🐘'::text",
    "'e\u0301'::text",
    "'\u00e9'::text",
]


def zoo(connection):
    """The values that this server knows: xml only where it was built with libxml, which the wheels were not."""
    try:
        with connection.transaction():
            connection.execute("SELECT '<a/>'::xml")
    except psycopg.errors.FeatureNotSupported:
        return ZOO
    return [*ZOO, "'<a/>'::xml", "'<a></a>'::xml"]


def test_values_of_every_type_equal_themselves_and_no_other(connection):
    values = zoo(connection)
    verdicts = {
        (a, b): checks.run(connection, check(f"SELECT {a} AS v", EQUALS, f"SELECT {b}"), None).ok
        for a in values
        for b in values
    }
    assert {pair for pair, ok in verdicts.items() if ok} == {(a, a) for a in values}


def test_saved_values_of_every_type_equal_themselves(connection):
    values = zoo(connection)
    sql = " UNION ALL ".join(f"SELECT ROW({value})" for value in values)
    saved = SavedResult.from_json(checks.save(connection, check(sql)).to_json())
    assert saved.row_count == len(values)
    assert checks.run(connection, check(sql, SAVED), saved).ok


def test_types_that_differ_are_said_and_texts_decide(connection):
    verdict = checks.run(connection, check("SELECT 1::numeric AS n", EQUALS, "SELECT 1 AS m"), None)
    assert verdict.ok
    assert "n numeric is integer in the reference query" in verdict.note


def test_numbers_of_columns_that_differ_never_compare(connection):
    # The text of a row cannot tell no column from a single NULL.
    verdict = checks.run(connection, check("SELECT NULL", EQUALS, "SELECT"), None)
    assert (verdict.ok, verdict.found) == (False, "1 column where the reference query has no column")


def test_names_of_our_own_are_not_visible_to_the_query(writable):
    writable.execute("CREATE TABLE differing AS SELECT 1 AS q, 2 AS image, 3 AS times")
    writable.execute("CREATE TABLE ranked AS TABLE differing")
    work = check("SELECT q, image, times FROM differing q", EQUALS, "SELECT * FROM ranked")
    assert checks.run(writable, work, None).ok


def test_a_hostile_search_path_changes_nothing(writable):
    writable.execute("""
        CREATE SCHEMA trap;
        CREATE FUNCTION trap.count(OUT n bigint) LANGUAGE sql AS 'SELECT 0::bigint';
        CREATE FUNCTION trap.sum(integer) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
        CREATE FUNCTION trap.substr(text, integer, integer) RETURNS text LANGUAGE sql AS 'SELECT ''trap''';
        CREATE FUNCTION trap.differ(bigint, integer) RETURNS boolean LANGUAGE sql AS 'SELECT false';
        CREATE OPERATOR trap.<> (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = trap.differ);
        CREATE DOMAIN trap.text AS pg_catalog.text CHECK (false);
        SET LOCAL search_path = trap, pg_catalog, public
    """)
    work = check("SELECT id FROM tenant", EQUALS, "VALUES (1), (2), (4)")
    assert failure(writable, work)[2] == "  found:  1 row missing, 1 row unexpected"
    assert failure(writable, check("SELECT id FROM tenant", ExpectEmpty()))[2] == "  found:  3 rows"


# --- saved results ---


def test_a_saved_result_equals_what_has_not_changed(writable):
    work = check("SELECT * FROM tenant", SAVED)
    saved = checks.save(writable, work)
    assert checks.run(writable, work, saved).ok
    writable.execute("UPDATE tenant SET name = 'Bea' WHERE id = 2")
    assert failure(writable, work, saved) == [
        "tenants: check failed",
        "  wanted: the same rows as the saved result before",
        "  found:  1 row missing, 1 row unexpected",
        "  missing, wanted but not found:",
        "    id | name | rent",
        "    ---+------+-------",
        "    2  | NULL | 620.50",
        "  unexpected, found but not wanted:",
        "    id | name | rent",
        "    ---+------+-------",
        "    2  | Bea  | 620.50",
    ]


def test_an_empty_result_may_be_saved(connection):
    work = check("SELECT * FROM tenant WHERE false", SAVED)
    saved = checks.save(connection, work)
    assert (saved.row_count, len(saved.columns)) == (0, 3)
    assert checks.run(connection, work, saved).ok


def test_a_saved_result_is_bounded(connection):
    limit = results.KEPT_ROWS
    assert checks.save(connection, check(f"SELECT generate_series(1, {limit})")).row_count == limit
    with pytest.raises(StepFailed, match="more rows") as caught:
        checks.save(connection, check(f"SELECT generate_series(1, {limit + 1})"))
    assert "aggregate" in caught.value.hint
    with pytest.raises(StepFailed, match="at most 10,000 rows and 16 MB"):
        checks.save(connection, check("SELECT repeat('x', 1024 * 1024) FROM generate_series(1, 17)"))


def test_a_result_that_was_never_saved_is_named(connection):
    with pytest.raises(StepFailed, match="nothing was saved as before") as caught:
        checks.run(connection, check("SELECT 1", SAVED), None)
    assert "save_as: before" in caught.value.hint


# --- SHOW and EXPLAIN ---


def test_show_and_explain_are_judged_too(connection):
    show = check("SHOW work_mem -- now", ExpectValue("4MB"), tag="variable_show")
    connection.execute("SET LOCAL work_mem = '4MB'")
    assert checks.run(connection, show, None).ok
    connection.execute("SET LOCAL work_mem = '8MB'")
    assert failure(connection, show)[2] == "  found:  the value '8MB' (text)"
    explain = check("EXPLAIN (COSTS off) SELECT * FROM tenant", ExpectRows(1, 1), tag="explain")
    assert checks.run(connection, explain, None).ok
    assert checks.run(connection, explain, None).found == "1 row"
    saved = checks.save(connection, explain)
    assert checks.run(connection, check(explain.query.text, SAVED, tag="explain"), saved).ok
    changed = check("EXPLAIN (COSTS off) SELECT 1", SAVED, tag="explain")
    assert any("Seq Scan on tenant" in line for line in failure(connection, changed, saved))


def test_explain_in_json_is_kept_as_its_text(connection):
    work = check("EXPLAIN (FORMAT json, COSTS off) SELECT 1", tag="explain")
    assert '""Node Type"": ""Result""' in checks.save(connection, work).images[0][0]


# --- a check only reads ---


WRITES = [
    "SELECT * FROM tenant FOR UPDATE",
    "SELECT nextval('counter')",
    "SELECT pruned() FROM tenant",
    "SELECT made_writable()",
]


@pytest.mark.parametrize("sql", WRITES)
def test_an_assert_cannot_write_inside_a_writing_transaction(writable, sql):
    writable.execute("""
        CREATE SEQUENCE counter;
        CREATE FUNCTION pruned() RETURNS integer LANGUAGE plpgsql AS $$
            BEGIN DELETE FROM tenant; RETURN 1; END $$;
        CREATE FUNCTION made_writable() RETURNS integer LANGUAGE plpgsql AS $$
            BEGIN PERFORM set_config('transaction_read_only', 'off', true); DELETE FROM tenant; RETURN 1; END $$;
        UPDATE tenant SET name = 'Cleo' WHERE id = 1
    """)
    with pytest.raises(StepFailed):
        checks.run(writable, check(sql, ExpectEmpty()), None)
    # What the step had done is still there, and the step may go on writing.
    names = writable.execute("UPDATE tenant SET rent = 1 RETURNING coalesce(name, '-')").fetchall()
    assert sorted(names) == [("",), ("-",), ("Cleo",)]


@pytest.mark.parametrize("sql", WRITES[:3])
def test_the_server_s_refusal_is_put_in_our_words(writable, sql):
    writable.execute("CREATE SEQUENCE counter")
    writable.execute("CREATE FUNCTION pruned() RETURNS int LANGUAGE sql AS 'DELETE FROM tenant; SELECT 1'")
    with pytest.raises(StepFailed, match=r"plan\.yaml:10:12: a check only reads: cannot execute") as caught:
        checks.run(writable, check(sql, ExpectValue(1)), None)
    assert not isinstance(caught.value, StatementFailed)
    assert "migrate step" in caught.value.hint


@pytest.mark.parametrize(
    ("sql", "tag", "writes"),
    [
        ("COMMIT", "transaction", ()),
        ("SET work_mem = '1MB'", "variable_set", ()),
        ("WITH gone AS (DELETE FROM tenant RETURNING *) SELECT * FROM gone", "select", (Name(None, "tenant"),)),
        ("DELETE FROM tenant", "delete", (Name(None, "tenant"),)),
    ],
)
def test_what_is_no_query_is_refused_unsent(writable, sql, tag, writes):
    work = CheckWork(statement(sql, tag, writes), script(sql), ExpectEmpty(), None, None, Severity.ERROR)
    with pytest.raises(StepFailed, match="a check only reads"):
        checks.run(writable, work, None)
    assert writable.execute("SELECT count(*) FROM tenant").fetchone() == (3,)


def test_explain_analyze_cannot_write(writable):
    with pytest.raises(StepFailed, match="a check only reads"):
        checks.run(writable, check("EXPLAIN ANALYZE DELETE FROM tenant", None, tag="explain"), None)
    assert writable.execute("SELECT count(*) FROM tenant").fetchone() == (3,)


def test_a_text_cannot_leave_its_parentheses(writable):
    writable.execute("DELETE FROM tenant WHERE id = 1")
    text = "SELECT 1) q; COMMIT; DELETE FROM tenant; SELECT * FROM (SELECT 1"
    for expect in (ExpectEmpty(), ExpectValue(1), ExpectColumns(()), EQUALS):
        with pytest.raises(StatementFailed, match="multiple commands"):
            checks.run(writable, check(text, expect, text), None)
    assert writable.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    assert writable.execute("SELECT count(*) FROM tenant").fetchone() == (2,)


def test_a_check_leaves_nothing_behind(writable):
    """Temporary tables may be written in a read-only transaction; going back takes that away as well."""
    writable.execute("""
        CREATE TEMPORARY TABLE seen (n integer);
        CREATE FUNCTION note() RETURNS integer LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO seen VALUES (1); PERFORM set_config('work_mem', '1MB', true); RETURN 1; END $$;
        SET LOCAL work_mem = '7MB'; SET LOCAL DateStyle = 'German'
    """)
    assert checks.run(writable, check("SELECT note()", ExpectValue(1)), None).ok
    assert writable.execute("SELECT count(*) FROM seen").fetchone() == (0,)
    assert writable.execute("SHOW work_mem").fetchone() == ("7MB",)
    assert writable.execute("SHOW transaction_read_only").fetchone() == ("off",)
    assert writable.execute("SHOW DateStyle").fetchone() == ("German, DMY",)


# --- errors of the server ---


def test_an_error_is_shown_where_it_was_written(connection):
    text = 'SELECT id,\n       nme AS "é"\nFROM tenant'
    with pytest.raises(StatementFailed) as caught:
        checks.run(connection, check(text, ExpectEmpty()), None)
    error = caught.value
    assert error.sqlstate == "42703"
    assert error.place == Place("check.sql", 101, 8)
    assert error.excerpt == '           nme AS "é"\n           ^'
    assert error.message == 'column "nme" does not exist (SQLSTATE 42703)'
    assert str(error).startswith("check.sql:101:8: column")


@pytest.mark.parametrize("expect", [ExpectEmpty(), ExpectValue(1), ExpectColumns(()), EQUALS, ExpectRows(1, 1)])
def test_the_place_is_right_whatever_we_put_around_the_query(connection, expect):
    with pytest.raises(StatementFailed) as caught:
        checks.run(connection, check("SELECT '名前', nme FROM tenant", expect, "SELECT 1"), None)
    assert caught.value.excerpt == "    SELECT '名前', nme FROM tenant\n                   ^"
    assert caught.value.place == Place("check.sql", 100, 14)


def test_an_error_in_the_reference_is_told_of_the_reference(connection):
    other = "SELECT 1\nFROM nowhere"
    work = check("SELECT 1", EQUALS, other)
    with pytest.raises(StatementFailed) as caught:
        checks.run(connection, work, None)
    assert caught.value.place == Place("plan.yaml", 11, 6)
    with pytest.raises(StatementFailed) as caught:
        checks.run(connection, check("SELECT 1", EQUALS, other, reference_script=script(other)), None)
    assert caught.value.place == Place("check.sql", 101, 6)
    assert caught.value.excerpt == "    FROM nowhere\n         ^"


def test_a_query_that_ends_too_early(connection):
    with pytest.raises(StatementFailed) as caught:
        checks.run(connection, check("SELECT id FROM", ExpectEmpty()), None)
    assert caught.value.excerpt == "    SELECT id FROM\n                  ^"


def test_an_error_inside_a_function_shows_its_query(writable):
    writable.execute("""
        CREATE FUNCTION broken() RETURNS integer LANGUAGE plpgsql AS $$
            BEGIN RETURN (SELECT nme FROM tenant); END $$
    """)
    with pytest.raises(StatementFailed, match=r"PL/pgSQL function broken\(\) line 2") as caught:
        checks.run(writable, check("SELECT broken()", ExpectValue(1)), None)
    assert "SELECT nme FROM tenant" in caught.value.excerpt
    assert caught.value.place == Place("check.sql", 100, 1)


def test_a_hostile_server_message_cannot_command_the_terminal(writable):
    writable.execute("""
        CREATE FUNCTION hostile() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN
            RAISE EXCEPTION USING MESSAGE = E'\\x1b[2Jm', DETAIL = E'\\x1b[2Jd\\nline', HINT = E'\\x1b[2Jh';
        END $$
    """)
    with pytest.raises(StatementFailed) as caught:
        checks.run(writable, check("SELECT hostile()", ExpectValue(1)), None)
    text = str(caught.value)
    assert "\x1b" not in text
    assert "\\x1b[2Jm" in text
    assert "\\x1b[2Jd" in text
    assert "\\x1b[2Jh" in text


def test_a_run_time_error_of_the_comparison_leaves_the_transaction_usable(writable):
    with pytest.raises(StatementFailed, match="division by zero"):
        checks.run(writable, check("SELECT 1 / (id - 1) FROM tenant", EQUALS, "SELECT 1"), None)
    assert writable.execute("SELECT count(*) FROM tenant").fetchone() == (3,)


def test_a_connection_lost_under_a_check_is_its_first_and_only_error(database):
    with database.connect() as victim:
        victim.execute("BEGIN")
        with pytest.raises(StatementFailed, match="terminating connection") as caught:
            checks.run(victim, check("SELECT pg_terminate_backend(pg_backend_pid())", ExpectValue(1)), None)
        assert caught.value.sqlstate == "57P01"
        assert victim.broken


def test_an_error_that_the_server_did_not_send_has_no_sqlstate():
    error = faults.statement_failed(
        psycopg.OperationalError("the connection\nis lost\x07"), statement("SELECT 1"), None
    )
    assert (error.sqlstate, error.message, error.excerpt) == ("", "the connection is lost\\x07", "")
    assert error.place == PLACE


# --- size ---


def resident_peak():
    """The most memory that this process ever held, in bytes; macOS counts in bytes, others in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@pytest.mark.majors(*LONGEST_MAJORS)
def test_a_million_rows_are_compared_without_reading_them(database):
    with database.connect() as connection:
        connection.execute("""
            CREATE TABLE big AS SELECT n, 'tenant ' || n AS name, n * 1.5 AS rent
            FROM generate_series(1, 1000000) n
        """)
        before = resident_peak()
        tracemalloc.start()
        with transaction(connection):
            same = checks.run(connection, check("TABLE big", EQUALS, "SELECT * FROM big ORDER BY n DESC"), None)
            shifted = check("SELECT n, name, rent FROM big", EQUALS, "SELECT n + 500000, name, rent FROM big")
            other = checks.run(connection, shifted, None)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        grown = resident_peak() - before
    assert same.ok
    assert other.found == "1,000,000 rows missing, 1,000,000 rows unexpected"
    assert [len(side.rows) for side in other.rows] == [10, 10]
    assert peak < 4 * 1024**2
    assert grown < 16 * 1024**2


def test_large_values_of_offending_rows_are_cut_in_the_server(connection):
    tracemalloc.start()
    verdict = checks.run(connection, check("SELECT repeat('x', 50000000), 1", EQUALS, "SELECT 'y', 1"), None)
    rows = checks.run(connection, check("SELECT repeat('x', 50000000), 1", ExpectEmpty()), None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "1 row unexpected" in verdict.found
    assert rows.rows[0].rows[0][1] == "…"
    assert peak < 4 * 1024**2
