"""Batched steps: pages by key, a transaction each, resumed where they stopped, and taken back page by page."""

from __future__ import annotations

import signal

import pytest

from fingerprint import difference, fingerprint
from planrun.errors import ChangedSinceRun, Conflict, NotReversible, StepFailed
from projects import Project, Watcher, until, working

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, price numeric);
INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 95) n;
CREATE TABLE gate (shut_at int);
CREATE FUNCTION wait_at(int, int) RETURNS bigint LANGUAGE sql AS
  'SELECT count(*) FROM (SELECT pg_sleep(300) FROM gate WHERE shut_at BETWEEN $1 AND $2) s';
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


def pages(database):
    return [
        (batch["number"], *batch["first"], *batch["last"], batch["rows"], rows)
        for batch, rows in database.connect()
        .execute("SELECT batch, rows FROM planrun.step WHERE batch IS NOT NULL AND reversed_by IS NULL ORDER BY id")
        .fetchall()
    ]


def one(database, query):
    return database.connect().execute(query).fetchone()


# --- forward -----------------------------------------------------------------------------------


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
