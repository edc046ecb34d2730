"""What `execute --dry-run` shows is what the server receives: the plan's own statements, in order, byte for byte."""

from __future__ import annotations

import pytest

from bench import LONGEST_MAJORS
from planrun import samples
from planrun.core import listing
from planrun.core.schedule import CheckWork, CsvWork, MigrateWork, TableCopyWork
from projects import Project, consolidation

AWKWARD = r"""
- id: ready
  check:
    sql: |
      -- a comment, with a ' quote and a ; semicolon
      SELECT 'Zürich — 東京 🏠' AS city, 100 % 7 AS rest /* block /* nested */ comment */
    expect: {rows: 1}
- id: export
  backup:
    csv:
      sql: |
        SELECT id, name, '%s %% \N' AS "percent" -- the last comment
        FROM items
- id: copy
  backup: {table: items, where: "name LIKE '%tem%' -- all", into: "items_Ä"}
- id: bodies
  needs: [copy]
  migrate:
    sql: |
      -- before the first
      CREATE FUNCTION plus("é" int) RETURNS int LANGUAGE plpgsql AS $body$
      BEGIN
        -- inside ; and 'more'
        RETURN "é" + 1; -- $$ nested $$
      END
      $body$;

      UPDATE items SET name = name || E'\t%(x)s 名前 $1', price = plus(price::int) /* %s */
        WHERE id % 2 = 0;
      DO $$BEGIN PERFORM 'ö;', $x$ ; $x$; END$$;
      INSERT INTO items (id, name, price) VALUES (1000, 'l''été; "x"', 1)
    assert:
      - sql: SELECT count(*) FROM items WHERE name LIKE '%名前%' -- fifty
        expect: {value: 50}
- id: compared
  needs: [bodies]
  check:
    sql: SELECT 1 AS "один"
    expect: {equals: {sql: "SELECT 1 AS x -- y"}}
- id: by_hand
  rollback: {of: bodies, sql: DELETE FROM items}
"""


def require_sent(project, log):
    """Compare the dry run with the server's log: nothing more is shown, all that is shown was sent, in this order."""
    received = [entry.text for entry in log.received() if entry.application.startswith("planrun")]
    rest, shown = listing.script_of(project.schedule), ""
    for step in project.schedule.steps:
        for text, framed in _statements(step.work):
            before, found, rest = rest.partition(f"{text};\n")
            assert found, f"{step.id}: the dry run does not show in its place:\n{text}"
            shown += before
            # A check's query is counted and compared inside a query of planrun's; all else is sent as it stands.
            index = next((n for n, sent in enumerate(received) if (text in sent if framed else text == sent)), None)
            assert index is not None, f"{step.id}: the server did not receive in its place:\n{text}"
            received = received[index + (not framed) :]
    others = [line for line in (shown + rest).splitlines() if line and not line.startswith("-- ")]
    assert others == []


def _statements(work):
    """Yield the texts of a step in their order, and whether planrun frames them."""
    match work:
        case CsvWork():
            yield f"COPY ({work.query.text}\n) TO STDOUT ({listing.COPY_OPTIONS})", False
        case TableCopyWork():
            yield work.statement.text, False
        case MigrateWork():
            yield from ((statement.text, False) for statement in work.statements)
            for check in work.asserts:
                yield from _statements(check)
        case CheckWork():
            yield work.query.text, True
            if work.reference is not None:
                yield work.reference.text, True


def test_a_plan_with_awkward_text(database, tmp_path, server_log):
    project = Project(tmp_path, database)
    database.connect().execute("CREATE TABLE items (id int PRIMARY KEY, name text, price numeric)")
    database.connect().execute("INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 100) n")
    project.write(AWKWARD)
    log = server_log(database)
    project.execute()
    require_sent(project, log)


def test_a_plan_in_one_transaction(project, server_log):
    project.database.connect().execute("CREATE TABLE items (id int PRIMARY KEY, name text, price numeric)")
    project.database.connect().execute("INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 100) n")
    project.write(AWKWARD, transaction="plan")
    log = server_log(project.database)
    project.execute()
    require_sent(project, log)


@pytest.mark.majors(*LONGEST_MAJORS)
def test_the_consolidation(database, tmp_path, server_log):
    project = consolidation(tmp_path, database)
    with database.connect() as connection:
        connection.execute(samples.read(samples.Sample.SCHEMA))
        connection.execute(samples.read(samples.Sample.DATA))
    log = server_log(database)
    project.execute(confirmed=("dashboard_backup",))
    require_sent(project, log)
