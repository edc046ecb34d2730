"""Many small steps, each its own transaction with its way back recorded and proved, against psql.

Run it with ``python tests/benchmarks/many_steps.py [STEPS] [ROUNDS]``. Both sides run the same statements on a fresh
database of the same server, in turn; what counts is the ratio. The server keeps its durable settings, as in production,
and the program its bytecode, as an installed one has. On a machine that does other work too, look at the CPU time of
client and server together, and at the least of several rounds.
"""

from __future__ import annotations

import compileall
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

import planrun
from planrun.edges import embedded

TABLE = "CREATE TABLE t_{0} (id bigint PRIMARY KEY, name text NOT NULL, amount numeric DEFAULT 0)"
DURABLE = {"fsync": "on", "synchronous_commit": "on"}


def project(folder: Path, steps: int) -> tuple[Path, Path]:
    """Write the same statements as a plan and as a script for psql; return both files."""
    (folder / "templates").mkdir()
    plan, script = folder / "many.yaml", folder / "many.sql"
    lines = [f'  - {{id: t{n}, migrate: {{sql: "{TABLE.format(n)}"}}}}' for n in range(steps)]
    plan.write_text("planrun: 1\nname: many\nsteps:\n" + "\n".join(lines) + "\n", encoding="utf-8")
    script.write_text("".join(f"BEGIN;\n{TABLE.format(n)};\nCOMMIT;\n" for n in range(steps)), encoding="utf-8")
    return plan, script


class Stopwatch:
    """Measures commands: the time that passes, and the CPU time of the command and of the server's backends."""

    def __init__(self, superuser: psycopg.Connection) -> None:
        (data,) = superuser.execute("SHOW data_directory").fetchone() or ("",)
        self._postmaster = int((Path(data) / "postmaster.pid").read_text(encoding="utf-8").split()[0])

    def seconds(self, *command: str | Path) -> tuple[float, float]:
        """Run a command; return how long it took, and how much CPU."""
        cpu, began = self._cpu(), time.perf_counter()
        subprocess.run(
            command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        passed = time.perf_counter() - began
        time.sleep(0.2)  # for the postmaster to see its backends end: they are counted then
        return passed, self._cpu() - cpu

    def _cpu(self) -> float:
        """Return the CPU seconds of all children that ended, ours and the postmaster's (Linux only; else ours)."""
        ours = resource.getrusage(resource.RUSAGE_CHILDREN)
        stat = Path(f"/proc/{self._postmaster}/stat")
        theirs = stat.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[13:15] if stat.exists() else []
        return ours.ru_utime + ours.ru_stime + sum(map(int, theirs)) / os.sysconf("SC_CLK_TCK")


def measure(steps: int, rounds: int) -> list[dict[str, tuple[float, float]]]:
    """Return the seconds of psql, execute, execute with nothing to do, and rollback, for each round."""
    program = Path(sys.executable).with_name("planrun")
    results = []
    with tempfile.TemporaryDirectory() as name, embedded.start(embedded.choose(), settings=DURABLE) as server:
        plan, script = project(Path(name), steps)
        psql = server.installation.bindir / "psql"
        with psycopg.connect(server.url(), autocommit=True) as superuser:
            superuser.execute("CREATE ROLE bench LOGIN")
            watch = Stopwatch(superuser)
            for round_ in range(rounds):
                for side in ("a", "b"):
                    superuser.execute(f"CREATE DATABASE {side}_{round_} OWNER bench")
                url = server.url(f"b_{round_}", "bench")
                run = (program, "execute", plan, "--url", url, "--yes")
                results.append(
                    {
                        "psql": watch.seconds(
                            *(psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script),
                            server.url(f"a_{round_}", "bench"),
                        ),
                        "execute": watch.seconds(*run),
                        "nothing to do": watch.seconds(*run),
                        "rollback": watch.seconds(program, "rollback", plan, "--url", url, "--yes"),
                    }
                )
    return results


def main() -> None:
    steps, rounds = (int(word) for word in [*sys.argv[1:], "200", "5"][:2])
    os.environ.pop("PLANRUN_URL", None)
    compileall.compile_dir(Path(planrun.__file__).parent, quiet=1)
    results = measure(steps, rounds)
    print(f"{steps} one-table steps, {rounds} rounds: least seconds, and median ratio to psql in the same round")
    for name in results[0]:
        columns = []
        for kind in (0, 1):
            least = min(result[name][kind] for result in results)
            ratio = statistics.median(result[name][kind] / result["psql"][kind] for result in results)
            columns.append(f"{least:7.2f} s {ratio:6.2f}")
        print(f"  {name:<14} {'   CPU'.join(columns)}")


if __name__ == "__main__":
    main()
