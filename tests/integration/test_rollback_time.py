"""How long a rollback takes grows with the rows, not with their square: what would look through all for each is told.

By the plan that the server makes, not by a clock.
"""

from __future__ import annotations

from planrun.core import conflicts, restore
from planrun.core.policy import OnConflict
from planrun.edges.postgres import history
from planrun.edges.postgres.connection import fixed_settings, open_connection


def test_values_that_an_old_type_cannot_hold_are_not_looked_up_row_by_row(project):
    with project.database.connect() as connection:
        connection.execute("CREATE TABLE items (id int PRIMARY KEY, price int)")
        connection.execute("INSERT INTO items SELECT n, n FROM generate_series(1, 5000) n")
    project.write(
        "- id: retyped\n  migrate: {sql: 'ALTER TABLE items ALTER COLUMN price TYPE numeric(12,2) USING price / 100.0'}"
    )
    project.execute()
    with open_connection(project.database.params) as connection, connection.transaction():
        connection.execute(fixed_settings())
        (run,) = history.runs(connection, project.name)
        ((step, table),) = ((step, table) for step in run.steps for table in step.undo.captured)
        for statement in restore.create_net(step.id, table):
            connection.execute(statement.encode())
        (look,) = conflicts.lossy_values(step.id, step.step, table, OnConflict.KEEP)
        connection.execute("SELECT pg_catalog.set_config('planrun.run', '1', true)")
        plan = "\n".join(line for (line,) in connection.execute(f"EXPLAIN {look}".encode()))
    assert f"on net_{step.id}_{table.oid}" in plan.replace('"', "")
    assert "Hash" in plan or "Merge" in plan
    assert "SubPlan" not in plan.partition("conflict k")[0]
