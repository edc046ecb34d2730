"""Small projects: a plan and its templates in a folder of the test's own, run on the test's database.

`execute`, `rollback` and the like call the use-cases in this process. `run` and `start` start the program itself, for
what only a process can show: exit codes, output, kills.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

import programs
from planrun.app import executing, looking, plans, reversing
from planrun.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench import Database
    from planrun.app.reports import RollbackReport, RunReport, StatusReport
    from planrun.core.schedule import Schedule

REPOSITORY = Path(__file__).parents[1]
_SECONDS_TO_WAIT = 180.0


@dataclass
class Counted:
    """A `Meter` that counts."""

    what: str
    unit: str
    total: int | None
    done: int = 0

    def advanced(self, amount: int) -> None:
        self.done += amount


class Watcher:
    """A `Person` who keeps what was told; it answers a question only if it was given the answer."""

    def __init__(self, *, answer: bool | None = None) -> None:
        self.present = answer is not None
        self.told: list[str] = []
        self.asked: list[str] = []
        self.followed: list[Counted] = []
        self._answer = answer

    def tells(self, text: str) -> None:
        self.told.append(text)

    def asks(self, question: str, *, option: str) -> bool:
        self.asked.append(question)
        if self._answer is None:
            raise UsageFault(f"nobody is there to answer: {question}", hint=option)
        return self._answer

    @contextmanager
    def follows(self, what: str, unit: str, total: Callable[[], int | None] | None = None) -> Iterator[Counted]:
        counted = Counted(what, unit, total() if total else None)
        self.followed.append(counted)
        yield counted

    @property
    def text(self) -> str:
        return "\n".join(self.told)


@dataclass
class Project:
    """A folder with one plan, and the database that it runs on.

    Attributes:
        folder: holds ``plans/``, ``templates/`` and ``backups/``.
        database: where the plan runs.
        name: of the plan.
    """

    folder: Path
    database: Database
    name: str = "small"
    head: dict[str, Any] = field(default_factory=dict)

    @property
    def plan(self) -> Path:
        return self.folder / "plans" / f"{self.name}.yaml"

    @property
    def schedule(self) -> Schedule:
        return plans.schedule_of(self.plan)

    def write(self, steps: str, **head: Any) -> None:
        """Write the plan: `steps` is the YAML of its list, `head` what stands above it (kept for the next time)."""
        self.head |= head
        self.plan.parent.mkdir(parents=True, exist_ok=True)
        top = yaml.safe_dump({"planrun": 1, "name": self.name, **self.head}, sort_keys=False)
        self.plan.write_text(f"{top}steps:\n{textwrap.dedent(steps)}", encoding="utf-8")

    def template(self, name: str, text: str) -> None:
        path = self.folder / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")

    # --- in this process -------------------------------------------------------------------------

    def execute(self, *, person: Watcher | None = None, confirmed: tuple[str, ...] = (), **options: Any) -> RunReport:
        options.setdefault("yes", True)
        return executing.execute(
            self.schedule, self.database.params, person or Watcher(), confirmed=frozenset(confirmed), **options
        )

    def rollback(self, *, person: Watcher | None = None, **options: Any) -> RollbackReport:
        options.setdefault("yes", True)
        return reversing.rollback(plans.plan_of(self.plan), self.database.params, person or Watcher(), **options)

    def preview(self, **options: Any) -> RollbackReport:
        return reversing.preview(plans.plan_of(self.plan), self.database.params, **options)

    def script(self, **options: Any) -> str:
        return reversing.script(plans.plan_of(self.plan), self.database.params, **options)

    def status(self) -> StatusReport:
        return looking.status(self.database.params, None)

    def in_effect(self) -> list[str]:
        """Return the steps of all runs that are in effect, in the order in which they ran."""
        runs = [run for run in self.status().runs if run.direction == "execute"]
        return [step.step for run in runs for step in run.steps if step.in_effect]

    # --- the program -----------------------------------------------------------------------------

    @contextmanager
    def started(self, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """Start `planrun ARGUMENTS`; the database is the test's unless the environment says otherwise."""
        with subprocess.Popen(
            [sys.executable, "-m", "planrun", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment(environment),
            cwd=self.folder,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `planrun ARGUMENTS` to its end."""
        return programs.run(self.folder, self._environment(environment), *arguments)

    def _environment(self, environment: dict[str, str]) -> dict[str, str]:
        settings = {**os.environ, "PLANRUN_URL": self.database.url, "PYTHONWARNINGS": "error", **environment}
        return {name: value for name, value in settings.items() if value}

    def psql(self, script: str) -> subprocess.CompletedProcess[str]:
        """Let the psql of the server's own installation run a script."""
        return subprocess.run(
            [self.database.server.installation.bindir / "psql", "-X", "-q", "--no-password", "-d", self.database.url],
            input=script,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


def consolidation(folder: Path, database: Database) -> Project:
    """Return a copy of the repository's own plan, for the test's database."""
    for name in ("plans", "templates"):
        shutil.copytree(REPOSITORY / name, folder / name)
    project = Project(folder, database, "consolidation")
    text = project.plan.read_text(encoding="utf-8")
    assert "target: {database: propo}" in text
    project.plan.write_text(text.replace("{database: propo}", f"{{database: {database.name}}}"), encoding="utf-8")
    return project


def until(holds: Callable[[], Any], what: str, seconds: float = _SECONDS_TO_WAIT) -> Any:
    """Return the first true value of `holds`; fail when there is none in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {seconds:.0f} s")


def wait_for_a_waiter(database: Database) -> None:
    """Wait until somebody waits for a lock in this database."""

    def waiter() -> Any:
        with database.superuser() as connection:
            return connection.execute(
                "SELECT pid FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = %s",
                (database.name,),
            ).fetchone()

    until(waiter, "a session that waits for a lock")


def working(database: Database, text: str) -> int | None:
    """Return the process id of the backend of this database that is at work on a statement with `text` in it."""
    with database.superuser() as connection:
        row = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND state = 'active' AND pid <> pg_backend_pid()"
            " AND position(%s IN query) > 0",
            (database.name, text),
        ).fetchone()
    return row[0] if row else None


@contextmanager
def held(database: Database, statement: str) -> Iterator[None]:
    """Hold what a statement locks, as the application's transaction, while the block runs."""
    with database.connect(autocommit=False) as connection:
        connection.execute(statement)
        yield
