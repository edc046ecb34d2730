"""Reads what the history says: `planrun status`, and its conflicts as a list or a file."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from planrun.app.reports import ConflictsReport, StatusReport
from planrun.core.alerts import Unseen, settled
from planrun.core.plan import Reverse
from planrun.core.progress import mismatches
from planrun.edges.postgres import conflicts as conflict_table
from planrun.edges.postgres import connection as connections
from planrun.edges.postgres import history, lease, monitoring, sweep
from planrun.edges.postgres import server as servers
from planrun.edges.postgres.trouble import told
from planrun.errors import EnvironmentFault, UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from planrun.core.alerts import Look
    from planrun.core.plan import Plan
    from planrun.core.record import RunRecord
    from planrun.edges.postgres.connection import Connection


def status(params: Mapping[str, str], plan: Plan | None) -> StatusReport:
    """Return the runs, what can be taken back, backups, conflicts and leftovers; of one plan or of all.

    With a plan its stores are looked at as well, so that a backup which is gone is called missing.
    """
    with connections.open_connection(params) as connection, told(connection, "status"):
        server = servers.read(connection)
        others = mismatches(plan.target, server) if plan else ()
        if not history.installed(connection):
            return StatusReport(server.address, now=servers.clock(connection), installed=False, mismatches=others)
        runs = history.runs(connection, plan.name if plan else None)
        stores = _looks(plan) if plan else {}
        holder = lease.holder(connection)
        last = next((run for run in reversed(runs) if run.direction == "rollback"), None)
        return StatusReport(
            server.address,
            now=servers.clock(connection),
            installed=True,
            holder=holder,
            runs=runs,
            artifacts=settled(monitoring.artifacts(connection, plan.name if plan else None), holder, stores),
            conflicts=history.conflicts(connection, last.id) if last is not None and last.status == "failed" else (),
            can_roll_back=tuple(_open_runs(runs)),
            # Under a living holder they are no leftovers but its tools.
            leftovers=() if holder else sweep.leftovers(connection),
            undo_bytes=sum(step.undo_bytes for run in runs for step in run.steps if step.in_effect),
            unseen=tuple((store, look.reason) for store, look in stores.items() if isinstance(look, Unseen)),
            mismatches=others,
            waiting=_waiting(plan, runs) if plan else (),
        )


def _waiting(plan: Plan, runs: tuple[RunRecord, ...]) -> tuple[str, ...]:
    """Return the steps of a plan that are not in effect; of one of which nothing is in effect, or lasts, none."""
    steps = [step for run in runs if run.direction == "execute" for step in run.steps if step.in_effect]
    done = {step.step for step in steps if step.page is None}
    wanted = [step.id for step in plan.steps if not isinstance(step.action, Reverse)]
    lasting = any(step.lasting for step in steps)
    return tuple(name for name in wanted if name not in done) if lasting else ()


def _open_runs(runs: tuple[RunRecord, ...]) -> list[tuple[str, int]]:
    """Return for each plan the run that a rollback would take back; of steps brought again, the one that did it.

    A plan of which backups and checks alone are in effect has nothing to take back.
    """
    lasting = {run.plan for run in runs if any(step.lasting for step in run.steps)}
    last = {
        run.plan: max(step.again_by or run.id for step in run.steps if step.in_effect)
        for run in runs
        if run.plan in lasting
        and run.direction == "execute"
        and run.finalized is None
        and any(step.in_effect for step in run.steps)
    }
    return sorted(last.items())


def _looks(plan: Plan) -> dict[str, Look]:
    from planrun.app.sights import looks  # noqa: PLC0415  most often no plan is named

    return looks(plan)


# --- conflicts -----------------------------------------------------------------------------------


def conflicts(
    params: Mapping[str, str], plan: str | None, run: int | None = None, file: Path | None = None
) -> ConflictsReport:
    """Return the conflicts that rollbacks met, or write them to a file.

    Args:
        params: how to connect.
        plan: only those of this plan; None for all.
        run: only those of this rollback, or of the rollbacks of this run.
        file: a new CSV file, which nobody else may read.

    Raises:
        UsageFault: there is no such run, or the file is there already.
        EnvironmentFault: the file cannot be written, or the server not be reached.
    """
    with connections.open_connection(params) as connection, told(connection, "status --conflicts"):
        target = servers.read(connection).address
        installed = history.installed(connection)
        _require_run(connection, plan, run, installed=installed)
        if not installed and file is not None:
            raise UsageFault(f"{target} has no history, so that there is nothing to write to {file}")
        if not installed:
            return ConflictsReport(target, 0)
        if file is None:
            found = conflict_table.listed(connection, plan, run)
            return ConflictsReport(target, len(found), found)
        with _new_file(file) as stream:
            count = conflict_table.export(connection, plan, run, stream.write)
        return ConflictsReport(target, count, file=str(file))


def _require_run(connection: Connection, plan: str | None, run: int | None, *, installed: bool) -> None:
    if run is not None and not (installed and any(item.id == run for item in history.runs(connection, plan))):
        whose = f" of plan {plan}" if plan else ""
        raise UsageFault(f"there is no run {run}{whose}", hint="planrun status shows the runs")


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file that was not there, readable by its owner alone; it is removed when it does not become whole."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise UsageFault(f"{path} is there already", hint="name a new file; nothing is overwritten") from error
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
    except OSError as error:
        path.unlink()
        raise EnvironmentFault(f"{path} cannot be written: {error.strerror}") from error
    except BaseException:
        path.unlink()
        raise
