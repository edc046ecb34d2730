"""How long a rollback takes grows with the rows, not with their square."""

from __future__ import annotations

import time

MANY = 20_000
ENOUGH = 40
"""Seconds that are many times too many; the square of the rows would take minutes."""


def test_a_changed_type_goes_back_in_the_time_of_its_rows(project):
    with project.database.connect() as connection:
        connection.execute("CREATE TABLE items (id int PRIMARY KEY, price int)")
        connection.execute(f"INSERT INTO items SELECT n, n FROM generate_series(1, {MANY}) n")
    project.write(
        "- id: retyped\n  migrate: {sql: 'ALTER TABLE items ALTER COLUMN price TYPE numeric(12,2) USING price / 100.0'}"
    )
    project.execute()
    with project.database.connect() as connection:
        connection.execute(f"INSERT INTO items VALUES ({MANY + 1}, 7)")
    begun = time.monotonic()
    project.rollback()
    assert time.monotonic() - begun < ENOUGH
    with project.database.connect() as connection:
        found = connection.execute(f"SELECT count(*), sum(price) FROM items WHERE id <= {MANY}").fetchone()
        assert found == (MANY, MANY * (MANY + 1) // 2)
        assert connection.execute(f"SELECT price FROM items WHERE id > {MANY}").fetchone() == (7,)
