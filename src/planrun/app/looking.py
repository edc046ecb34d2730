"""Reads what the history says: `planrun status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.app.reports import StatusReport
from planrun.edges.postgres import connection as connections
from planrun.edges.postgres import history, lease, sweep
from planrun.edges.postgres import server as servers
from planrun.edges.postgres.trouble import told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planrun.core.record import RunRecord


def status(params: Mapping[str, str], plan: str | None) -> StatusReport:
    """Return the runs, what can be taken back, backups, conflicts and leftovers; of one plan or of all."""
    with connections.open_connection(params) as connection, told(connection, "status"):
        server = servers.read(connection)
        if not history.installed(connection):
            return StatusReport(
                server.address,
                now=servers.clock(connection),
                installed=False,
                holder=None,
                runs=(),
                artifacts=(),
                conflicts=(),
                can_roll_back=(),
                leftovers=(),
                undo_bytes=0,
            )
        runs = history.runs(connection, plan)
        holder = lease.holder(connection)
        backwards = [run for run in runs if run.direction == "rollback"]
        failed = [run.id for run in backwards[-1:] if run.status == "failed"]
        return StatusReport(
            server.address,
            now=servers.clock(connection),
            installed=True,
            holder=holder,
            runs=runs,
            artifacts=history.artifacts(connection),
            conflicts=history.conflicts(connection, failed[-1]) if failed else (),
            can_roll_back=tuple(_open_runs(runs)),
            # Under a living holder they are no leftovers but its tools.
            leftovers=() if holder else sweep.leftovers(connection),
            undo_bytes=sum(step.undo_bytes for run in runs for step in run.steps if step.in_effect),
        )


def _open_runs(runs: tuple[RunRecord, ...]) -> list[tuple[str, int]]:
    last = {
        run.plan: run.id
        for run in runs
        if run.direction == "execute" and run.finalized is None and any(step.in_effect for step in run.steps)
    }
    return sorted(last.items())
