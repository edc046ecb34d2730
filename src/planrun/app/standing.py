"""Where a plan stands on a database: what is to run now, and what has to wait for a verified backup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core import requirement
from planrun.core.progress import progress
from planrun.edges.postgres import history, monitoring
from planrun.edges.postgres.server import clock
from planrun.errors import Refused

if TYPE_CHECKING:
    from planrun.core.progress import Progress
    from planrun.core.schedule import Schedule
    from planrun.edges.postgres.connection import Connection


def standing(schedule: Schedule, connection: Connection, until: str | None) -> tuple[Progress, str | None]:
    """Return what is to run now, and why the migrate steps have to wait where they do."""
    plan = schedule.plan
    known = history.installed(connection)
    state = progress(schedule, history.runs(connection, plan.name) if known else (), until)
    if plan.require is None:
        return state, None
    backups = monitoring.artifacts(connection, plan.name) if known else ()
    why = requirement.unmet(plan.require, state.todo, backups, clock(connection))
    return (requirement.held(state), why) if why else (state, None)


def shut(schedule: Schedule, why: str) -> Refused:
    """Return the error by which a run ends that has to wait for a verified backup."""
    return Refused(
        f"plan {schedule.plan.name} requires a verified backup before it migrates: {why}",
        hint=f"planrun backup verify {schedule.plan.file} --restore, then execute again",
    )
