"""Rows that were there before are put back under rules that may stand in their way, and not more is put aside."""

from __future__ import annotations

import pytest

from planrun.errors import Conflict

SETUP = """
CREATE TABLE spans (id int PRIMARY KEY, name text UNIQUE NULLS NOT DISTINCT, p int4range NOT NULL, price int,
  main boolean NOT NULL, EXCLUDE USING gist (p WITH &&));
CREATE UNIQUE INDEX ON spans ((true)) WHERE main;
CREATE UNIQUE INDEX ON spans (lower(name));
INSERT INTO spans SELECT n, 'n' || n, int4range(n * 10, n * 10 + 10), n, n = 1 FROM generate_series(1, {rows}) n;
"""


def ran(project, change, rows=20):
    with project.database.connect() as connection:
        connection.execute(SETUP.format(rows=rows))
    project.write(f'- {{id: a, migrate: {{sql: "{change}"}}}}')
    project.execute()
    (run,) = project.status().runs
    (step,) = run.steps
    return step.undo


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        ("UPDATE spans SET price = price + 1", 20),
        ("UPDATE spans SET price = price + 1", 1200),
        ("UPDATE spans SET name = upper(name) || '!', p = int4range(lower(p) + 1, upper(p) - 1)", 20),
        ("UPDATE spans SET main = false, name = NULL WHERE id = 1", 20),
        ("DELETE FROM spans WHERE id < 5; INSERT INTO spans VALUES (99, 'n1', '[10,50)', 1, true)", 20),
    ],
)
def test_what_cannot_collide_stays(project, change, rows):
    assert ran(project, change, rows).before_data == ()
    project.rollback()


@pytest.mark.parametrize("rows", [20, 1200])
def test_only_that_in_which_rows_collide_is_put_aside(project, rows):
    change = (
        "ALTER TABLE spans DISABLE TRIGGER USER; DO $$ DECLARE n int; BEGIN FOR n IN SELECT id FROM spans ORDER BY id"
        " LOOP UPDATE spans SET p = int4range(lower(p) - 5, upper(p) - 5) WHERE id = n; END LOOP; END $$"
    )
    undo = ran(project, change, rows)
    assert undo.before_data == ('ALTER TABLE "public"."spans" DROP CONSTRAINT "spans_p_excl"',)
    project.rollback()


def test_what_is_not_known_is_not_said(project):
    with project.database.connect() as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, until timestamptz CHECK (until > clock_timestamp()))")
        connection.execute("INSERT INTO t SELECT 1, clock_timestamp() + '2 s'")
    project.write("""- {id: a, migrate: {sql: "UPDATE t SET until = 'infinity'"}}""")
    project.execute()
    with project.database.connect() as connection:
        connection.execute("SELECT pg_sleep(2)")
    with pytest.raises(Conflict, match="or the check be stricter than it was"):
        project.rollback()


def test_what_checks_write_while_they_are_asked_goes(project):
    with project.database.connect() as connection:
        connection.execute("CREATE TABLE seen (v int)")
        connection.execute(
            "CREATE FUNCTION ok(int) RETURNS boolean LANGUAGE plpgsql"
            " AS $$ BEGIN INSERT INTO public.seen VALUES ($1); RETURN true; END $$"
        )
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, v int CHECK (ok(v)))")
        connection.execute("INSERT INTO t VALUES (1, 1), (2, 2); TRUNCATE seen")
    project.write("""- {id: a, migrate: {sql: "DELETE FROM t WHERE id = 1"}}""")
    project.execute()
    assert project.database.connect().execute("SELECT count(*) FROM seen").fetchone() == (0,)
