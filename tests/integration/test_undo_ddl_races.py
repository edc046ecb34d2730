"""What another session defines between our look at a relation and our lock on it is no part of the way back."""

from __future__ import annotations

import pytest

from planrun.edges.postgres.migrate import Migration
from planrun.edges.postgres.sending import Sending
from planrun.errors import NotReversible
from undo_case import Case

SETUP = """
CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b');
CREATE TABLE u (id int PRIMARY KEY, w int DEFAULT 1, x text); COMMENT ON TABLE u IS 'of old';
CREATE INDEX u_w ON u (w);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER tg BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION f();
CREATE VIEW vw AS SELECT id FROM t; COMMENT ON COLUMN u.w IS 'of old';
CREATE FUNCTION alters() RETURNS void LANGUAGE sql AS 'ALTER TABLE u SET (fillfactor = 50)';
"""
OPTION = "ALTER TABLE u SET (fillfactor = 50)"
ROWS = "UPDATE t SET v = 'z' WHERE id = 1"

RACES = {
    "grant": ("GRANT SELECT ON u TO case_reader", OPTION, "SELECT relacl::text ~ 'case_reader' FROM pg_class", "u"),
    "both_grant": (
        "GRANT SELECT ON u TO case_reader",
        "GRANT UPDATE ON u TO case_writer",
        "SELECT relacl::text ~ 'case_reader' AND relacl::text !~ 'case_writer' FROM pg_class",
        "u",
    ),
    "grant_of_column": (
        "GRANT SELECT (w) ON u TO case_reader",
        OPTION,
        "SELECT (SELECT attacl IS NOT NULL FROM pg_attribute WHERE attrelid = c.oid AND attnum = 2) FROM pg_class c",
        "u",
    ),
    "rename": (
        "ALTER TABLE u RENAME COLUMN w TO w2",
        OPTION,
        "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'w2') FROM pg_class c",
        "u",
    ),
    "not_null": (
        "ALTER TABLE u ALTER w SET NOT NULL",
        OPTION,
        "SELECT (SELECT attnotnull FROM pg_attribute WHERE attrelid = c.oid AND attname = 'w') FROM pg_class c",
        "u",
    ),
    "default": (
        "ALTER TABLE u ALTER w SET DEFAULT 7",
        "ALTER TABLE u ALTER x SET DEFAULT 'x'",
        "SELECT (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = c.oid) = '7' FROM pg_class c",
        "u",
    ),
    "option": (
        "ALTER TABLE u SET (autovacuum_enabled = off)",
        OPTION,
        "SELECT reloptions = '{autovacuum_enabled=off}' FROM pg_class",
        "u",
    ),
    "option_in_function": (
        "ALTER TABLE u SET (autovacuum_enabled = off)",
        "SELECT count(*) FROM u; SELECT alters()",
        "SELECT reloptions = '{autovacuum_enabled=off}' FROM pg_class",
        "u",
    ),
    "row_security": (
        "ALTER TABLE u ENABLE ROW LEVEL SECURITY",
        OPTION,
        "SELECT relrowsecurity FROM pg_class",
        "u",
    ),
    "index_renamed": ("ALTER INDEX u_w RENAME TO mine", OPTION, "SELECT true FROM pg_class", "mine"),
    "index_dropped": ("DROP INDEX u_w", OPTION, "SELECT count(*) = 0 FROM pg_class", "u_w"),
    "index_made": ("CREATE INDEX mine ON u (x)", OPTION, "SELECT true FROM pg_class", "mine"),
    "trigger_off": (
        "ALTER TABLE u DISABLE TRIGGER tg",
        OPTION,
        "SELECT (SELECT tgenabled = 'D' FROM pg_trigger WHERE tgrelid = c.oid) FROM pg_class c",
        "u",
    ),
    "comment": (
        "COMMENT ON TABLE u IS 'theirs'",
        OPTION,
        "SELECT obj_description(oid, 'pg_class') = 'theirs' FROM pg_class",
        "u",
    ),
    "comment_of_both": (
        "COMMENT ON TABLE u IS 'theirs'",
        "COMMENT ON TABLE u IS 'ours'",
        "SELECT obj_description(oid, 'pg_class') = 'theirs' FROM pg_class",
        "u",
    ),
    "comment_removed": (
        "COMMENT ON COLUMN u.w IS NULL",
        OPTION,
        "SELECT col_description(oid, 2::smallint) IS NULL FROM pg_class",
        "u",
    ),
    "view": (
        "CREATE OR REPLACE VIEW vw AS SELECT id + 1 AS id FROM t",
        "DROP VIEW vw",
        "SELECT pg_get_viewdef(oid) ~ '1' FROM pg_class",
        "vw",
    ),
    "view_of_a_table": (
        "CREATE OR REPLACE VIEW vw AS SELECT id + 1 AS id FROM t",
        "DROP VIEW vw; ALTER TABLE t ALTER id TYPE bigint",
        "SELECT pg_get_viewdef(oid) ~ '1' FROM pg_class",
        "vw",
    ),
}


@pytest.fixture
def tries(monkeypatch):
    """Let another session send something when the step has begun, before it alters anything."""

    def let(database, statements):
        send, tried = Migration._statement, []

        def hooked(migration, statement, scope):
            if statement.text != ROWS:
                tried.append(statement)
                if text := next(statements, None):
                    with database.connect() as other:
                        other.execute("SET statement_timeout = '10s'")
                        other.execute(text)
            return send(migration, statement, scope)

        monkeypatch.setattr(Migration, "_statement", hooked)
        return tried

    return let


def prepared(database, change, *more):
    sections = (("setup", SETUP), ("change", f"{ROWS}; {change}"))
    case = Case("race", sections, more)
    case.prepare(database)
    return case


VIEWS = [name for name in RACES if name.startswith("view")]

in_both_ways = pytest.mark.parametrize("together", [False, True], ids=["step", "plan"])


@in_both_ways
@pytest.mark.parametrize("race", [name for name in RACES if name not in VIEWS])
def test_what_another_session_defines_before_our_lock_stays(database, tries, race, together):
    stays(database, tries, race, together)


# On 15 the other session waits for the end of the step: there is no race to lose.
@pytest.mark.majors(16, 18)
@in_both_ways
@pytest.mark.parametrize("race", VIEWS)
def test_what_another_session_defines_of_a_view_before_our_lock_stays(database, tries, race, together):
    stays(database, tries, race, together)


def stays(database, tries, race, together):
    meanwhile, change, wanted, relation = RACES[race]
    case = prepared(database, change, *([("transaction", "plan")] if together else []))
    tried = tries(database, iter([meanwhile]))
    case.apply(database).back()
    assert len(tried) > 1
    with database.connect() as connection:
        look = f"{wanted} WHERE relname = '{relation}'"
        assert connection.execute(look).fetchall() == [(True,)]
        assert connection.execute("SELECT v FROM t WHERE id = 1").fetchall() == [("a",)]


def test_a_step_that_alters_runs_once(database, tries):
    tried = tries(database, iter([]))
    prepared(database, OPTION).apply(database).back()
    assert len(tried) == 1


def test_what_another_session_defines_elsewhere_runs_nothing_again(database, tries):
    case = prepared(database, OPTION)
    tried = tries(database, iter(["CREATE TABLE elsewhere (id int); GRANT SELECT ON elsewhere TO case_reader"]))
    case.apply(database).back()
    assert len(tried) == 1


def test_a_relation_that_another_session_defines_each_time_is_refused(database, tries):
    case = prepared(database, OPTION)
    tries(database, (f"COMMENT ON COLUMN u.x IS '{number}'" for number in range(100)))
    with pytest.raises(NotReversible, match="each time"):
        case.apply(database)


@pytest.mark.parametrize("race", ["grant", "not_null", "trigger_off", "comment"])
def test_what_another_session_defines_before_the_locks_of_a_rollback_outlasts_its_own_rollback(
    database, monkeypatch, race
):
    meanwhile, change, wanted, relation = RACES[race]
    ran = prepared(database, change).apply(database)
    back, tried = Sending.back, []

    def hooked(sending, first=0):
        if not tried:
            with database.connect() as other:
                other.execute("SET statement_timeout = '10s'")
                other.execute(meanwhile)
        tried.append(sending)
        return back(sending, first)

    monkeypatch.setattr(Sending, "back", hooked)
    ran.back().back()
    assert len(tried) == 3  # the rollback, once more, and its own
    with database.connect() as connection:
        look = f"{wanted} WHERE relname = '{relation}'"
        assert connection.execute(look).fetchall() == [(True,)]
        assert connection.execute("SELECT v FROM t WHERE id = 1").fetchall() == [("z",)]
