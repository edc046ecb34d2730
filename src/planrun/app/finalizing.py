"""Gives the way back of finished runs up: `planrun finalize`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.app.opening import open_target
from planrun.app.reports import FinalizeReport
from planrun.core.console import plural
from planrun.edges.postgres import history
from planrun.edges.postgres.lease import Lease
from planrun.edges.postgres.trouble import told
from planrun.edges.postgres.unit import unit
from planrun.errors import Refused, UsageFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planrun.core.plan import Plan
    from planrun.ports import Person


def finalize(plan: Plan, params: Mapping[str, str], person: Person, *, yes: bool = False) -> FinalizeReport:
    """Give the way back of all finished runs of a plan up: drop their undo logs.

    Raises:
        UsageFault: there is nothing to drop.
        Refused: not confirmed, or another run is under way.
    """
    connection, server = open_target(params, plan)
    with connection, told(connection, f"finalize {plan.name}"):
        runs = history.runs(connection, plan.name) if history.installed(connection) else ()
        # A rollback keeps what it removed until then, too.
        finished = [
            record
            for record in runs
            if record.status == "done" and record.finalized is None and (record.direction == "execute" or record.logged)
        ]
        if not finished:
            raise UsageFault(f"plan {plan.name} has no finished run whose undo log could be dropped")
        tables = [
            table
            for record in finished
            for step in record.steps
            if step.in_effect and step.undo
            for table in step.undo.side_tables
        ]
        size = sum(step.undo_bytes for record in finished for step in record.steps if step.in_effect)
        numbers = ", ".join(str(record.id) for record in finished)
        several = len(finished) > 1
        what = f"{plural('undo log', len(finished))} of {plural('run', len(finished))} {numbers}"
        question = (
            f"About to drop the {what} of plan {plan.name} on {server.address}"
            f" ({len(tables)} {plural('table', len(tables))}, {size:,} bytes)."
            f" {'They' if several else 'It'} cannot be rolled back after that. Go on?"
        )
        if not yes and not person.asks(question, option="--yes"):
            raise Refused("not confirmed; nothing was done")
        with Lease(params, f"finalize {plan.name} by {server.address}", person.tells) as lease, unit(connection):
            lease.check(connection)
            history.finalize(connection, [record.id for record in finished], tables)
        return FinalizeReport(plan.name, server.address, tuple(record.id for record in finished), tuple(tables), size)
