"""A plan of the size of the consolidation: 2.5 million row writes over keyed tables, captured, and taken back.

Run it with ``python tests/benchmarks/consolidation_size.py [SHARE] [ROUNDS]``; SHARE 1 is the full size, 0.02 the
default. Forward with capture stands against the same SQL through psql, the way back against that raw forward run. Wall
time, and the CPU of the server: that of all backends that ended, which the postmaster's entry in /proc adds up (so that
it needs Linux). The server is durable; its autovacuum is off, for it would work now for the one and now for the other.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from many_steps import DURABLE

from planrun.edges import embedded

SETTINGS = {
    **DURABLE,
    "autovacuum": "off",
    "shared_buffers": "512MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
}
SETUP = """
CREATE TABLE tenants (id bigint PRIMARY KEY, name text NOT NULL, rent numeric, rental_start date, note text);
CREATE TABLE units (id bigint PRIMARY KEY, tenant bigint NOT NULL, rent numeric, size integer NOT NULL, city text);
CREATE TABLE leases (id bigint PRIMARY KEY, tenant bigint NOT NULL, rent numeric NOT NULL, starts date, source text);
INSERT INTO tenants SELECT i, 'tenant ' || i, 500 + i % 1000, date '2020-01-01' + (i % 1000)::int, repeat('x', 40)
  FROM generate_series(1, {million}) i;
INSERT INTO units SELECT i, i, 500 + i % 900, 30 + i % 90, 'city ' || i % 500 FROM generate_series(1, {million}) i;
ANALYZE;
"""
STEPS = (
    "INSERT INTO leases SELECT id, id, rent, rental_start, 'tenants' FROM tenants",
    "UPDATE units SET rent = NULL, city = upper(city)",
    "DELETE FROM tenants WHERE id % 2 = 0",
)
"""Of a million rows each: a million inserted, a million updated, half a million deleted."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one command took: seconds, CPU seconds of the server, and the client's memory at its largest in MB."""

    wall: float
    server: float
    memory: float


def measured(server: embedded.Server, *command: str | Path) -> Cost:
    """Run a command to its end and return what it took."""
    postmaster = (server.data / "postmaster.pid").read_text(encoding="utf-8").split()[0]

    def ended() -> float:
        fields = Path(f"/proc/{postmaster}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    before, began = ended(), time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if status:
        raise SystemExit(f"{' '.join(map(str, command))} failed")
    time.sleep(0.2)  # for the postmaster to see its backends end
    return Cost(wall, ended() - before, usage.ru_maxrss / 1024)


def project(folder: Path) -> tuple[Path, Path]:
    """Write the steps as a plan and as a script for psql; return both files."""
    (folder / "templates").mkdir()
    plan, script = folder / "size.yaml", folder / "size.sql"
    lines = [f'  - {{id: s{number}, migrate: {{sql: "{text}"}}}}' for number, text in enumerate(STEPS)]
    plan.write_text("planrun: 1\nname: size\nsteps:\n" + "\n".join(lines) + "\n", encoding="utf-8")
    script.write_text("".join(f"BEGIN;\n{text};\nCOMMIT;\n" for text in STEPS), encoding="utf-8")
    return plan, script


def round_of(server: embedded.Server, superuser: psycopg.Connection, folder: Path) -> dict[str, Cost]:
    """Run all of it once, on fresh copies of the database."""
    plan, script = folder / "size.yaml", folder / "size.sql"
    for side in ("a", "b"):
        superuser.execute(f"DROP DATABASE IF EXISTS {side}")
        superuser.execute(f"CREATE DATABASE {side} TEMPLATE start OWNER bench")
    superuser.execute("CHECKPOINT")
    psql = server.installation.bindir / "psql"
    planrun = Path(sys.executable).with_name("planrun")
    url = server.url("b", "bench")
    return {
        "psql": measured(server, psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script, server.url("a", "bench")),
        "execute": measured(server, planrun, "execute", plan, "--url", url, "--yes"),
        "rollback": measured(server, planrun, "rollback", plan, "--url", url, "--yes"),
    }


def main() -> None:
    words = [*sys.argv[1:], *("0.02", "3")[len(sys.argv) - 1 :]]
    share, rounds = float(words[0]), int(words[1])
    with tempfile.TemporaryDirectory() as name, embedded.start(embedded.choose(), settings=SETTINGS) as server:
        project(Path(name))
        with psycopg.connect(server.url(), autocommit=True) as superuser:
            superuser.execute("CREATE ROLE bench LOGIN")
            superuser.execute("CREATE DATABASE start OWNER bench")
            with psycopg.connect(server.url("start", "bench"), autocommit=True) as owner:
                for statement in SETUP.format(million=int(1_000_000 * share)).split(";"):
                    owner.execute(statement)
            results = [round_of(server, superuser, Path(name)) for _ in range(rounds)]
    print(f"{2_500_000 * share:,.0f} row writes, {rounds} rounds; medians, and the ratio to psql in the same round")
    print(f"  {'':<10} {'wall':>9} {'ratio':>6} {'server':>9} {'ratio':>6} {'client':>9}")
    for name in results[0]:
        costs = [(result[name], result["psql"]) for result in results]
        wall, server_time = (statistics.median(getattr(ours, what) for ours, _ in costs) for what in ("wall", "server"))
        slower, dearer = (
            statistics.median(getattr(ours, what) / getattr(raw, what) for ours, raw in costs)
            for what in ("wall", "server")
        )
        memory = max(ours.memory for ours, _ in costs)
        print(f"  {name:<10} {wall:7.2f} s {slower:6.2f} {server_time:7.2f} s {dearer:6.2f} {memory:6.0f} MB")


if __name__ == "__main__":
    main()
