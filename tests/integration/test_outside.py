"""Steps outside of a transaction: the intent first, the outcome read off the catalogs, the way back without a lock."""

from __future__ import annotations

import threading

import psycopg
import pytest

from fingerprint import difference, fingerprint
from planrun.core.policy import OnConflict
from planrun.core.selection import After
from planrun.errors import Conflict, NotReversible, Refused, StatementFailed, StepFailed
from projects import Project, Watcher, held, until, working
from undo_case import unordered

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, price numeric);
INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 200) n;
CREATE UNIQUE INDEX by_name ON items (lower(name) text_pattern_ops, price DESC) WITH (fillfactor = 70) WHERE price > 0;
COMMENT ON INDEX by_name IS 'it''s the one';
ALTER INDEX by_name ALTER COLUMN 1 SET STATISTICS 77;
CREATE UNIQUE INDEX identity ON items (name);
ALTER TABLE items CLUSTER ON identity;
ALTER TABLE items REPLICA IDENTITY USING INDEX identity;
CREATE SCHEMA other;
CREATE TABLE other.parts (id int PRIMARY KEY, item int REFERENCES items) ;
"""


def none(sql, **more):
    extra = "".join(f", {name}: {value}" for name, value in more.items())
    return f'- {{id: go, migrate: {{sql: "{sql}", transaction: none{extra}}}}}\n'


@pytest.fixture
def project(any_database, tmp_path):
    any_database.connect().execute(SETUP)
    return Project(tmp_path, any_database)


def valid(database, name):
    row = (
        database.connect()
        .execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", (name,))
        .fetchone()
    )
    return row[0] if row else None


def rows(database, query):
    return database.connect().execute(query).fetchall()


RESTORED = [
    "CREATE INDEX CONCURRENTLY by_price ON items (price) INCLUDE (id)",
    'CREATE UNIQUE INDEX CONCURRENTLY \\"by; price\\" ON other.parts (item)',
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS by_name ON items (price)",
    "DROP INDEX CONCURRENTLY by_name",
    "DROP INDEX CONCURRENTLY public.identity",
    "DROP INDEX CONCURRENTLY IF EXISTS nothing",
    "REINDEX INDEX CONCURRENTLY by_name",
    "REINDEX TABLE CONCURRENTLY items",
    "VACUUM (ANALYZE) items",
    "VACUUM FULL other.parts",
    "ANALYZE items",
]


@pytest.mark.parametrize("sql", RESTORED)
@pytest.mark.parametrize("by", ["planrun", "psql"])
def test_it_runs_and_comes_back_with_all_that_hangs_on_it(project, sql, by):
    project.write(none(sql))
    start = fingerprint(project.database)
    for _ in range(2):
        report = project.execute()
        assert (report.steps[0].status, report.steps[0].reversible) == ("done", "exact")
        changed = difference(start, fingerprint(project.database)) != ""
        assert changed == (
            sql.startswith(("CREATE INDEX CONCURRENTLY by_price", "CREATE UNIQUE", "DROP")) and "IF" not in sql
        )
        assert project.execute().status == "nothing to do"
        if by == "planrun":
            assert project.rollback().steps == ("go",)
        else:
            done = project.psql(project.script())
            assert (done.returncode, done.stderr) == (0, "")
        assert difference(start, fingerprint(project.database)) == ""
    assert project.status().leftovers == ()


def test_it_runs_under_the_search_path_and_the_limits_of_the_plan(project):
    project.write(none("CREATE INDEX CONCURRENTLY by_item ON parts (item)"), search_path=["other"])
    start = fingerprint(project.database)
    project.execute()
    assert valid(project.database, "other.by_item")
    project.rollback()
    assert difference(start, fingerprint(project.database)) == ""
    project.write(none("VACUUM FULL other.parts"), defaults={"statement_timeout": "1ms"})
    with (
        held(project.database, "LOCK TABLE other.parts IN ACCESS SHARE MODE"),
        pytest.raises(StatementFailed, match="statement timeout"),
    ):
        project.execute()


def test_what_is_not_there_is_told(project):
    project.write(none("CREATE INDEX CONCURRENTLY i ON nowhere (a)"))
    with pytest.raises(StepFailed, match="step go: there is no nowhere"):
        project.execute()
    project.write(none("DROP INDEX CONCURRENTLY nothing"))
    with pytest.raises(StatementFailed, match='index "nothing" does not exist'):
        project.execute()


def test_a_refused_statement_leaves_nothing_behind(project):
    project.database.connect().execute("UPDATE items SET price = 1")
    project.write(none("CREATE UNIQUE INDEX CONCURRENTLY by_price ON items (price)"))
    start = fingerprint(project.database)
    with pytest.raises(StatementFailed, match="could not create unique index"):
        project.execute()
    assert valid(project.database, "by_price") is None
    assert difference(start, fingerprint(project.database)) == ""
    assert [step.status for step in project.status().runs[0].steps] == ["failed"]
    project.database.connect().execute("UPDATE items SET price = id")
    project.execute()
    assert valid(project.database, "by_price")


def test_an_invalid_index_of_somebody_else_is_left_alone(project):
    database = project.database
    database.connect().execute("UPDATE items SET price = 1")
    with pytest.raises(psycopg.errors.UniqueViolation):
        database.connect().execute("CREATE UNIQUE INDEX CONCURRENTLY by_price ON items (price)")
    project.write(none("CREATE INDEX CONCURRENTLY IF NOT EXISTS by_price ON items (price)"))
    with pytest.raises(StepFailed, match=r'index "public"\."by_price" is there already'):
        project.execute()
    assert valid(database, "by_price") is False
    # To drop it would not be exact either: it could not come back invalid.
    project.write(none("DROP INDEX CONCURRENTLY by_price"))
    with pytest.raises(NotReversible, match="invalid"):
        project.execute()
    assert valid(database, "by_price") is False


def test_a_detached_partition_is_refused_before_it_is_sent(project):
    project.database.connect().execute(
        "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);"
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10)"
    )
    detach = "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY"
    project.write(none(detach))
    start = fingerprint(project.database)
    with pytest.raises(NotReversible, match="step go was not run"):
        project.execute()
    assert difference(start, fingerprint(project.database)) == ""
    project.write(none(detach, irreversible="true"))
    assert project.execute().steps[0].reversible == "irreversible"
    assert rows(project.database, "SELECT count(*) FROM pg_inherits WHERE inhrelid = 'p1'::regclass") == [(0,)]


def test_a_hand_written_way_back_wins(project):
    project.write(
        none("DROP INDEX CONCURRENTLY by_name")
        + '- {id: undo, rollback: {of: go, sql: "CREATE INDEX by_name ON items (price)"}}\n'
    )
    assert project.execute().steps[0].reversible == "by step undo"
    project.rollback()
    ((definition,),) = rows(project.database, "SELECT pg_get_indexdef('by_name'::regclass)")
    assert definition.endswith("(price)")


# --- what others did since ---------------------------------------------------------------------


def test_what_others_did_since_is_kept_or_refused(project):
    database = project.database
    project.write(none("CREATE INDEX CONCURRENTLY by_price ON items (price)"))
    start = fingerprint(database)
    project.execute()
    database.connect().execute("REINDEX INDEX CONCURRENTLY by_price")  # another OID, the same index
    project.rollback()
    assert difference(start, fingerprint(database)) == ""
    project.execute()
    database.connect().execute("DROP INDEX by_price; CREATE INDEX by_price ON items (id)")
    with pytest.raises(Refused, match="is not the index that the run made"):
        project.rollback()
    database.connect().execute("DROP INDEX by_price")
    project.rollback()
    assert difference(start, fingerprint(database)) == ""


def test_that_is_told_before_anything_goes_back(project):
    project.write(
        none("CREATE INDEX CONCURRENTLY by_price ON items (price)")
        + "- {id: doubled, migrate: {sql: UPDATE items SET price = price * 2}}\n"
        + none("CREATE INDEX CONCURRENTLY by_both ON items (price, id)").replace("id: go", "id: more")
    )
    project.execute()
    project.database.connect().execute("ALTER INDEX by_price RENAME TO mine")
    then = fingerprint(project.database)
    for back in (project.preview, project.rollback):
        with pytest.raises(Refused, match=r"by_price.* is not the index that the run made") as refused:
            back()
        assert "give the index its name back" in refused.value.hint
        assert difference(then, fingerprint(project.database)) == ""
    project.database.connect().execute("ALTER INDEX mine RENAME TO by_price")
    assert dict(project.preview().rows) == dict(project.rollback().rows)


@pytest.mark.parametrize(
    "then",
    [
        none("CREATE INDEX CONCURRENTLY by_name ON items (price)"),
        "- {id: go, migrate: {sql: CREATE INDEX by_name ON items (price)}}\n",
        "- {id: go, migrate: {sql: CREATE TABLE by_name ()}}\n",
    ],
    ids=["outside", "inside", "table"],
)
def test_a_name_that_a_later_step_took_is_free_by_then(project, then):
    project.write(none("DROP INDEX CONCURRENTLY by_name").replace("id: go", "id: first") + then)
    start = fingerprint(project.database)
    project.execute()
    project.preview()
    project.rollback()
    assert difference(start, fingerprint(project.database)) == ""


def test_a_name_that_was_taken_since_is_refused(project):
    database = project.database
    project.write(none("DROP INDEX CONCURRENTLY by_name"))
    start = fingerprint(database)
    project.execute()
    database.connect().execute("CREATE TABLE by_name ()")
    with pytest.raises(Refused, match="is the name of something else by now"):
        project.rollback()
    database.connect().execute("DROP TABLE by_name")
    project.rollback()
    assert difference(start, fingerprint(database)) == ""


def test_rows_that_no_longer_fit_a_unique_index_are_a_conflict(project):
    database = project.database
    project.write(none("DROP INDEX CONCURRENTLY by_name"))
    start = fingerprint(database)
    project.execute()
    database.connect().execute("INSERT INTO items VALUES (1000, 'ITEM 7', 7)")
    with pytest.raises(Conflict):
        project.rollback()
    database.connect().execute("DELETE FROM items WHERE id = 1000")
    project.rollback()
    assert difference(start, fingerprint(database)) == ""


def test_among_other_steps_all_go_back_in_their_order(project):
    project.write("""
    - {id: column, migrate: {sql: ALTER TABLE items ADD COLUMN code text}}
    - {id: fill, needs: [column], migrate: {sql: "UPDATE items SET code = 'c' || id"}}
    - id: index
      needs: [fill]
      migrate: {sql: CREATE UNIQUE INDEX CONCURRENTLY by_code ON items (code), transaction: none}
    - {id: key, needs: [index], migrate: {sql: ALTER TABLE items ADD CONSTRAINT by_code UNIQUE USING INDEX by_code}}
    """)
    start = fingerprint(project.database)
    project.execute()
    person = Watcher()
    assert project.rollback(person=person).steps == ("key", "index", "fill", "column")
    assert difference(start, fingerprint(project.database)) == ""


@pytest.mark.parametrize(
    "sql", ["CREATE INDEX CONCURRENTLY by_price ON items (price)", "DROP INDEX CONCURRENTLY by_name"]
)
@pytest.mark.parametrize(
    "later",
    [
        "DROP TABLE items CASCADE",
        "ALTER TABLE items DROP COLUMN price CASCADE",
        "ALTER TABLE items ALTER price TYPE double precision",
        "ALTER TABLE items RENAME price TO cost; ALTER TABLE items RENAME TO things",
    ],
)
@pytest.mark.parametrize("by", ["planrun", "psql", "parts"])
def test_an_index_goes_back_after_its_table_was_made_again(project, sql, later, by):
    """The table has another OID by then, and its indexes have others."""
    project.write(none(sql) + f'- {{id: later, needs: [go], migrate: {{sql: "{later}"}}}}\n')
    start = unordered(fingerprint(project.database))
    for _ in range(2):
        project.execute()
        if by == "psql":
            done = project.psql(project.script())
            assert (done.returncode, done.stderr) == (0, "")
        elif by == "parts":
            project.rollback(selection=After("go"))
            project.rollback()
        else:
            assert project.rollback().steps == ("later", "go")
        assert difference(start, unordered(fingerprint(project.database))) == ""


@pytest.mark.parametrize(
    ("sql", "made", "reason"),
    [
        ("CREATE INDEX CONCURRENTLY by_price ON items (price)", "by_price ON items (id)", "is not the index that"),
        ("DROP INDEX CONCURRENTLY by_name", "by_name ON items (id)", "is the name of something else by now"),
    ],
)
def test_another_index_on_a_table_that_was_made_again_is_left_alone(project, sql, made, reason):
    project.write(none(sql) + "- {id: later, needs: [go], migrate: {sql: DROP TABLE items CASCADE}}\n")
    project.execute()
    project.rollback(selection=After("go"))
    project.database.connect().execute(f"DROP INDEX IF EXISTS {made.split()[0]}; CREATE INDEX {made}")
    before = fingerprint(project.database)
    with pytest.raises(Refused, match=reason):
        project.rollback()
    assert difference(before, fingerprint(project.database)) == ""


@pytest.mark.parametrize("sql", [sql for sql in RESTORED if "IF" not in sql])
def test_a_way_back_is_taken_back_and_that_in_turn(project, sql):
    project.write(
        "- {id: before, migrate: {sql: UPDATE items SET price = price + 1}}\n"
        + none(sql).replace("id: go", "id: go, needs: [before]")
        + "- {id: after, needs: [go], migrate: {sql: ALTER TABLE items RENAME TO things}}\n"
    )
    start = fingerprint(project.database)
    project.execute()
    done = fingerprint(project.database)
    number = None
    for _ in range(3):
        person = Watcher()
        number = project.rollback(run=number, person=person).run
        assert "cannot be taken back" not in person.text
        assert difference(start, fingerprint(project.database)) == ""
        number = project.rollback(run=number).run
        assert difference(done, fingerprint(project.database)) == ""
        assert project.execute().status == "nothing to do"


@pytest.mark.parametrize(
    "sql", ["CREATE INDEX CONCURRENTLY by_price ON items (price)", "DROP INDEX CONCURRENTLY by_name"]
)
def test_what_is_restored_beside_an_index_comes_again(project, sql):
    project.write(
        "- {id: before, migrate: {sql: UPDATE items SET price = price + 1}}\n"
        + none(sql).replace("id: go", "id: go, needs: [before]")
        + "- {id: after, needs: [go], migrate: {sql: UPDATE other.parts SET item = 2}}\n"
    )
    project.database.connect().execute("INSERT INTO other.parts VALUES (1, 1)")
    start = fingerprint(project.database)
    project.execute()
    project.database.connect().execute("UPDATE items SET price = -7 WHERE id = 7; UPDATE other.parts SET item = 3")
    done = fingerprint(project.database)
    back = project.rollback(on_conflict=OnConflict.RESTORE)
    assert back.restored == 2
    assert difference(start, fingerprint(project.database)) == ""
    project.rollback(run=back.run)
    assert difference(done, fingerprint(project.database)) == ""


def test_an_index_that_somebody_else_dropped_cannot_come_again(project):
    project.write(none("CREATE INDEX CONCURRENTLY by_price ON items (price)"))
    project.execute()
    project.database.connect().execute("DROP INDEX by_price")
    back = project.rollback()
    with pytest.raises(NotReversible, match="could not be captured"):
        project.rollback(run=back.run)


def test_nothing_is_restored_beside_a_part_that_cannot_come_again(project):
    """The part that is through stays so; with another word the rest goes."""
    project.write(
        "- {id: before, migrate: {sql: UPDATE items SET price = price + 1}}\n"
        + none("CREATE INDEX CONCURRENTLY by_price ON items (price)").replace("id: go", "id: go, needs: [before]")
    )
    project.execute()
    project.database.connect().execute("DROP INDEX by_price; UPDATE items SET price = -7 WHERE id = 7")
    with pytest.raises(NotReversible, match="restore overwrites cannot be saved: a part of it that is through"):
        project.rollback(on_conflict=OnConflict.RESTORE)
    assert rows(project.database, "SELECT price FROM items WHERE id IN (6, 7) ORDER BY id") == [(7,), (-7,)]
    assert project.rollback(on_conflict=OnConflict.KEEP).kept == 1
    assert rows(project.database, "SELECT price FROM items WHERE id IN (6, 7) ORDER BY id") == [(6,), (-7,)]


@pytest.mark.parametrize("by", ["program", "psql"])
def test_an_index_comes_back_whatever_the_settings_of_the_database(project, by):
    application = project.database.connect()
    application.execute("ALTER TABLE items ADD COLUMN tags text[]")
    application.execute("CREATE INDEX tagged ON items (id) WHERE tags <> '{NULL,old}'")
    project.database.superuser().execute(f"ALTER DATABASE {project.database.name} SET array_nulls = off")
    project.write(none("DROP INDEX CONCURRENTLY tagged"))
    start = fingerprint(project.database)
    project.execute()
    if by == "program":
        project.rollback()
    else:
        done = project.psql(project.script())
        assert done.returncode == 0, done.stderr
    assert difference(start, fingerprint(project.database)) == ""


def test_no_snapshot_of_ours_is_waited_for(project):
    project.write(
        "- {id: keep, backup: {table: items, into: kept}}\n"
        + none("CREATE INDEX CONCURRENTLY by_price ON items (price)").replace("id: go", "id: go, needs: [keep]")
    )
    start = fingerprint(project.database)
    project.execute()
    project.rollback()
    assert difference(start, fingerprint(project.database)) == ""


# --- interruptions -----------------------------------------------------------------------------


@pytest.mark.parametrize("goes_on", ["execute", "rollback"])
@pytest.mark.parametrize(
    "sql",
    [
        "CREATE INDEX CONCURRENTLY by_price ON items (price)",
        "DROP INDEX CONCURRENTLY by_name",
        "REINDEX INDEX CONCURRENTLY by_name",
    ],
)
def test_killed_while_the_server_works(project, sql, goes_on):
    """It waits for a transaction that has written to the table; the program is killed, its backend notices."""
    database = project.database
    project.write(
        "- {id: first, migrate: {sql: UPDATE items SET price = price + 1}}\n" + none(sql),
        defaults={"lock_timeout": "60s"},
    )
    start = fingerprint(database)
    project.execute(until="first")
    with (
        held(database, "LOCK TABLE items IN ROW EXCLUSIVE MODE"),
        project.started("execute", str(project.plan), "--yes") as process,
    ):
        until(lambda: working(database, sql), "the statement")
        process.kill()
        process.wait()
        until(lambda: not working(database, sql), "the backend has noticed")
    person = Watcher()
    if goes_on == "execute":
        project.execute(person=person)
        assert [run.status for run in project.status().runs] == ["done", "done"]
    while project.status().can_roll_back or "interrupted" not in person.text:
        project.rollback(person=person)
    assert difference(start, fingerprint(database)) == ""
    assert rows(database, "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid") == []


@pytest.mark.parametrize(
    ("sql", "done"),
    [
        ("CREATE INDEX CONCURRENTLY by_price ON items (price)", "by_price"),
        ("DROP INDEX CONCURRENTLY by_name", "by_name"),
    ],
)
@pytest.mark.parametrize("goes_on", ["execute", "rollback"])
def test_killed_after_it_took_effect_and_before_that_was_recorded(project, sql, done, goes_on):
    database = project.database
    project.write(none(sql))
    start = fingerprint(database)
    project.execute()
    # As the history stands when the result was not written.
    database.connect().execute(
        "UPDATE planrun.step SET status = 'running', finished_at = NULL, statements = NULL, undo = CASE WHEN"
        " result ->> 'kind' = 'drop index' THEN undo ELSE jsonb_set(undo, '{outside}', '[]') END;"
        "UPDATE planrun.run SET status = 'running', finished_at = NULL"
    )
    person = Watcher()
    if goes_on == "execute":
        assert project.execute(person=person).steps[0].status in {"skipped", "done"}
        assert valid(database, done) is (True if "CREATE" in sql else None)
        assert rows(database, "SELECT count(*) FROM planrun.step WHERE status = 'done'") == [(1,)]
    project.rollback(person=person)
    assert "it was interrupted, and had taken effect" in person.text
    assert difference(start, fingerprint(database)) == ""


@pytest.mark.parametrize(
    "sql", ["DROP INDEX CONCURRENTLY by_name", "CREATE INDEX CONCURRENTLY by_price ON items (price)"]
)
def test_killed_in_the_way_back(project, sql):
    database = project.database
    project.write(none(sql), defaults={"lock_timeout": "60s"})
    start = fingerprint(database)
    project.execute()
    sent = "INDEX CONCURRENTLY"
    with (
        held(database, "LOCK TABLE items IN ROW EXCLUSIVE MODE"),
        project.started("rollback", str(project.plan), "--yes") as process,
    ):
        until(lambda: working(database, sent), "the statement")
        process.kill()
        process.wait()
        until(lambda: not working(database, sent), "the backend has noticed")
    project.rollback()
    assert difference(start, fingerprint(database)) == ""
    assert rows(database, "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid") == []


def test_a_lock_that_is_not_free_is_waited_for_again(project):
    database = project.database
    project.write(
        none("CREATE INDEX CONCURRENTLY by_price ON items (price)"), defaults={"lock_timeout": "300ms", "retries": 20}
    )
    person = Watcher()
    holder = database.connect()
    holder.autocommit = False
    holder.execute("LOCK TABLE items IN ROW EXCLUSIVE MODE")
    threading.Timer(2, holder.close).start()
    project.execute(person=person)
    assert "trying again" in person.text
    assert valid(database, "by_price")
    assert [step.status for step in project.status().runs[0].steps] == ["done"]


# --- irreversible ------------------------------------------------------------------------------


def test_what_has_no_way_back_is_asked_about_by_name(project):
    project.write(none("DROP INDEX CONCURRENTLY by_name", irreversible="true"))
    person = Watcher(answer=False)
    with pytest.raises(Refused, match="not confirmed"):
        project.execute(person=person, yes=False)
    assert "There is no way back from: go." in person.asked[0]
    assert "irreversible" in project.run("show", str(project.plan)).stdout
    refused = project.run("execute", str(project.plan))
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    project.execute()
    with pytest.raises(NotReversible, match="go was declared irreversible"):
        project.rollback()
