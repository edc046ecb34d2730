"""What other sessions do while a step runs is theirs: the way back neither takes it back nor trips over it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from fingerprint import difference, fingerprint
from planrun.edges.postgres.watch import Watch
from planrun.errors import NotReversible
from projects import wait_for_a_waiter
from undo_case import Case, Run, leftovers

pytestmark = pytest.mark.majors(18)

CASE = Case(
    "race",
    (
        ("setup", "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b');"),
        ("setup", "CREATE TABLE u (id int PRIMARY KEY); CREATE SCHEMA s"),
        ("change", "ALTER TABLE u ADD COLUMN w text; INSERT INTO u SELECT id, v FROM t"),
    ),
    (),
)


@pytest.fixture
def prepared(database):
    CASE.prepare(database)
    return database


def applied(database, meanwhile) -> Run:
    """Run the step; `meanwhile` runs on another connection in the midst of it, each time it is tried."""
    with database.connect() as other:
        return CASE.apply(database, judge=lambda: meanwhile(other))


def test_a_change_of_a_relation_that_the_step_only_read_stays(prepared):
    start = fingerprint(prepared)
    tried = []

    def meanwhile(other):
        if not tried:
            other.execute("GRANT SELECT ON t TO case_reader")
        tried.append(other)

    run = applied(prepared, meanwhile)
    assert len(tried) == 2
    run.back()
    changed = difference(start, fingerprint(prepared))
    assert "+GRANT SELECT ON TABLE public.t TO case_reader;" in changed
    assert '"w"' not in changed


def test_rows_that_the_application_writes_meanwhile_are_not_captured(prepared):
    run = applied(prepared, lambda other: other.execute("UPDATE t SET v = v || '!' WHERE id = 1"))
    run.back()
    with prepared.connect() as connection:
        assert connection.execute("SELECT count(*) FROM t WHERE v LIKE 'a!%'").fetchone() == (1,)


def test_a_column_that_comes_after_the_triggers_were_made_comes_back_with_its_row(prepared, monkeypatch):
    save, told = Watch.save, []

    def meanwhile(watch, connection):
        if watch.captured and not told:
            with prepared.connect() as other:
                other.execute("ALTER TABLE t ADD COLUMN mine text")
                told.append(other.execute("UPDATE t SET mine = 'mine'").rowcount)
        save(watch, connection)

    monkeypatch.setattr(Watch, "save", meanwhile)
    run = replace(CASE, sections=(*CASE.sections[:2], ("change", "DELETE FROM t WHERE id = 1"))).apply(prepared)
    assert told == [2]
    run.back()
    with prepared.connect() as connection:
        assert connection.execute("SELECT mine FROM t WHERE id = 1").fetchall() == [("mine",)]


def test_a_relation_that_changes_each_time_is_refused_in_the_end(prepared):
    numbers = iter(range(100))
    own = leftovers(prepared)
    with pytest.raises(NotReversible, match="each time"):
        applied(prepared, lambda other: other.execute(f"COMMENT ON TABLE t IS '{next(numbers)}'"))
    assert leftovers(prepared) == own


def test_a_table_in_use_delays_neither_the_step_nor_the_others(prepared):
    """The capture triggers cannot be dropped at once: they stay, shut, for the next run to sweep."""
    case = replace(CASE, sections=(*CASE.sections[:2], ("change", "INSERT INTO u VALUES (9)")))
    with prepared.connect(autocommit=False) as reader:
        run = case.apply(prepared, judge=lambda: reader.execute("SELECT * FROM u"), lock_timeout=50)
        assert any(name.startswith("planrun_capture") for name in leftovers(prepared))
        reader.rollback()
    with prepared.connect() as connection:
        connection.execute("INSERT INTO u VALUES (10)")
    run.back()
    with prepared.connect() as connection:
        assert connection.execute("SELECT id FROM u").fetchall() == [(10,)]


def test_the_gate_of_the_triggers_is_shut_for_others(prepared):
    """Nothing that the application writes during the step lands in the undo log."""
    case = replace(CASE, sections=(*CASE.sections[:2], ("change", "INSERT INTO u VALUES (9)")))
    with prepared.connect() as other:
        run = case.apply(prepared, judge=lambda: other.execute("INSERT INTO u VALUES (10)"))
    run.back()
    with prepared.connect() as connection:
        assert connection.execute("SELECT id FROM u").fetchall() == [(10,)]


# --- a default isolation level whose snapshot is older than the locks ----------------------------


@pytest.fixture
def repeatable(database):
    with database.superuser() as superuser:
        superuser.execute(f"ALTER DATABASE {database.name} SET default_transaction_isolation = 'repeatable read'")
    return database


@pytest.mark.parametrize(
    ("change", "write", "found"),
    [
        ("ALTER TABLE t DROP COLUMN v", "UPDATE t SET v = 'theirs' WHERE id = 1", [(1, "theirs"), (2, "b")]),
        ("TRUNCATE t", "INSERT INTO t VALUES (3, 'theirs')", [(1, "a"), (2, "b"), (3, "theirs")]),
    ],
)
def test_what_was_written_before_the_lock_is_saved_whatever_the_isolation_is(
    repeatable, monkeypatch, change, write, found
):
    CASE.prepare(repeatable)
    save, told = Watch.save, []

    def meanwhile(watch, connection):
        if watch.saved or watch.compared:
            with repeatable.connect() as other:
                other.execute("SET lock_timeout = '4s'")
                told.append(other.execute(write).rowcount)
        save(watch, connection)

    monkeypatch.setattr(Watch, "save", meanwhile)
    run = replace(CASE, sections=(*CASE.sections[:2], ("change", change))).apply(repeatable)
    assert told[0] == 1
    run.back()
    with repeatable.connect() as connection:
        assert connection.execute("SELECT id, v FROM t ORDER BY id").fetchall() == found


def test_the_printed_script_sees_what_was_written_while_it_waited(repeatable):
    CASE.prepare(repeatable)
    run = replace(CASE, sections=(*CASE.sections[:2], ("change", "ALTER TABLE u ADD COLUMN w text"))).apply(repeatable)
    with repeatable.connect(autocommit=False) as application, ThreadPoolExecutor(1) as pool:
        application.execute("INSERT INTO u VALUES (1, 'theirs')")
        script = pool.submit(run.psql)
        wait_for_a_waiter(repeatable)
        application.commit()
        done = script.result()
    assert done.returncode != 0
    assert "filled" in done.stderr
    with repeatable.connect() as connection:
        assert connection.execute("SELECT id, w FROM u").fetchall() == [(1, "theirs")]
