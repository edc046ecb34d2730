"""Queries on the catalogs cost what they read, not what the planner fears: a hash table is as large as its guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.edges.postgres import describe
from planrun.edges.postgres.connection import open_connection

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTITIONS = 60


def test_no_guess_of_many_rows_where_a_tree_is_followed(database):
    with database.connect() as owner, database.superuser() as superuser:
        owner.execute("CREATE TABLE root (id int PRIMARY KEY) PARTITION BY RANGE (id)")
        for number in range(PARTITIONS):
            owner.execute(f"CREATE TABLE p{number} PARTITION OF root FOR VALUES FROM ({number}) TO ({number + 1})")
        superuser.execute("ANALYZE pg_catalog.pg_inherits")
    with open_connection(database.params) as connection:
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.execute(f"PREPARE described AS {describe._describing('rows', 'rest')}".encode())
        explain = "EXPLAIN (FORMAT JSON) EXECUTE described (ARRAY['root'::regclass::oid], true)"
        ((plan,),) = connection.execute(explain.encode()).fetchone()
    guesses = [node["Plan Rows"] for node in _nodes(plan["Plan"]) if node["Node Type"] == "Recursive Union"]
    assert len(guesses) == 3
    assert max(guesses) < 100_000


def _nodes(node: dict) -> Iterator[dict]:
    yield node
    for inner in node.get("Plans", ()):
        yield from _nodes(inner)
