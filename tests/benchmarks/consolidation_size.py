"""The consolidation at the size of production: 2.5 million row writes, captured, and taken back.

Run it with ``python tests/benchmarks/consolidation_size.py [SHARE] [ROUNDS] [WORKLOAD...]``; SHARE 1 is the full size,
0.1 the default. The workloads:

consolidation
    The migrate steps and the in-database copies of ``plans/consolidation.yaml``, as they are rendered, on the sample
    data times as many tenants. Their statements join, and write to tables with indexes, foreign keys and triggers.
trivial
    One statement a table, on tables with nothing but a primary key: the worst ratio there is, since no writes cost
    less than these.

Forward with capture stands against the same SQL through psql, the way back against that raw forward run. Checks,
asserts and backups to files are left out on both sides; the copies are on both. Wall time, and the CPU of the server:
that of all backends that ended, which the postmaster's entry in /proc adds up (so that it needs Linux). The server is
durable; its autovacuum is off, for it would work now for the one and now for the other.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
import yaml
from many_steps import DURABLE

from planrun import samples
from planrun.edges import embedded
from planrun.samples import Sample

SETTINGS = {
    **DURABLE,
    "autovacuum": "off",
    "shared_buffers": "512MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
}
ROOT = Path(__file__).parents[2]
PLANRUN = Path(sys.executable).with_name("planrun")
TENANTS = 20_000
"""How many tenants the sample has."""
WRITES_A_TENANT = 6.77
"""How many rows the migrate steps write for each of them; the copies hold 2.7 more."""

TRIVIAL_SETUP = """
CREATE TABLE tenants (id bigint PRIMARY KEY, name text NOT NULL, rent numeric, rental_start date, note text);
CREATE TABLE units (id bigint PRIMARY KEY, tenant bigint NOT NULL, rent numeric, size integer NOT NULL, city text);
CREATE TABLE leases (id bigint PRIMARY KEY, tenant bigint NOT NULL, rent numeric NOT NULL, starts date, source text);
INSERT INTO tenants SELECT i, 'tenant ' || i, 500 + i % 1000, date '2020-01-01' + (i % 1000)::int, repeat('x', 40)
  FROM generate_series(1, {million}) i;
INSERT INTO units SELECT i, i, 500 + i % 900, 30 + i % 90, 'city ' || i % 500 FROM generate_series(1, {million}) i;
ANALYZE;
"""
TRIVIAL_STEPS = (
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


@dataclass(frozen=True, slots=True)
class Workload:
    """A plan in a folder, the same SQL as a script for psql, and what the database holds before."""

    plan: Path
    script: Path
    setup: str


def trivial(folder: Path, share: float) -> Workload:
    """Write the plan of one statement a table."""
    lines = [f'  - {{id: s{number}, migrate: {{sql: "{text}"}}}}' for number, text in enumerate(TRIVIAL_STEPS)]
    return _workload(folder, "steps:\n" + "\n".join(lines), TRIVIAL_SETUP.format(million=int(1_000_000 * share)))


def consolidation(folder: Path, share: float) -> Workload:
    """Write the plan of the repository without its checks and its backups to files."""
    plan = yaml.safe_load((ROOT / "plans" / "consolidation.yaml").read_text(encoding="utf-8"))
    kept = [step for step in plan["steps"] if "migrate" in step or "table" in step.get("backup", {})]
    ids = {step["id"] for step in kept}
    for step in kept:
        step["needs"] = [name for name in step.get("needs", ()) if name in ids]
        step.get("migrate", {}).pop("assert", None)
    (folder / "templates").symlink_to(ROOT / "templates")
    times = max(1, round(2_500_000 * share / WRITES_A_TENANT / TENANTS))
    numbers = {800, 20_000, 20_001, 24_000}  # properties, tenants, the first empty unit, units
    data = re.sub(
        r"\b\d+\b",
        lambda found: (
            str((int(found[0]) - int(found[0]) % 10) * times + int(found[0]) % 10)
            if int(found[0]) in numbers
            else found[0]
        ),
        re.sub(r"start_date - 800\b", "start_date - 799", samples.read(Sample.DATA)),
    )
    text = yaml.safe_dump({"vars": plan["vars"], "search_path": plan["search_path"], "steps": kept})
    return _workload(folder, text, f"{samples.read(Sample.SCHEMA)};\n{data}")


WORKLOADS = {"consolidation": consolidation, "trivial": trivial}


def _workload(folder: Path, steps: str, setup: str) -> Workload:
    (folder / "plans").mkdir()
    plan, rendered, script = folder / "plans" / "size.yaml", folder / "rendered", folder / "size.sql"
    plan.write_text(f"planrun: 1\nname: size\n{steps}\n", encoding="utf-8")
    subprocess.run([PLANRUN, "execute", plan, "--dry-run", "--out", rendered], check=True, stdout=subprocess.DEVNULL)
    files = (file.read_text(encoding="utf-8") for file in sorted(rendered.glob("*.sql")))
    script.write_text("".join(f"BEGIN;\n{text}\nCOMMIT;\n" for text in files), encoding="utf-8")
    return Workload(plan, script, setup)


def measured(server: embedded.Server, *command: str | Path) -> Cost:
    """Run a command to its end and return what it took."""
    postmaster = (server.data / "postmaster.pid").read_text(encoding="utf-8").split()[0]

    def ended() -> float:
        fields = Path(f"/proc/{postmaster}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    before, began = ended(), time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if status:
        raise SystemExit(f"{' '.join(map(str, command))} failed")
    time.sleep(0.2)  # for the postmaster to see its backends end
    return Cost(wall, ended() - before, usage.ru_maxrss / 1024)


def round_of(server: embedded.Server, superuser: psycopg.Connection, workload: Workload) -> dict[str, Cost]:
    """Run all of it once, on fresh copies of the database."""
    for side in ("a", "b"):
        superuser.execute(f"DROP DATABASE IF EXISTS {side}")
        superuser.execute(f"CREATE DATABASE {side} TEMPLATE start OWNER bench")
    superuser.execute("CHECKPOINT")
    psql = server.installation.bindir / "psql"
    raw = (psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", workload.script, server.url("a", "bench"))
    url = server.url("b", "bench")
    return {
        "psql": measured(server, *raw),
        "execute": measured(server, PLANRUN, "execute", workload.plan, "--url", url, "--yes"),
        "rollback": measured(server, PLANRUN, "rollback", workload.plan, "--url", url, "--yes"),
    }


def measure(name: str, share: float, rounds: int) -> None:
    """Measure a workload on a server of its own, and print it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded.start(embedded.choose(), settings=SETTINGS) as server,
        psycopg.connect(server.url(), autocommit=True) as superuser,
    ):
        workload = WORKLOADS[name](Path(folder), share)
        superuser.execute("CREATE ROLE bench LOGIN")
        superuser.execute("CREATE DATABASE start OWNER bench")
        with psycopg.connect(server.url("start", "bench"), autocommit=True) as owner:
            owner.execute(workload.setup.encode())
        with psycopg.connect(server.url("start"), autocommit=True) as other:
            other.execute("VACUUM ANALYZE")
        results = [round_of(server, superuser, workload) for _ in range(rounds)]
        with psycopg.connect(server.url("a")) as counted:
            (writes,) = counted.execute(
                "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
            ).fetchone() or (0,)
    print(f"{name}: {writes:,.0f} row writes, {rounds} rounds; medians, and the ratio to psql in the same round")
    print(f"  {'':<10} {'wall':>9} {'ratio':>6} {'server':>9} {'ratio':>6} {'client':>9}")
    for command in results[0]:
        costs = [(result[command], result["psql"]) for result in results]
        wall, server_time = (statistics.median(getattr(ours, what) for ours, _ in costs) for what in ("wall", "server"))
        slower, dearer = (
            statistics.median(getattr(ours, what) / getattr(raw, what) for ours, raw in costs)
            for what in ("wall", "server")
        )
        memory = max(ours.memory for ours, _ in costs)
        print(f"  {command:<10} {wall:7.2f} s {slower:6.2f} {server_time:7.2f} s {dearer:6.2f} {memory:6.0f} MB")


def main() -> None:
    share, rounds = float((sys.argv[1:] or ["0.1"])[0]), int((sys.argv[2:] or ["3"])[0])
    for name in sys.argv[3:] or WORKLOADS:
        measure(name, share, rounds)


if __name__ == "__main__":
    main()
