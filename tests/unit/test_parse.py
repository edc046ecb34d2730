"""Splitting scripts with PostgreSQL's grammar: exact text, places, names, and what is refused."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planrun.core.script import Name, Script
from planrun.edges.parse import closes_what_it_opens, single, statements
from planrun.errors import Place, PlanInvalid


def script(text):
    return Script(text, tuple(Place("s.sql", line) for line in range(1, text.count("\n") + 2)), "s.sql")


def one(text):
    (statement,) = statements(script(text))
    return statement


def faults(text, read=statements):
    with pytest.raises(PlanInvalid) as raised:
        read(script(text))
    return raised.value.faults


# --- text and places ---------------------------------------------------------------------------

TEXTS = st.sampled_from(
    [
        "SELECT 1",
        "select ';', $$;$$, $é$ ; -- /* $é$, E'\\';', \"a;b\"",
        "INSERT INTO t VALUES ('é€𝄞', /* in; side */ 2)",
        "UPDATE t -- why; not\nSET a = 1",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
        "DO $do$ BEGIN PERFORM 1; END $do$",
        "DELETE FROM \"naïve;\" WHERE x = '{{1,2}}'",
        "CREATE TABLE t (\r\n  a int\r\n)",
    ]
)
GAPS = st.sampled_from([";", " ;\n", ";\n-- é; between\n", "; /* ; */ ", ";;\n\n", " -- tail\n;\n", "/* tail */;"])


@given(st.lists(st.tuples(TEXTS, GAPS)))
def test_any_list_of_statements_comes_out_as_it_went_in(written):
    found = statements(script("".join(text + gap for text, gap in written)))
    assert [statement.text for statement in found] == [text for text, _ in written]


@given(st.lists(st.tuples(TEXTS, GAPS), min_size=1))
def test_a_place_is_that_of_the_first_character(written):
    text = "".join(text + gap for text, gap in written)
    lines = text.split("\n")
    for statement in statements(script(text)):
        place = statement.place
        assert lines[place.line - 1][place.column - 1 :].startswith(statement.text.split("\n")[0])


def test_the_last_statement_needs_no_semicolon_and_keeps_no_tail():
    assert one("/* head */ SELECT 1 -- tail").text == "SELECT 1"


@pytest.mark.parametrize("text", ["", " \n", ";;", "-- nothing\n", "/* a; b */"])
def test_a_script_without_statements(text):
    assert statements(script(text)) == ()


def test_deep_expressions_are_read():
    assert one("SELECT " + " || ".join(["a"] * 2_000)).tag == "select"
    assert one(" UNION ALL ".join(["SELECT 1"] * 500)).tag == "select"


def test_the_time_grows_with_the_number_of_statements_and_no_faster():
    def seconds(number):
        text = script("".join(f"UPDATE t{n} SET a = a + 1 WHERE b IN (SELECT b FROM u{n});\n" for n in range(number)))
        start = time.process_time()
        assert len(statements(text)) == number
        return time.process_time() - start

    seconds(100)  # the first use loads the parser
    # Ten times as much; were each statement looked for from the start of the text, a hundred times.
    assert min(seconds(2_000) for _ in range(3)) < 40 * min(seconds(200) for _ in range(3))


# --- tags and names ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "tag", "names", "writes"),
    [
        ("INSERT INTO s.t SELECT * FROM u", "insert", "s.t u", "s.t"),
        ("UPDATE t SET a = 1 FROM u WHERE EXISTS (SELECT FROM v)", "update", "t u v", "t"),
        ("DELETE FROM t USING u", "delete", "t u", "t"),
        ("MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE", "merge", "t u", "t"),
        ("INSERT INTO t (a) SELECT nextval('s')", "insert", "t", "t"),
        ("TRUNCATE t, s.u", "truncate", "t s.u", "t s.u"),
        ("SELECT * FROM ONLY t TABLESAMPLE system (1)", "select", "t", ""),
        ("VALUES (1)", "select", "", ""),
        ("WITH w AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT * FROM w", "insert", "u t", "u t"),
        ("WITH t AS (SELECT * FROM t) SELECT * FROM t, s.t", "select", "t s.t", ""),
        ("WITH RECURSIVE t AS (SELECT * FROM t) SELECT * FROM t", "select", "", ""),
        ("WITH t AS (SELECT 1) UPDATE t SET a = 1", "update", "t", "t"),
        ("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u", "alter_table", "t u", ""),
        ("CREATE TABLE t (a int REFERENCES u, LIKE v)", "create_table", "t u v", ""),
        ("CREATE TABLE t AS SELECT * FROM u", "create_table_as", "t u", ""),
        ("SELECT * INTO t FROM u", "create_table_as", "t u", ""),
        ("CREATE MATERIALIZED VIEW m AS SELECT * FROM t", "create_materialized_view", "m t", ""),
        ("CREATE VIEW v AS SELECT * FROM t", "create_view", "v t", ""),
        ("CREATE INDEX i ON s.t (a)", "create_index", "s.i s.t", ""),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "create_function", "", ""),
        ("CREATE SEQUENCE q OWNED BY s.t.a", "create_sequence", "q s.t", ""),
        ("ALTER SEQUENCE q OWNED BY NONE", "alter_sequence", "q", ""),
        ("DROP TABLE s.t, u", "drop", "s.t u", ""),
        ("DROP VIEW v", "drop", "v", ""),
        ("DROP INDEX s.i", "drop", "s.i", ""),
        ("DROP SEQUENCE q", "drop", "q", ""),
        ("DROP TRIGGER x ON s.t", "drop", "s.t", ""),
        ("DROP TYPE y", "drop", "", ""),
        ("ALTER TABLE s.t RENAME TO u", "rename", "s.t s.u", ""),
        ("ALTER TABLE t RENAME a TO b", "rename", "t", ""),
        ("COMMENT ON TABLE t IS 'x'", "comment", "t", ""),
        ("COMMENT ON COLUMN s.t.a IS 'x'", "comment", "s.t", ""),
        ("COMMENT ON CONSTRAINT c ON s.t IS 'x'", "comment", "s.t", ""),
        ("COMMENT ON FUNCTION f() IS 'x'", "comment", "", ""),
        ("GRANT SELECT ON t TO public", "grant", "t", ""),
        ("REVOKE SELECT ON t FROM public", "revoke", "t", ""),
        ("DO $$ BEGIN END $$", "do", "", ""),
        ("SET LOCAL lock_timeout = '1s'", "set", "", ""),
        ("ANALYZE t", "analyze", "t", ""),
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY m", "refresh_materialized_view", "m", ""),
    ],
)
def test_tag_and_names(sql, tag, names, writes):
    statement = one(sql)
    assert statement.tag == tag
    assert sorted(map(str, statement.names)) == sorted(names.split())
    assert sorted(map(str, statement.writes)) == sorted(writes.split())


def test_names_are_as_the_server_folds_them():
    assert one('SELECT * FROM App.Tenants, "App"."Tenants"').names == (Name("app", "tenants"), Name("App", "Tenants"))


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        *("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", "RELEASE a", "ROLLBACK TO a", "PREPARE TRANSACTION 'x'"),
        *("START TRANSACTION", "END", "ABORT", "COMMIT PREPARED 'x'", "SET TRANSACTION READ ONLY"),
        *("COPY t FROM STDIN", "COPY t TO STDOUT", "COPY (SELECT 1) TO STDOUT"),
        *("CREATE INDEX CONCURRENTLY i ON t (a)", "DROP INDEX CONCURRENTLY i", "REINDEX TABLE CONCURRENTLY t"),
        *("REINDEX (CONCURRENTLY) TABLE t", "REINDEX SCHEMA s", "VACUUM", "VACUUM FULL t", "CLUSTER"),
        *("CREATE DATABASE d", "DROP DATABASE d", "ALTER DATABASE d SET TABLESPACE x", "ALTER SYSTEM SET a = 1"),
        *("CREATE TABLESPACE x LOCATION '/x'", "DROP TABLESPACE x", "ALTER TABLE t DETACH PARTITION p CONCURRENTLY"),
        "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p",
        *("SET search_path = a", "SET SESSION a.b = 1", "RESET ALL", "RESET a.b", "SET ROLE x", "SET TIME ZONE 'UTC'"),
        *("SET SESSION AUTHORIZATION x", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"),
        *("DISCARD ALL", "LISTEN x", "UNLISTEN x", "LOAD 'x'", "PREPARE a AS SELECT 1", "EXECUTE a", "DEALLOCATE a"),
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
    ],
)
def test_what_a_script_cannot_hold(sql):
    (fault,) = faults(f"SELECT 1;\n  {sql}; SELECT 2")
    assert fault.place == Place("s.sql", 2, 3)


@pytest.mark.parametrize(
    "sql",
    [
        *("SET LOCAL a.b = 1", "SET LOCAL ROLE x", "SET CONSTRAINTS ALL DEFERRED", "CLUSTER t"),
        *("REINDEX TABLE t", "DECLARE c CURSOR FOR SELECT 1", "ALTER TABLE t DETACH PARTITION p", "DROP INDEX i"),
        *("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (create_slot = false)", "NOTIFY x", "LOCK t"),
        *(
            "CREATE PROCEDURE p() LANGUAGE sql SET a.b = 1 AS 'SELECT 1'",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET a.b = 1 AS 'SELECT 1'",
        ),
    ],
)
def test_what_looks_like_it_and_may_stay(sql):
    assert one(sql).text == sql


def test_all_refused_statements_are_reported():
    assert [fault.place.line for fault in faults("BEGIN;\nSELECT 1;\nVACUUM;\nCOMMIT")] == [1, 3, 4]


def test_every_backslash_command_is_reported_and_the_syntax_error_after_them():
    found = faults("\\set ON_ERROR_STOP on\nSELECT 'é\\x';\n  \\i other.sql\nSELECT 1 \\gset\n;SELECT FROM FROM")
    assert [fault.message.split("\n")[0] for fault in found] == [
        r"\set is a command of psql, not SQL",
        r"\i is a command of psql, not SQL",
        r"\gset is a command of psql, not SQL",
        'syntax error at or near "FROM"',
    ]
    assert [str(fault.place) for fault in found] == ["s.sql:1:1", "s.sql:3:3", "s.sql:4:10", "s.sql:5:14"]


def test_a_syntax_error_points_at_the_character_not_the_byte():
    (fault,) = faults("SELECT 1;\nSELECT 'éé€𝄞', 2 FORM t x")
    assert fault.place == Place("s.sql", 2, 23)
    message, line, caret = fault.message.split("\n")
    assert message == 'syntax error at or near "t"'
    assert line[caret.index("^")] == "t"


def test_rows_after_copy_from_stdin_get_a_hint_of_their_own():
    (fault,) = faults("COPY t FROM stdin;\n1\tx\n\\.\n")
    assert "INSERT" in fault.hint


def test_a_nul_character_does_not_hide_what_follows():
    (fault,) = faults("SELECT 1;\n\0DROP TABLE t")
    assert fault.place == Place("s.sql", 2, 1)


# --- queries -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql", ["SELECT 1", "VALUES (1)", "TABLE t", "WITH a AS (SELECT 1) SELECT * FROM a", "(SELECT 1)"]
)
def test_queries(sql):
    assert single(script(f"{sql} ;\n"), for_copy=True).text == sql


@pytest.mark.parametrize("sql", ["SHOW server_version", "EXPLAIN SELECT 1", "EXPLAIN UPDATE t SET a = 1"])
def test_checks_may_ask_the_server_too_but_exports_may_not(sql):
    assert single(script(sql)).text == sql
    (fault,) = faults(sql, lambda text: single(text, for_copy=True))
    assert "wanted a query" in fault.message


@pytest.mark.parametrize(
    "sql",
    [
        *("", "SELECT 1; SELECT 2", "UPDATE t SET a = 1 RETURNING a", "SELECT 1 INTO t", "DO 'x'", "CALL f()"),
        "WITH w AS (DELETE FROM t RETURNING *) SELECT * FROM w",
    ],
)
def test_what_is_no_single_query_that_reads(sql):
    (fault,) = faults(sql, single)
    assert fault.place.file == "s.sql"


@pytest.mark.parametrize("fragment", ["a = 1", "a IN (1, 2) -- )", "a = ')'", "$$)$$ = a", "", "a /* ( */"])
def test_fragments_that_may_stand_in_parentheses(fragment):
    assert closes_what_it_opens(fragment)


@pytest.mark.parametrize("fragment", ["true) OR (true", "(a", "a)", "a; b"])
def test_fragments_that_may_not(fragment):
    assert not closes_what_it_opens(fragment)


def test_a_fragment_with_an_open_quote_is_a_fault():
    with pytest.raises(PlanInvalid):
        closes_what_it_opens("a = 'x")
