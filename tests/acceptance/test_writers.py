"""The application writes while planrun works: every committed write is there afterwards, or was told as a conflict."""

from __future__ import annotations

import random
import threading

import psycopg
import pytest

from fingerprint import difference, fingerprint
from planrun.errors import Conflict
from projects import until

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, price numeric NOT NULL, stock int NOT NULL DEFAULT 0);
INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 400) n;
CREATE TABLE parts (id int PRIMARY KEY, item int REFERENCES items ON DELETE CASCADE);
"""

STEPS = """
- {id: raise, migrate: {sql: UPDATE items SET price = price + 1}}
- id: insert
  needs: [raise]
  migrate: {sql: "INSERT INTO items (id, name, price) SELECT n, 'new ' || n, n FROM generate_series(1001, 1100) n"}
- {id: extend, needs: [insert], migrate: {sql: ALTER TABLE items ADD COLUMN note text}}
- {id: create, needs: [extend], migrate: {sql: CREATE TABLE made AS SELECT id FROM items WHERE id <= 10}}
- {id: delete, needs: [create], migrate: {sql: DELETE FROM items WHERE id > 395 AND id <= 400}}
"""


def waits(database):
    """Tell whether a statement of planrun waits for a lock."""
    with database.superuser() as connection:
        return connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND application_name = 'planrun'"
            " AND wait_event_type = 'Lock'",
            (database.name,),
        ).fetchone()[0]


UPDATE = "UPDATE items SET price = price + 1"
INSERT = "INSERT INTO items (id, name, price) SELECT n, 'new ' || n, n FROM generate_series(1001, 1100) n"
EXTEND = "ALTER TABLE items ADD COLUMN note text"
CREATE = "CREATE TABLE made AS SELECT id FROM items WHERE id <= 10"
DELETE = "DELETE FROM items WHERE id > 395"


@pytest.mark.parametrize(
    ("change", "write", "witness", "kind"),
    [
        (INSERT, "UPDATE items SET name = 'app' WHERE id = 1001", "SELECT name FROM items WHERE id = 1001", "changed"),
        (UPDATE, "UPDATE items SET price = 77 WHERE id = 7", "SELECT price FROM items WHERE id = 7", "changed"),
        (EXTEND, "UPDATE items SET note = 'app' WHERE id = 8", "SELECT note FROM items WHERE id = 8", "filled"),
        (CREATE, "INSERT INTO made VALUES (4711)", "SELECT count(*) FROM made", "rows"),
        (INSERT, "INSERT INTO parts VALUES (1, 1001)", "SELECT count(*) FROM parts", "referenced"),
        (DELETE, "INSERT INTO items VALUES (400, 'app', 1)", "SELECT name FROM items WHERE id = 400", "exists"),
        (UPDATE, "DELETE FROM items WHERE id = 9", "SELECT count(*) FROM items WHERE id = 9", "deleted"),
    ],
    ids=["inserted row", "changed row", "added column", "created table", "child row", "deleted key", "deleted row"],
)
def test_a_write_that_commits_while_the_rollback_is_under_way_is_not_lost(project, change, write, witness, kind):
    database = project.database
    database.connect().execute(SETUP)
    project.write(f'- {{id: change, migrate: {{sql: "{change}"}}}}', defaults={"lock_timeout": "20s"})
    project.execute()
    application = database.connect(autocommit=False)
    application.execute(write)
    written = application.execute(witness).fetchone()
    caught: list[BaseException] = []

    def roll_back():
        try:
            project.rollback()
        except Conflict as conflict:
            caught.append(conflict)

    thread = threading.Thread(target=roll_back)
    thread.start()
    until(lambda: waits(database), "the rollback waits for the application's transaction")
    application.commit()
    thread.join(60)
    assert database.connect().execute(witness).fetchone() == written
    (conflict,) = caught
    assert kind in {item.kind for item in conflict.conflicts}


class Writer(threading.Thread):
    """Writes as an application does, one short transaction after another, and keeps a log of what was committed."""

    def __init__(self, database, seed):
        super().__init__()
        self._database = database
        self._random = random.Random(seed)  # noqa: S311  the same writes on every run
        self._enough = threading.Event()
        self.stock: dict[int, int] = {}
        self.price: dict[int, int] = {}
        self.commits = 0
        self.failures: list[str] = []

    def run(self):
        with self._database.connect() as connection:
            while not self._enough.is_set():
                self._write(connection)

    def _write(self, connection):
        key, value = self._random.randint(1, 390), self._random.randint(1, 10**6)
        column = "price" if key % 40 == 0 else "stock"
        try:
            connection.execute(f"UPDATE items SET {column} = %s WHERE id = %s", (value, key))
        except psycopg.errors.DeadlockDetected as error:
            self.failures.append(str(error))  # not committed, so nothing to be found again
            return
        getattr(self, column)[key] = value
        self.commits += 1

    def end(self):
        self._enough.set()
        self.join(60)


def test_a_writer_beside_execute_and_rollback_loses_nothing(project):
    database = project.database
    database.connect().execute(SETUP)
    project.write(STEPS, defaults={"lock_timeout": "5s", "retries": 10})
    writer = Writer(database, seed=20250115)
    writer.start()
    try:
        until(lambda: writer.commits > 200, "the application writes")
        project.execute()
        seen = writer.commits
        until(lambda: writer.commits > seen + 200, "the application goes on")
        reported = set()
        try:
            project.rollback()
        except Conflict as conflict:
            reported = {int(item.key.rpartition(" ")[2]) for item in conflict.conflicts if item.column == "price"}
    finally:
        writer.end()
    assert reported
    assert reported <= set(writer.price)
    found = _items(database)
    assert {key: found[key][0] for key in writer.stock} == writer.stock
    # While the rollback gave up the application went on: what it wrote then stands in the way as well.
    with pytest.raises(Conflict):
        project.rollback()
    # Nothing else does: with the prices as the run had left them, all of it comes back.
    _settle(database, project)
    project.rollback()
    found = _items(database)
    assert set(found) == set(range(1, 401))
    assert {key: found[key][0] for key in writer.stock} == writer.stock
    untouched = set(range(1, 401)) - set(writer.price)
    assert all(found[key][1] == key for key in untouched)


def _items(database):
    return {row[0]: row[1:] for row in database.connect().execute("SELECT id, stock, price FROM items")}


def _settle(database, project):
    """Give the values in conflict back what the run had made of them."""
    with database.connect() as connection:
        for conflict in project.status().conflicts:
            key = int(conflict.key.rpartition(" ")[2])
            connection.execute("UPDATE items SET price = %s WHERE id = %s", (conflict.after, key))


def test_a_writer_of_other_columns_alone_is_no_conflict(project):
    database = project.database
    database.connect().execute(SETUP)
    project.write(STEPS, defaults={"lock_timeout": "5s", "retries": 10})
    project.execute()
    database.connect().execute("UPDATE items SET stock = stock + 1 WHERE id <= 300")
    project.rollback()
    other = database.connect().execute("SELECT count(*), sum(price), sum(stock) FROM items").fetchone()
    assert other == (400, 80200, 300)
    before = fingerprint(database)
    project.execute()
    project.rollback()
    assert difference(before, fingerprint(database)) == ""
