"""Many small steps, each its own transaction with its way back recorded and proved, against psql.

Run it with ``python tests/benchmarks/many_steps.py [STEPS] [ROUNDS]``. Both sides run the same statements on a fresh
database of the same server, in turn; what counts is the ratio. The server keeps its durable settings, as in production.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

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


def seconds(*command: str | Path) -> float:
    """Run a command and return how long it took."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def measure(steps: int, rounds: int) -> list[dict[str, float]]:
    """Return the seconds of psql, execute, execute with nothing to do, and rollback, for each round."""
    planrun = Path(sys.executable).with_name("planrun")
    results = []
    with tempfile.TemporaryDirectory() as name, embedded.start(embedded.choose(), settings=DURABLE) as server:
        plan, script = project(Path(name), steps)
        psql = server.installation.bindir / "psql"
        with psycopg.connect(server.url(), autocommit=True) as superuser:
            superuser.execute("CREATE ROLE bench LOGIN")
            for round_ in range(rounds):
                for side in ("a", "b"):
                    superuser.execute(f"CREATE DATABASE {side}_{round_} OWNER bench")
                url = server.url(f"b_{round_}", "bench")
                run = (planrun, "execute", plan, "--url", url, "--yes")
                results.append(
                    {
                        "psql": seconds(
                            *(psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script),
                            server.url(f"a_{round_}", "bench"),
                        ),
                        "execute": seconds(*run),
                        "nothing to do": seconds(*run),
                        "rollback": seconds(planrun, "rollback", plan, "--url", url, "--yes"),
                    }
                )
    return results


def main() -> None:
    steps, rounds = (int(word) for word in [*sys.argv[1:], "200", "5"][:2])
    os.environ.pop("PLANRUN_URL", None)
    results = measure(steps, rounds)
    print(f"{steps} one-table steps, {rounds} rounds; median seconds, and the ratio to psql in the same round")
    for name in results[0]:
        median = statistics.median(result[name] for result in results)
        ratio = statistics.median(result[name] / result["psql"] for result in results)
        print(f"  {name:<14} {median:7.2f} s  {ratio:6.2f}")


if __name__ == "__main__":
    main()
