"""What capture and accounting cost one step, on a database of 1,000 tables, against the same SQL through psycopg.

Run it with ``python tests/benchmarks/one_step.py [TABLES] [STEPS]``. Each kind of step is run STEPS times, each time as
its own transaction, by planrun and by one psycopg connection on a copy of the same database; the medians count, and
their difference is what a step pays for its way back, its record and its proof. The first steps of a kind are left out:
there the server plans the queries that all others share.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from many_steps import DURABLE

from planrun.edges import embedded

TABLE = "CREATE TABLE o_{0} (id bigint PRIMARY KEY, name text NOT NULL, amount numeric DEFAULT 0)"
KINDS = {
    "update 100 rows": "UPDATE o_{0} SET amount = amount + 1",
    "insert 100 rows": "INSERT INTO o_{0} SELECT i, 'new', 1 FROM generate_series(101, 200) i",
    "add a column": "ALTER TABLE o_{0} ADD COLUMN note text",
    "create an index": "CREATE INDEX ON o_{0} (name)",
    "create a table": TABLE.replace("o_{0}", "n_{0}"),
}
WARM = 3


def fill(url: str, tables: int) -> None:
    """Create the tables, a hundred rows in each."""
    with psycopg.connect(url, autocommit=True) as connection:
        for number in range(tables):
            connection.execute(TABLE.format(number))
            connection.execute(f"INSERT INTO o_{number} SELECT i, 'row', i FROM generate_series(1, 100) i")


def through_psycopg(url: str, statements: list[str]) -> list[float]:
    """Return the seconds of each statement in a transaction of its own."""
    seconds = []
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            began = time.perf_counter()
            connection.execute("BEGIN")
            connection.execute(statement)
            connection.execute("COMMIT")
            seconds.append(time.perf_counter() - began)
    return seconds


def through_planrun(url: str, statements: list[str], folder: Path, kind: str) -> list[float]:
    """Return the seconds of each statement as a step, with all that goes before and after its transaction."""
    name = kind.replace(" ", "_")
    plan = folder / f"{name}.yaml"
    lines = [f'  - {{id: s{number}, migrate: {{sql: "{text}"}}}}' for number, text in enumerate(statements)]
    plan.write_text(f"planrun: 1\nname: {name}\nsteps:\n" + "\n".join(lines) + "\n", encoding="utf-8")
    planrun = Path(sys.executable).with_name("planrun")
    command = (planrun, "execute", plan, "--url", url, "--yes", "--json")
    told = subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True).stdout
    return [step["seconds"] for step in json.loads(told)["steps"]]


def main() -> None:
    tables, steps = (int(word) for word in [*sys.argv[1:], *("1000", "30")[len(sys.argv) - 1 :]])
    with tempfile.TemporaryDirectory() as name, embedded.start(embedded.choose(), settings=DURABLE) as server:
        folder = Path(name)
        (folder / "templates").mkdir()
        with psycopg.connect(server.url(), autocommit=True) as superuser:
            superuser.execute("CREATE ROLE bench LOGIN")
            superuser.execute("CREATE DATABASE a OWNER bench")
            fill(server.url("a", "bench"), tables)
            with psycopg.connect(server.url("a"), autocommit=True) as inside:
                inside.execute(
                    "ANALYZE"
                )  # the catalogs too, as autovacuum has done on a database that was not made now
            superuser.execute("CREATE DATABASE b TEMPLATE a OWNER bench")
        print(f"{steps} steps of each kind on {tables} tables; median milliseconds of one step")
        print(f"  {'':<18} {'psycopg':>8} {'planrun':>8} {'more':>8} {'ratio':>6}")
        for kind, text in KINDS.items():
            statements = [text.format(number) for number in range(steps + WARM)]
            raw = statistics.median(through_psycopg(server.url("a", "bench"), statements)[WARM:]) * 1000
            ours = through_planrun(server.url("b", "bench"), statements, folder, kind)
            own = statistics.median(ours[WARM:]) * 1000
            print(f"  {kind:<18} {raw:8.2f} {own:8.2f} {own - raw:8.2f} {own / raw:6.2f}   first {ours[0] * 1000:.1f}")


if __name__ == "__main__":
    main()
