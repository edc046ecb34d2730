"""Exports and dumps of 2.8 million rows, beside what psql and pg_dump take for the same.

Run it with ``python tests/benchmarks/backups.py [SHARE] [ROUNDS]``; SHARE 1 is the full size, 0.05 the default. Each
line is the least of all rounds, which other work on the machine disturbs least: wall time, and the CPU of the client
with its children and of the server's backends. ``export``, ``2 exports`` (two halves in two threads) and ``dump`` are
the backup rooms alone; ``execute`` is the program, which also takes the content hash of every row in a second
connection beside it. Needs Linux.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from consolidation_size import SETTINGS

from planrun.edges import embedded

SETUP = """
CREATE TABLE payments (id bigint PRIMARY KEY, lease bigint NOT NULL, amount numeric(12,2) NOT NULL, paid date,
  note text, reference text);
INSERT INTO payments SELECT i, i % 100000, (i % 90000) / 100.0 + 1, date '2015-01-01' + (i % 3000)::int,
  CASE WHEN i % 3 = 0 THEN NULL ELSE 'payment ' || i % 977 END, md5(i::text) FROM generate_series(1, {rows}) i;
ANALYZE;
"""
QUERY = "SELECT * FROM payments"

BARE = """
import hashlib, sys, psycopg
digest = hashlib.sha256()
with psycopg.connect(sys.argv[1]) as c, open(sys.argv[2], "wb") as f, c.cursor() as cursor:
    with cursor.copy("COPY (SELECT * FROM payments) TO STDOUT (FORMAT csv, HEADER true)") as copy:
        for row in copy:
            digest.update(row)
            f.write(row)
"""
EXPORT = """
import sys, psycopg
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from planrun.edges.backups import csv_export, disk
folder = Path(sys.argv[2])
descriptor = disk.open_folder(folder)

def export(query):
    name = f"room{queries.index(query)}.csv"
    with psycopg.connect(sys.argv[1], autocommit=True) as c, disk.new_file(descriptor, folder, name) as file:
        csv_export.export(c, query, file)

queries = sys.argv[3:]
with ThreadPoolExecutor(len(queries)) as pool:
    list(pool.map(export, queries))
"""
DUMP = """
import sys, psycopg
from pathlib import Path
from planrun.core.plan import DumpFormat
from planrun.edges.backups import disk, dump, libpq, tools
folder = Path(sys.argv[2])
descriptor = disk.open_folder(folder)
with psycopg.connect(sys.argv[1], autocommit=True) as c, disk.new_file(descriptor, folder, "room.dump") as file:
    settings = libpq.settings_of(c)
    program = tools.tools(c.info.server_version // 10000, settings)
    dump.dump(settings, dump.Request(format=DumpFormat.CUSTOM), program, file)
"""
HALVES = {"first": "<= HALF", "second": "> HALF"}
PLANS = {
    "execute": f"  - {{id: whole, backup: {{csv: {{sql: {QUERY}}}}}}}\n",
    "halves": "".join(
        f'  - {{id: {name}, backup: {{csv: {{sql: "{QUERY} WHERE id {where}"}}}}}}\n' for name, where in HALVES.items()
    ),
    "dump": "  - {id: whole, backup: {database: {format: custom}}}\n",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of a command, of CPU in client and server, and the client's memory at its largest in MB."""

    wall: float
    cpu: float
    memory: float

    def least(self, other: Cost) -> Cost:
        return Cost(min(self.wall, other.wall), min(self.cpu, other.cpu), max(self.memory, other.memory))


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
    return Cost(wall, usage.ru_utime + usage.ru_stime + ended() - before, usage.ru_maxrss / 1024)


def round_of(server: embedded.Server, folder: Path, rows: int) -> dict[str, Cost]:
    """Run all of it once; the history is dropped before each, so that everything has to run again."""
    bindir, url = server.installation.bindir, server.url()
    planrun = Path(sys.executable).with_name("planrun")

    def execute(name: str, *options: str) -> Cost:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS planrun CASCADE")
        shutil.rmtree(folder / "backups", ignore_errors=True)
        plan = folder / f"{name}.yaml"
        return measured(server, planrun, "execute", plan, "--url", url, "--yes", *options)

    copy = f"\\copy ({QUERY}) TO '{folder}/copy.csv' (FORMAT csv, HEADER true)"
    back = f"\\copy again FROM '{folder}/copy.csv' (FORMAT csv, HEADER true)"
    fresh = "DROP TABLE IF EXISTS again; CREATE TABLE again (LIKE payments INCLUDING ALL)"
    halves = [f"{QUERY} WHERE id {where.replace('HALF', str(rows // 2))}" for where in HALVES.values()]
    return {
        "\\copy": measured(server, bindir / "psql", "-X", "-q", "-c", copy, url),
        "bare psycopg": measured(server, sys.executable, "-c", BARE, url, folder / "bare.csv"),
        "export": measured(server, sys.executable, "-c", EXPORT, url, folder, QUERY),
        "2 exports": measured(server, sys.executable, "-c", EXPORT, url, folder, *halves),
        "execute csv": execute("execute"),
        "execute 2 csv": execute("halves", "--jobs", "2"),
        "pg_dump": measured(server, bindir / "pg_dump", "-Fc", "-t", "payments", "-f", folder / "dump", url),
        "dump": measured(server, sys.executable, "-c", DUMP, url, folder),
        "execute dump": execute("dump"),
        "\\copy in": measured(server, bindir / "psql", "-X", "-q", "-c", fresh, "-c", back, url),
    }


BASES = {
    "pg_dump": ("dump", "execute dump"),
    "\\copy": ("bare psycopg", "export", "2 exports", "execute csv", "execute 2 csv"),
}
"""What each line is compared with."""


def main() -> None:
    words = [*sys.argv[1:], *("0.05", "3")[len(sys.argv) - 1 :]]
    rows, rounds = int(2_800_000 * float(words[0])), int(words[1])
    with tempfile.TemporaryDirectory() as name, embedded.start(embedded.choose(), settings=SETTINGS) as server:
        for plan, steps in PLANS.items():
            text = f"planrun: 1\nname: {plan}\nsteps:\n" + steps.replace("HALF", str(rows // 2))
            Path(name, f"{plan}.yaml").write_text(text, encoding="utf-8")
        with psycopg.connect(server.url(), autocommit=True) as connection:
            for statement in SETUP.format(rows=rows).split(";"):
                connection.execute(statement)
        least: dict[str, Cost] = {}
        for _ in range(rounds):
            for what, cost in round_of(server, Path(name), rows).items():
                least[what] = cost.least(least.get(what, cost))
            with psycopg.connect(server.url(), autocommit=True) as connection:
                connection.execute("DROP TABLE again")
    print(f"{rows:,} rows, least of {rounds} rounds, and the ratio to what it is compared with")
    print(f"  {'':<14} {'wall':>9} {'ratio':>6} {'CPU':>9} {'ratio':>6} {'client':>9}")
    for what, cost in least.items():
        base = least[next((name for name, ours in BASES.items() if what in ours), what)]
        ratios = cost.wall / base.wall, cost.cpu / base.cpu
        print(
            f"  {what:<14} {cost.wall:7.2f} s {ratios[0]:6.2f} {cost.cpu:7.2f} s {ratios[1]:6.2f} {cost.memory:6.0f} MB"
        )


if __name__ == "__main__":
    main()
