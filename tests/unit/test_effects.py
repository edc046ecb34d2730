"""What a script may not do beyond its transaction, what it may when the plan answers for it, and what is noted."""

from __future__ import annotations

import pytest

from planrun.core.script import Script
from planrun.edges.parse import single, statements
from planrun.errors import Place, PlanInvalid

OUTSIDE = [
    *("COPY t FROM PROGRAM 'ls'", "COPY t TO PROGRAM 'cat'", "COPY t FROM '/x'", "COPY (SELECT 1) TO '/x'"),
    *("SELECT lo_export(1, '/x')", "SELECT lo_import('/x')", "INSERT INTO t SELECT pg_catalog.pg_read_file('/x')"),
    *("SELECT pg_file_write('/x', 'y', false)", "SELECT admin.pg_file_unlink('/x')", "SELECT pg_ls_dir('.')"),
    *("SELECT pg_terminate_backend(1)", "SELECT pg_reload_conf()", "SELECT pg_drop_replication_slot('s')"),
    *("SELECT * FROM dblink('a', 'b') AS t (i int)", "SELECT ext.dblink_exec('a', 'b')", "CALL dblink_do()"),
    "UPDATE t SET a = (WITH w AS (SELECT dblink_connect('a')) SELECT 1 FROM w)",
    "DO $$ BEGIN PERFORM dblink_exec('a', 'b'); END $$",
    "DO $$ BEGIN PERFORM \"pg_read_file\" ('/x'); END $$",
    *("DO $$ BEGIN COPY t FROM '/x'; END $$", "DO $$ BEGIN COPY t TO PROGRAM 'cat'; END $$"),
    *("CREATE TABLE n AS SELECT pg_read_file('/x')", "EXPLAIN ANALYZE SELECT pg_read_file('/x')"),
]
LASTING = [
    *("ALTER TYPE mood ADD VALUE 'new'", "CREATE EXTENSION pgcrypto", "ALTER EXTENSION pgcrypto UPDATE"),
    *("DROP EXTENSION pgcrypto", "ALTER EXTENSION pgcrypto ADD TABLE t", "CREATE ROLE r", "CREATE USER r"),
    *("DROP ROLE r", "ALTER ROLE r CREATEDB", "GRANT r TO s"),
    *("ALTER ROLE r SET work_mem = '1MB'", "ALTER DATABASE d SET work_mem = 1"),
    *("SECURITY LABEL ON TABLE t IS 'x'", "CREATE USER MAPPING FOR r SERVER s", "DROP USER MAPPING FOR r SERVER s"),
    *("CREATE FOREIGN TABLE f (a int) SERVER s", "IMPORT FOREIGN SCHEMA a FROM SERVER s INTO b"),
]
PERHAPS = [
    *("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'new'", "CREATE EXTENSION IF NOT EXISTS pgcrypto"),
    *("DROP EXTENSION IF EXISTS pgcrypto", "DROP ROLE IF EXISTS r", "DROP USER MAPPING IF EXISTS FOR r SERVER s"),
    *("CREATE USER MAPPING IF NOT EXISTS FOR r SERVER s", "CREATE FOREIGN TABLE IF NOT EXISTS f (a int) SERVER s"),
    *("ALTER TYPE mood RENAME VALUE 'a' TO 'b'", "GRANT SELECT ON t TO r", "DROP TABLE t"),
    *("DO $$ BEGIN CREATE ROLE r; END $$", "CREATE TYPE mood AS ENUM ('a'); ALTER TYPE mood ADD VALUE 'b'"),
    "CREATE TYPE new AS ENUM ('a'); ALTER TYPE s.new RENAME TO mood; ALTER TYPE s.mood ADD VALUE 'b'",
]
SESSION = [
    *("SELECT pg_advisory_lock(1)", "SELECT pg_try_advisory_lock_shared(1)", "SELECT pg_advisory_unlock_all()"),
    *("SELECT set_config('a.b', 'c', false)", "SELECT pg_catalog.set_config('a.b', 'c', x) FROM t"),
    *("DO $$ BEGIN PERFORM pg_advisory_lock(1); END $$", "DO $$ BEGIN PERFORM set_config('a', 'b', false); END $$"),
]
NOTED = [
    ("NOTIFY x, 'y'", "NOTIFY sends a notification at COMMIT"),
    ("SELECT pg_notify('x', 'y')", "pg_notify sends a notification at COMMIT"),
    ("INSERT INTO t SELECT nextval('s')", "nextval draws from a sequence"),
    ("SELECT setval('s', 1)", "setval moves a sequence at once"),
    ("DO $$ BEGIN PERFORM nextval('s'); END $$", "nextval draws from a sequence"),
]
NOTHING = [
    *("SELECT random(), clock_timestamp(), currval('s')", "SELECT pg_advisory_xact_lock(1)"),
    *("SELECT set_config('a.b', 'c', true)", "DO $$ BEGIN PERFORM set_config('a', lower('b'), true); END $$"),
    *("SELECT 'pg_notify(1)' -- dblink('a', 'b')", "SELECT app.nextval(1)", "SELECT app.pg_advisory_lock(1)"),
    *("CREATE VIEW v AS SELECT dblink_get_pkey('t')", "CREATE TABLE t (a int DEFAULT nextval('s'))"),
    *("INSERT INTO dblink (a) VALUES (1)", "UPDATE t SET setval = 1", "DO $$ BEGIN -- dblink('a')\n NULL; END $$"),
    *("DO $$ BEGIN RAISE NOTICE 'pg_read_file()'; END $$", "DO $$ BEGIN copy_no := 1; END $$"),
    "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ SELECT pg_notify('a', 'b') $$",
]


def script(sql):
    lines = sql.count("\n") + 1
    return Script(sql, tuple(Place("s.sql", number) for number in range(1, lines + 1)), "s.sql")


def faults(sql, **options):
    with pytest.raises(PlanInvalid) as caught:
        statements(script(sql), **options)
    return caught.value.faults


@pytest.mark.parametrize("sql", OUTSIDE + LASTING)
def test_what_no_way_back_reaches_is_refused_with_place_and_cure(sql):
    (fault,) = faults(f"SELECT 1;\n  {sql}", lifted=False)
    assert fault.place == Place("s.sql", 2, 3)
    assert "no way back reaches that" in fault.message
    assert "irreversible: true" in fault.hint


def test_a_label_of_another_enum_than_the_script_makes_is_refused_before_anything_ran():
    (fault,) = faults("CREATE TYPE kind AS ENUM ('a');\nALTER TYPE mood ADD VALUE 'b'", lifted=False)
    assert fault.place == Place("s.sql", 2, 1)


@pytest.mark.parametrize("sql", PERHAPS)
def test_what_may_come_back_or_do_nothing_is_left_to_execute(sql):
    assert all(not statement.notes for statement in statements(script(sql), lifted=False))


@pytest.mark.parametrize("sql", OUTSIDE + LASTING)
def test_it_may_be_when_the_plan_answers_for_the_way_back_and_is_noted(sql):
    (statement,) = statements(script(sql), lifted=True)
    assert statement.notes


@pytest.mark.parametrize("sql", SESSION)
@pytest.mark.parametrize("lifted", [True, False, None])
def test_what_stays_with_the_session_is_refused_in_any_case(sql, lifted):
    (fault,) = faults(sql, lifted=lifted)
    assert "irreversible" not in (fault.hint or "")


@pytest.mark.parametrize(("sql", "note"), NOTED)
def test_what_does_not_come_back_and_does_no_harm_is_noted(sql, note):
    (statement,) = statements(script(sql), lifted=False)
    assert [text.partition(",")[0] for text in statement.notes] == [note]


@pytest.mark.parametrize("sql", NOTHING)
def test_what_only_looks_like_it_is_nothing(sql):
    assert statements(script(sql), lifted=False)[0].notes == ()


def test_every_effect_of_a_script_is_reported_once_a_statement():
    found = faults("SELECT pg_reload_conf(), pg_reload_conf(), lo_unlink(1);\nCOPY t TO '/x'", lifted=False)
    assert [fault.place.line for fault in found] == [1, 2]


def test_a_query_has_no_step_that_could_answer_for_it():
    with pytest.raises(PlanInvalid) as caught:
        single(script("SELECT * FROM dblink('a', 'b') AS t (i int)"))
    (fault,) = caught.value.faults
    assert "irreversible" not in fault.hint
