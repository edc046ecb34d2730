"""Batched steps: pages by key, a transaction each, resumed where they stopped, and taken back page by page."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from fingerprint import difference, fingerprint
from planrun.core import stages
from planrun.edges.postgres.queries import query
from planrun.errors import (
    ChangedSinceRun,
    CheckFailed,
    Conflict,
    NotReversible,
    PlanrunError,
    Refused,
    StatementFailed,
    Stopped,
)
from planrun.errors import StepFailed as Failed
from projects import Project, Watcher, until, working

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, price numeric);
INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 95) n;
CREATE TABLE gate (shut_at int);
CREATE FUNCTION wait_at(int, int) RETURNS bigint LANGUAGE sql AS
  'SELECT count(*) FROM (SELECT pg_sleep(300) FROM public.gate WHERE shut_at BETWEEN $1 AND $2) s';
"""
RAISE = """
- id: raise
  migrate:
    sql: UPDATE items SET price = price * 2 WHERE id BETWEEN $1 AND $2
    batch: {table: items, key: id, size: 10}
"""


@pytest.fixture
def project(any_database, tmp_path):
    any_database.connect().execute(SETUP)
    return Project(tmp_path, any_database)


@pytest.fixture
def one_page_a_transaction(monkeypatch):
    monkeypatch.setattr(stages, "ROWS", 0)


def pages(database):
    return [
        (batch["number"], *batch["first"], *batch["last"], batch["rows"], rows)
        for batch, rows in database.connect()
        .execute(
            "SELECT batch, rows FROM planrun.step WHERE batch IS NOT NULL AND kind = 'migrate' AND reversed_by IS NULL"
            " ORDER BY id"
        )
        .fetchall()
    ]


def one(database, query):
    return database.connect().execute(query).fetchone()


def batched(sql, key="id", size=10, table="items"):
    return f"- id: go\n  migrate:\n    sql: {sql}\n    batch: {{table: {table}, key: {key}, size: {size}}}\n"


def back_to_start(project, start):
    project.rollback()
    assert difference(start, fingerprint(project.database)) == ""
    assert project.status().leftovers == ()


# --- forward -----------------------------------------------------------------------------------


def test_pages_in_which_an_assert_warns_are_told_and_counted_over_an_interruption(project):
    project.database.connect().execute("UPDATE items SET price = -1 WHERE id IN (5, 77, 93)")
    text = f"""{RAISE}
    assert:
      - {{sql: SELECT id FROM items WHERE price = -2, expect: {{rows: {{max: 0}}}}, severity: warning}}
      - {{sql: SELECT id FROM items WHERE price = -2 AND id = 77 AND %s, expect: {{empty: true}}}}
"""
    project.write(text % "true")
    person = Watcher()
    with pytest.raises(CheckFailed, match="assert 2"):
        project.execute(person=person)
    assert person.text.count("raise, assert 1: check failed") == 7
    project.database.connect().execute("UPDATE items SET price = 77 WHERE id = 77")
    person = Watcher()
    (step,) = project.execute(person=person).steps
    assert person.text.count("raise, assert 1: check failed") == 3
    assert (step.status, step.note) == ("warned", "asserts warned in 10 pages; planrun.step has what they found")
    (run,) = project.status().runs
    assert [(each.status, each.note == step.note) for each in run.steps if each.page is None] == [("warned", True)]
    assert {each.status for each in run.steps} == {"warned"}
    project.rollback()
    assert one(project.database, "SELECT array_agg(id ORDER BY id) FROM items WHERE price <> id") == ([5, 93],)


def test_a_page_is_a_transaction_of_its_own(project):
    project.write(RAISE)
    start = fingerprint(project.database)
    person = Watcher()
    report = project.execute(person=person)
    (step,) = report.steps
    assert (step.status, step.rows, step.reversible) == ("done", 95, "exact")
    assert pages(project.database) == [
        *((n, str(10 * n - 9), str(10 * n), 10, 10) for n in range(1, 10)),
        (10, "91", "95", 5, 5),
    ]
    assert one(project.database, "SELECT count(DISTINCT xmin::text), sum(price) FROM items") == (10, 95 * 96)
    assert "raise: page 10, 95 rows" in person.text
    assert one(project.database, "SELECT count(*) FROM planrun.completed_steps") == (1,)
    assert project.execute().status == "nothing to do"
    assert project.rollback().steps == ("raise",)
    assert difference(start, fingerprint(project.database)) == ""
    assert project.status().leftovers == ()
    assert project.execute().steps[0].rows == 95


KEYS = {
    "negative": ("id int PRIMARY KEY", "n - 20"),
    "descending index": ("id int NOT NULL", "100 - n", "CREATE UNIQUE INDEX ON walked (id DESC)"),
    "collation": ('id text COLLATE "C" PRIMARY KEY', "chr(60 + n) || 'x'"),
    "padded": ("id char(8) PRIMARY KEY", "'k' || n"),
    "numeric": ("id numeric PRIMARY KEY", "n / 7.0"),
    "float": ("id float8 PRIMARY KEY", "CASE n WHEN 1 THEN 'NaN' WHEN 2 THEN '-Infinity' ELSE n / 3.0 END::float8"),
    "timestamptz": ("id timestamptz PRIMARY KEY", "timestamptz '2024-03-31 00:30+01' + n * interval '31 min 1 us'"),
    "interval": ("id interval PRIMARY KEY", "(n - 20) * interval '-1 day 3 hours'"),
    "uuid": ("id uuid PRIMARY KEY", "md5(n::text)::uuid"),
    "bytea": ("id bytea PRIMARY KEY", "decode(md5(n::text), 'hex')"),
    "enum": ("id mood PRIMARY KEY", "enum_range(NULL::mood)", "", "unnest"),
    "domain": ("id short PRIMARY KEY", "'k' || n"),
    "bit": ("id bit(8) PRIMARY KEY", "n::bit(8)"),
    "array": ("id int[] PRIMARY KEY", "ARRAY[n % 5, n]"),
}


@pytest.mark.parametrize("case", list(KEYS))
def test_every_row_is_in_one_page_whatever_the_key(any_database, tmp_path, case):
    column, value, *index = KEYS[case]
    connection = any_database.connect()
    connection.execute("CREATE TYPE mood AS ENUM ('low', 'so', 'fine', 'high'); CREATE DOMAIN short AS varchar(5)")
    connection.execute(f"CREATE TABLE walked ({column}, seen int DEFAULT 0 NOT NULL)")
    rows = f"SELECT unnest({value})" if index[1:] else f"SELECT {value} FROM generate_series(1, 40) n"
    connection.execute(f"INSERT INTO walked {rows}")
    connection.execute(
        "ALTER ROLE CURRENT_USER SET datestyle = 'SQL, DMY'; ALTER ROLE CURRENT_USER SET bytea_output = 'escape'"
    )
    if index and index[0]:
        connection.execute(index[0])
    project = Project(tmp_path, any_database)
    project.write(batched("UPDATE walked SET seen = seen + 1 WHERE id BETWEEN $1 AND $2", size=3, table="walked"))
    start = fingerprint(any_database)
    try:
        project.execute()
        assert one(any_database, "SELECT min(seen), max(seen) FROM walked") == (1, 1)
        assert len(pages(any_database)) == (2 if case == "enum" else 14)
        back_to_start(project, start)
    finally:
        connection.execute("ALTER ROLE CURRENT_USER RESET ALL")


def test_a_key_of_several_columns_and_equal_keys(project):
    project.database.connect().execute(
        "CREATE TABLE walked (b text NOT NULL, a int NOT NULL, seen int, id int PRIMARY KEY);"
        "INSERT INTO walked SELECT 'k' || n % 3, n % 7, 0, n FROM generate_series(1, 90) n"
    )
    project.write(
        batched(
            "UPDATE walked SET seen = seen + 1 WHERE (b, a) BETWEEN ($1, $2) AND ($3, $4)",
            key="[b, a]",
            table="walked",
            size=4,
        )
    )
    start = fingerprint(project.database)
    project.execute()
    assert one(project.database, "SELECT min(seen), max(seen) FROM walked") == (1, 1)
    # The first four rows are of one key, which has a few more.
    assert pages(project.database)[0][:5] == (1, "k0", "0", "k0", "0")
    back_to_start(project, start)


def test_a_page_may_hold_several_statements_and_asserts(project):
    project.write("""
    - id: go
      migrate:
        sql: |
          CREATE TEMP TABLE page ON COMMIT DROP AS SELECT id FROM items WHERE id BETWEEN $1 AND $2;
          UPDATE items i SET name = 'x' FROM page p WHERE p.id = i.id;
        batch: {table: items, key: id, size: 40}
        assert:
          - {sql: "SELECT count(*) FROM items WHERE name = 'x' AND id > 80", expect: {value: 0}}
    """)
    with pytest.raises(Failed, match="go, assert 1"):
        project.execute()
    assert one(project.database, "SELECT count(*) FROM items WHERE name = 'x'") == (80,)
    assert [page[0] for page in pages(project.database)] == [1, 2]


def test_rows_that_come_meanwhile_are_reached(project):
    project.write(
        batched(
            "INSERT INTO items SELECT id + 50, name, price FROM items WHERE id BETWEEN $1 AND $2 AND id IN (90, 91, 92,"
            " 93, 94, 95)"
        )
    )
    start = fingerprint(project.database)
    project.execute()
    assert [page[1:3] for page in pages(project.database)][-1] == ("141", "145")
    back_to_start(project, start)


@pytest.mark.parametrize(
    ("table", "key", "said"),
    [
        ("nowhere", "id", "there is no table nowhere"),
        ("items", "no", "items has no column no"),
        ("items", "price", "column price of items may be NULL, and rows with NULL would be in no page"),
        ("shown", "id", "shown is no table"),
    ],
)
def test_a_table_that_cannot_be_walked_is_told(project, table, key, said):
    project.database.connect().execute("CREATE VIEW shown AS SELECT * FROM items")
    project.write(batched("SELECT 1 WHERE $1 = $2", key=key, table=table))
    with pytest.raises(Failed, match=said) as caught:
        project.execute()
    assert caught.value.place.line == 7
    assert pages(project.database) == []


def test_a_not_null_that_was_never_checked_is_no_key(bench, project):
    if project.database.server.installation.major < 18:
        pytest.skip("NOT NULL ... NOT VALID came with 18")
    project.database.connect().execute("ALTER TABLE items ADD NOT NULL price NOT VALID")
    project.write(batched("SELECT 1 WHERE $1 = $2", key="price"))
    with pytest.raises(Failed, match="may be NULL"):
        project.execute()


def test_an_empty_table_is_no_effect(project):
    project.database.connect().execute("TRUNCATE items")
    project.write(RAISE)
    with pytest.raises(Failed, match="step raise: none of its pages wrote a row"):
        project.execute()
    project.write(RAISE.replace("    batch", "    allow_no_effect: true\n    batch"))
    start = fingerprint(project.database)
    assert project.execute().steps[0].status == "done"
    back_to_start(project, start)


# --- going on ----------------------------------------------------------------------------------

DIVIDE = batched("UPDATE items SET price = price / (id - 55) WHERE id BETWEEN $1 AND $2")


def test_a_step_goes_on_with_the_page_that_failed(project):
    project.write(DIVIDE)
    start = fingerprint(project.database)
    with pytest.raises(StatementFailed, match="division by zero"):
        project.execute()
    assert len(pages(project.database)) == 5
    project.write(DIVIDE.replace("price /", "2 * price /"))
    with pytest.raises(ChangedSinceRun, match="step that ran was edited"):
        project.execute()
    project.database.connect().execute("DELETE FROM items WHERE id = 55")
    project.write(DIVIDE.replace("size: 10", "size: 7"))  # its pages may become smaller
    assert project.execute().steps[0].rows == 94
    assert pages(project.database)[5][:3] == (6, "51", "58")
    project.rollback()
    project.database.connect().execute("INSERT INTO items VALUES (55, 'item 55', 55)")
    assert difference(start, fingerprint(project.database)) == ""


def test_a_step_that_was_begun_can_be_taken_back(project):
    project.write(DIVIDE)
    start = fingerprint(project.database)
    with pytest.raises(StatementFailed):
        project.execute()
    back_to_start(project, start)
    assert pages(project.database) == []


def test_on_failure_takes_pages_back(project):
    project.write(DIVIDE, on_failure="rollback")
    start = fingerprint(project.database)
    with pytest.raises(StatementFailed) as caught:
        project.execute()
    assert "took run 1 back: go" in caught.value.__notes__[0]
    assert difference(start, fingerprint(project.database)) == ""


def steps(database):
    return one(database, "SELECT count(*) FROM planrun.step")


SLOW = batched("\n      UPDATE items SET price = price * 2 WHERE id BETWEEN $1 AND $2; SELECT wait_at($1, $2)").replace(
    "sql: ", "sql: |"
)


@pytest.mark.parametrize("gate", [1, 45, 95])
def test_killed_inside_a_page(project, gate):
    database = project.database
    project.write(SLOW)
    start = fingerprint(database)
    database.connect().execute("INSERT INTO gate VALUES (%s)", (gate,))
    with project.started("execute", str(project.plan), "--yes") as process:
        # Each page calls it; the one that stays is the one behind those that are done.
        done = ((gate - 1) // 10,)
        until(lambda: working(database, "wait_at") and steps(database) == done, "the gate")
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL
    assert steps(database) == done
    database.connect().execute("DELETE FROM public.gate")
    project.execute()
    assert one(database, "SELECT sum(price) FROM items") == (95 * 96,)
    assert [page[0] for page in pages(database)] == list(range(1, 11))
    database.connect().execute("INSERT INTO gate VALUES (0)")  # as it was, but for the row
    database.connect().execute("DELETE FROM public.gate")
    back_to_start(project, start)


def test_killed_between_pages(project):
    database = project.database
    project.write(RAISE, defaults={"lock_timeout": "60s"})
    with project.started("execute", str(project.plan), "--yes") as process:
        until(lambda: any("page 2," in line for line in process.stderr), "two pages")
        process.kill()
        process.wait()
    assert 2 <= len(pages(database)) <= 10
    project.execute()
    assert one(database, "SELECT sum(price) FROM items") == (95 * 96,)


# --- the way back ------------------------------------------------------------------------------


@pytest.mark.usefixtures("one_page_a_transaction")
def test_pages_go_back_last_first_each_in_its_transaction(project):
    project.write(RAISE)
    start = fingerprint(project.database)
    project.execute()
    person = Watcher()
    report = project.rollback(person=person)
    assert report.rows == (("raise", 95),)
    told = [line.strip() for line in person.told if "taken back" in line]
    assert told == [f"taken back: raise, page {n}" for n in range(10, 0, -1)]
    assert one(project.database, "SELECT count(DISTINCT xmin::text) FROM items") == (10,)
    assert difference(start, fingerprint(project.database)) == ""
    states = [(run.direction, run.status) for run in project.status().runs]
    assert states == [("execute", "rolled back"), ("rollback", "done")]


@pytest.mark.usefixtures("one_page_a_transaction")
def test_all_conflicts_are_looked_for_first(project):
    project.write(
        RAISE
        + """
- {id: more, needs: [raise], migrate: {sql: UPDATE items SET price = price + 1 WHERE id < 30}}
- {id: column, needs: [more], migrate: {sql: "ALTER TABLE gate ADD COLUMN note text"}}
"""
    )
    project.execute()
    project.database.connect().execute("UPDATE items SET price = 0 WHERE id IN (5, 44, 93)")
    done = fingerprint(project.database)
    with pytest.raises(Conflict, match="nothing was changed") as caught:
        project.rollback()
    assert not isinstance(caught.value, Stopped)
    assert sorted((c.step, c.key) for c in caught.value.conflicts) == [
        ("more", "id = 5"),
        ("raise", "id = 44"),
        ("raise", "id = 93"),
    ]
    assert difference(done, fingerprint(project.database)) == ""
    assert len(project.status().conflicts) == 3


@pytest.mark.usefixtures("one_page_a_transaction")
def test_a_conflict_that_arises_later_stops_there_and_is_said(project):
    """It cannot be foreseen: only when the column is back do rows without a value for it stand in the way."""
    project.database.connect().execute("ALTER TABLE items ALTER price SET NOT NULL")
    project.write(
        """
- {id: drop, migrate: {sql: ALTER TABLE items DROP COLUMN price}}
- id: names
  needs: [drop]
  migrate:
    sql: UPDATE items SET name = upper(name) WHERE id BETWEEN $1 AND $2
    batch: {table: items, key: id, size: 50}
"""
    )
    project.execute()
    project.database.connect().execute("INSERT INTO items VALUES (1000, 'new')")
    with pytest.raises(Stopped, match="stopped at drop, what ran after that is taken back: 1 conflict: ") as caught:
        project.rollback()
    assert [(c.kind, c.key) for c in caught.value.conflicts] == [("not null", "id = 1000")]
    assert one(project.database, "SELECT count(*) FROM items WHERE name ~ 'ITEM'") == (0,)
    status = project.status()
    assert (status.runs[-1].status, len(status.conflicts)) == ("failed", 1)
    assert [step.step for step in status.runs[0].steps if step.in_effect] == ["drop"]
    project.database.connect().execute("DELETE FROM items WHERE id = 1000")
    assert project.rollback().steps == ("drop",)
    assert one(project.database, "SELECT sum(price) FROM items") == (95 * 48,)


@pytest.mark.usefixtures("one_page_a_transaction")
def test_no_conflict_is_seen_in_what_the_run_itself_did_later(project):
    """Pages that fill a column which an earlier step added, a table that it made, and rows that they wrote twice."""
    project.database.connect().execute("CREATE TABLE totals (id int PRIMARY KEY, sum numeric DEFAULT 0)")
    project.database.connect().execute("INSERT INTO totals VALUES (1)")
    project.write("""
    - {id: column, migrate: {sql: ALTER TABLE items ADD COLUMN note text; CREATE TABLE log (id int PRIMARY KEY)}}
    - {id: parents, needs: [column], migrate: {sql: "INSERT INTO items VALUES (200, 'late', 0), (201, 'later', 0)"}}
    - id: go
      needs: [parents]
      migrate:
        sql: |
          UPDATE items SET note = name WHERE id BETWEEN $1 AND $2;
          INSERT INTO log SELECT id FROM items WHERE id BETWEEN $1 AND $2;
          UPDATE totals SET sum = sum + (SELECT sum(price) FROM items WHERE id BETWEEN $1 AND $2);
        batch: {table: items, key: id, size: 25}
    """)
    start = fingerprint(project.database)
    project.execute()
    assert one(project.database, "SELECT sum FROM totals") == (95 * 48,)
    back_to_start(project, start)


@pytest.mark.usefixtures("one_page_a_transaction")
def test_the_key_may_be_dropped_between_the_steps(project):
    more = "- {id: more, needs: [raise], migrate: {sql: UPDATE items SET price = price + %s}}\n"
    project.write(RAISE + more % "1 / 0")
    with pytest.raises(StatementFailed, match="division by zero"):
        project.execute()
    project.write(RAISE + more % "1")
    application = project.database.connect()
    application.execute("ALTER TABLE items DROP CONSTRAINT items_pkey; INSERT INTO items VALUES (96, 'its own', 1)")
    project.execute()
    application.execute("INSERT INTO items VALUES (97, 'its own', 1)")
    project.rollback()
    assert one(project.database, "SELECT count(*), sum(price) FROM items") == (97, 95 * 96 / 2 + 2)
    assert project.in_effect() == []


def test_copies_are_compared_across_transactions(project):
    project.write(
        "- {id: keep, backup: {table: items, into: items_before}}\n"
        + RAISE.strip().replace("- id: raise", "- id: raise\n  needs: [keep]")
        + "\n"
    )
    start = fingerprint(project.database)
    project.execute()
    back_to_start(project, start)
    project.execute()
    project.database.connect().execute("UPDATE items_before SET price = 7 WHERE id = 50")
    with pytest.raises(Conflict):
        project.rollback()


def asleep(connection):
    text = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    return connection.execute(text).fetchone()[0]


@pytest.mark.parametrize("stop", [95, 45, 3])
def test_killed_inside_the_way_back_of_a_page(project, stop):
    """A CHECK waits while rows are put back: the users' triggers do not fire then."""
    database = project.database
    database.connect().execute("ALTER TABLE items ADD CHECK (public.wait_at(id, id) >= 0)")
    project.write(
        RAISE.replace("- id: raise", "- {id: keep, backup: {table: items, into: kept}}\n- id: raise\n  needs: [keep]")
    )
    start = fingerprint(database)
    project.execute()
    database.connect().execute("INSERT INTO gate VALUES (%s)", (stop,))
    code = (
        "from planrun.core import stages; stages.ROWS = 0; import runpy;"
        " runpy.run_module('planrun', run_name='__main__')"
    )
    settings = {**os.environ, "PLANRUN_URL": database.url, "PYTHONWARNINGS": "error"}
    watching = database.superuser()
    command = [sys.executable, "-c", code, "rollback", str(project.plan), "--yes"]
    with subprocess.Popen(command, env=settings, cwd=project.folder, stdin=subprocess.DEVNULL) as process:
        until(lambda: asleep(watching), "the gate")
        process.kill()
    left = -(-stop // 10)
    until(lambda: not asleep(watching), "the backend has noticed")
    assert len(pages(database)) == left
    database.connect().execute("DELETE FROM public.gate")
    assert project.rollback().steps == ("raise", "keep")
    assert difference(start, fingerprint(database)) == ""
    assert [run.status for run in project.status().runs] == ["rolled back", "failed", "done"]
    assert project.status().leftovers == ()


def test_who_is_asked_is_told_that_it_goes_back_in_several_transactions(project):
    project.write(batched('"UPDATE items SET price = price + 1 WHERE id BETWEEN $1 AND $2"'))
    project.execute()
    asked = Watcher(answer=False)
    with pytest.raises(Refused, match="not confirmed"):
        project.rollback(person=asked, yes=False)
    assert "1 step, in several transactions (--preview looks for the conflicts of all of them), on " in asked.asked[0]


@pytest.mark.usefixtures("one_page_a_transaction")
def test_the_printed_way_back_is_several_transactions(project):
    project.write(RAISE)
    start = fingerprint(project.database)
    project.execute()
    script = project.script()
    assert script.count("\nCOMMIT;") == 12
    assert script.count("\nROLLBACK;") == 1
    project.database.connect().execute("UPDATE items SET price = 0 WHERE id = 44")
    refused = project.psql(script)
    assert refused.returncode == 3
    assert "1 conflict: " in refused.stderr
    project.database.connect().execute("UPDATE items SET price = 88 WHERE id = 44")
    done = project.psql(script)
    assert (done.returncode, done.stderr) == (0, "")
    assert difference(start, fingerprint(project.database)) == ""
    again = project.psql(script)
    assert (again.returncode, "make a new one" in again.stderr) == (3, True)


BY_30 = RAISE.replace("10}", "30}")


class Writing(Watcher):
    """It writes to the database when it is told something."""

    def __init__(self, project, when, sql):
        super().__init__()
        self.project, self.when, self.sql = project, when, sql

    def tells(self, text):
        super().tells(text)
        if self.when in text:
            self.project.database.connect().execute(self.sql)


def begun(project):
    return [page[0] for page in pages(project.database)]


@pytest.mark.usefixtures("one_page_a_transaction")
def test_pages_come_again_and_are_in_effect_again(project):
    project.write(f"- {{id: keep, backup: {{table: items, into: kept}}}}\n{BY_30.strip()}\n  needs: [keep]\n")
    start = fingerprint(project.database)
    project.execute()
    done = fingerprint(project.database)
    for _ in range(2):
        back = project.rollback()
        assert difference(start, fingerprint(project.database)) == ""
        assert begun(project) == []
        forth = project.rollback(run=back.run)
        assert difference(done, fingerprint(project.database)) == ""
        assert begun(project) == [1, 2, 3, 4]
        assert project.status().runs[0].status == "done"
        assert project.execute().status == "nothing to do"
    assert project.rollback().reverses == forth.run
    assert difference(start, fingerprint(project.database)) == ""
    assert project.execute().steps[-1].rows == 95
    assert difference(done, fingerprint(project.database)) == ""


@pytest.mark.usefixtures("one_page_a_transaction")
def test_the_printed_script_brings_pages_again(project):
    project.write(BY_30)
    project.execute()
    done = fingerprint(project.database)
    script = project.script(run=project.rollback().run)
    told = project.psql(script)
    assert (told.returncode, told.stderr) == (0, "")
    assert difference(done, fingerprint(project.database)) == ""
    assert begun(project) == [1, 2, 3, 4]
    assert project.execute().status == "nothing to do"
    with pytest.raises(Refused, match="left no undo log"):
        project.rollback()


@pytest.mark.usefixtures("one_page_a_transaction")
def test_a_part_of_the_pages_comes_again_and_the_rest_runs_or_comes_too(project):
    """Each way back that was interrupted, and the one that went on, goes back by itself, the last first."""
    project.write(BY_30)
    start = fingerprint(project.database)
    project.execute()
    done = fingerprint(project.database)
    with pytest.raises(Stopped):
        project.rollback(person=Writing(project, "page 3", "UPDATE items SET price = 0 WHERE id = 55"))
    project.database.connect().execute("UPDATE items SET price = 110 WHERE id = 55")
    first = project.status().runs[-1].id
    second = project.rollback().run
    assert difference(start, fingerprint(project.database)) == ""
    with pytest.raises(Refused, match=f"run {second} came after run {first}"):
        project.rollback(run=first)
    project.rollback(run=second)
    assert begun(project) == [1, 2]
    project.rollback(run=first)
    assert difference(done, fingerprint(project.database)) == ""
    assert project.execute().status == "nothing to do"
    project.rollback()
    assert begun(project) == [1, 2]
    project.execute()
    assert difference(done, fingerprint(project.database)) == ""


@pytest.mark.usefixtures("one_page_a_transaction")
@pytest.mark.parametrize("way", ["go on", "give up", "execute"])
def test_a_rollback_that_comes_back_half(project, way):
    project.write(BY_30)
    start = fingerprint(project.database)
    project.execute()
    done = fingerprint(project.database)
    back = project.rollback().run
    person = Writing(project, "raise, page 2", "UPDATE items SET price = 0 WHERE id = 70")
    with pytest.raises(Stopped) as caught:
        project.rollback(run=back, person=person)
    assert f"--run {back} goes on from there" in caught.value.__notes__[0]
    half = project.status().runs[-1].id
    project.database.connect().execute("UPDATE items SET price = 70 WHERE id = 70")
    assert begun(project) == [1, 2]
    assert project.status().runs[0].status == "done"
    if way == "give up":
        assert project.rollback().reverses == half
        assert difference(start, fingerprint(project.database)) == ""
        with pytest.raises(Refused, match=f"--run {half + 1}|brought"):
            project.rollback(run=back)
        return
    if way == "go on":
        project.rollback(run=back)
    else:
        assert [page[0] for page in pages(project.database)] == [1, 2]
        project.execute()
        with pytest.raises(Refused, match="is in effect"):
            project.rollback(run=back)
    assert difference(done, fingerprint(project.database)) == ""
    assert begun(project) == [1, 2, 3, 4]
    assert project.execute().status == "nothing to do"
    project.rollback()
    assert project.rollback().reverses == half
    assert difference(start, fingerprint(project.database)) == ""


@pytest.mark.usefixtures("one_page_a_transaction")
def test_what_earlier_steps_wrote_to_rows_of_later_pages_is_looked_at_first(project):
    """In the same rows, but not in the same values; what a later step wrote as well is its own."""
    project.database.connect().execute("CREATE TABLE loose (v text); INSERT INTO loose VALUES ('a'), ('b')")
    project.write("""
    - {id: free, migrate: {sql: "UPDATE items SET price = 0; INSERT INTO items VALUES (0, 'none', 0)"}}
    - {id: last, needs: [free], migrate: {sql: UPDATE loose SET v = v || 1}}
    - id: names
      needs: [last]
      migrate:
        sql: UPDATE items SET name = upper(name) WHERE id BETWEEN $1 AND $2
        batch: {table: items, key: id, size: 50}
    """)
    start = fingerprint(project.database)
    project.execute()
    done = fingerprint(project.database)
    write = "UPDATE items SET price = 7 WHERE id IN (0, 3); UPDATE items SET name = 'x' WHERE id = 4"
    project.database.connect().execute(f"{write}; DELETE FROM loose WHERE v = 'a1'")
    with pytest.raises(Conflict) as caught:
        project.rollback()
    assert not isinstance(caught.value, Stopped)
    assert sorted((c.step, c.kind, c.key, c.column) for c in caught.value.conflicts) == [
        ("free", "changed", "id = 0", "price"),
        ("free", "changed", "id = 3", "price"),
        ("last", "missing", "(a1)", None),
        ("names", "changed", "id = 4", "name"),
    ]
    write = "UPDATE items SET price = 0 WHERE id IN (0, 3); UPDATE items SET name = 'ITEM 4' WHERE id = 4"
    project.database.connect().execute(f"{write}; INSERT INTO loose VALUES ('a1')")
    assert difference(done, fingerprint(project.database)) == ""
    back_to_start(project, start)


@pytest.mark.usefixtures("one_page_a_transaction")
@pytest.mark.parametrize("word", ["restore", "abort"])
@pytest.mark.parametrize("stop", ["page 2", "page 1"])
def test_what_was_kept_stays_when_the_way_back_was_interrupted(project, word, stop):
    project.write(
        f"""
    - {{id: first, migrate: {{sql: UPDATE items SET price = price + 100, on_conflict: {word}}}}}
    - id: pages
      needs: [first]
      migrate:
        sql: UPDATE items SET price = price + 1000 WHERE id BETWEEN $1 AND $2
        batch: {{table: items, key: id, size: 20}}
        on_conflict: keep
    """,
        defaults={"lock_timeout": "200ms", "retries": 0},
    )
    project.execute()
    project.database.connect().execute("UPDATE items SET price = 7 WHERE id = 90")
    lock = project.database.connect()

    class Locking(Writing):
        def tells(self, text):
            Watcher.tells(self, text)
            if self.when in text:
                lock.execute("BEGIN; LOCK TABLE items IN SHARE MODE")

    with pytest.raises(PlanrunError):
        project.rollback(person=Locking(project, stop, ""))
    lock.execute("ROLLBACK")
    assert begun(project) == ([1] if stop == "page 2" else [])
    report = project.rollback()
    assert (report.kept, report.restored) == (1, 0)
    assert one(project.database, "SELECT sum(price) FROM items") == (95 * 48 - 90 + 7,)
    assert one(project.database, "SELECT price FROM items WHERE id = 90") == (7,)


def test_the_preview_counts_all_pages(project):
    project.write(RAISE)
    project.execute()
    report = project.preview()
    assert (report.steps, report.conflicts) == (("raise",), ())
    assert len(pages(project.database)) == 10


def test_a_hand_written_way_back_runs_once_for_all_pages(project):
    project.write(
        RAISE + "- {id: halve, rollback: {of: raise, sql: UPDATE items SET price = price / 2}}\n",
    )
    project.execute()
    project.rollback()
    assert one(project.database, "SELECT sum(price) FROM items") == (95 * 48,)


def test_a_hand_written_way_back_of_pages_is_taken_back_as_it_was_recorded(project):
    project.write(
        RAISE + "- {id: halve, rollback: {of: raise, sql: UPDATE items SET price = price / 2}}\n",
    )
    project.execute()
    done = fingerprint(project.database)
    project.rollback(run=project.rollback().run)
    assert difference(done, fingerprint(project.database)) == ""


def test_pages_that_cannot_be_taken_back_are_refused_or_declared(project):
    body = "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'new'; UPDATE items SET price = 1 WHERE id BETWEEN $1 AND $2"
    project.database.connect().execute("CREATE TYPE mood AS ENUM ('old')")
    project.write(batched(f'"{body}"'))
    with pytest.raises(NotReversible):
        project.execute()
    assert pages(project.database) == []
    project.write(batched(f'"{body}"').replace("    batch", "    irreversible: true\n    batch"))
    assert project.execute().steps[0].reversible == "irreversible"
    with pytest.raises(NotReversible, match="run 1 cannot be taken back: go was declared irreversible"):
        project.rollback()


# --- the history -------------------------------------------------------------------------------


def test_an_older_history_is_brought_up_to_date(project):
    database = project.database
    database.connect().execute(query("history"))
    database.connect().execute(
        "INSERT INTO planrun.run (plan, direction, status, transaction, tool) VALUES"
        " ('small', 'execute', 'done', 'step', 'planrun 0')"
    )
    assert [run.id for run in project.status().runs] == [1]
    project.write(RAISE)
    project.execute()
    assert one(database, "SELECT max(version) >= 2 FROM planrun.version") == (True,)
    assert len(pages(database)) == 10
