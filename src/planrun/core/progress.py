"""What of a plan ran already, what is to run, and what changed since it ran."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from planrun.core.schedule import CheckWork, ConfirmWork, CsvWork, MigrateWork, ReverseWork, TableCopyWork
from planrun.errors import ChangedSinceRun, UsageFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from planrun.core.plan import Target
    from planrun.core.record import RunRecord, Server, StepRecord
    from planrun.core.schedule import Schedule, ScheduledStep, Work


LASTING = (MigrateWork, TableCopyWork)
"""What changes the database, so that it is done once."""


@frozen
class Progress:
    """Where a plan stands.

    Attributes:
        done: the records of the steps that are in effect, by step id.
        todo: the steps to run now, in order.
        waiting: the steps behind ``--until``.
        resumes: the run to go on with, when the last one did not end.
        standing: the runs of which steps are in effect that can be taken back, the last one first.
        strangers: the records of steps that changed the database, are in effect, and that the plan does not name.
    """

    done: dict[str, StepRecord]
    todo: tuple[ScheduledStep, ...]
    waiting: tuple[ScheduledStep, ...]
    resumes: int | None
    standing: tuple[int, ...] = ()
    strangers: tuple[StepRecord, ...] = ()


def progress(schedule: Schedule, runs: tuple[RunRecord, ...], until: str | None) -> Progress:
    """Compare a plan with the history of its runs.

    A plan of backups and checks alone leaves nothing behind in the database: each execute runs all of it anew, but for
    one that did not come to its end.

    Raises:
        ChangedSinceRun: a step that is in effect reads otherwise now; the difference is shown.
        UsageFault: `until` is no step of the plan.
    """
    steps = [step for step in schedule.steps if not isinstance(step.work, ReverseWork)]
    names = [step.id for step in steps]
    if until is not None and until not in names:
        near = difflib.get_close_matches(until, names, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"the steps are {', '.join(names)}"
        raise UsageFault(f"the plan has no step {until!r}", hint=hint)
    forward = [run for run in runs if run.direction == "execute"]
    unfinished = forward[-1] if forward and forward[-1].status in {"running", "failed"} else None
    counted = forward if any(isinstance(step.work, LASTING) for step in steps) else [unfinished] if unfinished else []
    in_effect = [record for run in counted for record in run.steps if record.in_effect]
    done = {record.step: record for record in in_effect if record.page is None}
    _require_unchanged(steps, {record.step: record for record in in_effect})
    reach = steps[: names.index(until) + 1] if until is not None else steps
    return Progress(
        done=done,
        todo=tuple(step for step in reach if step.id not in done),
        waiting=tuple(step for step in steps[len(reach) :] if step.id not in done),
        resumes=unfinished.id if unfinished else None,
        standing=tuple(run.id for run in reversed(runs) if run.stands),
        strangers=tuple(
            record for name, record in done.items() if name not in names and record.lasting and not record.restores
        ),
    )


def _require_unchanged(steps: list[ScheduledStep], done: dict[str, StepRecord]) -> None:
    differences = [
        _difference(done[step.id], step) for step in steps if step.id in done and done[step.id].digest != step.digest
    ]
    if differences:
        raise ChangedSinceRun(
            "a step that ran was edited since:\n" + "\n".join(differences),
            hint="put the text back, add a new step, or roll the run back first",
        )


def _difference(record: StepRecord, step: ScheduledStep) -> str:
    lines = difflib.unified_diff(
        record.source.splitlines(),
        source(step.work).splitlines(),
        f"{step.id} as it ran (run {record.run})",
        f"{step.id} now",
        lineterm="",
    )
    text = "\n".join(f"    {line}" for line in lines)
    return text or f"    {step.id}: its options (not its SQL) are others now"


def source(work: Work) -> str:  # noqa: PLR0911  one case for a kind of work
    """Return the SQL of a step as the history keeps it."""
    match work:
        case MigrateWork():
            queries = [f"-- assert\n{item.query.text}" for item in work.asserts]
            return ";\n".join([statement.text for statement in work.statements] + queries)
        case CheckWork():
            parts = [work.query.text] + ([work.reference.text] if work.reference else [])
            return ";\n-- equals\n".join(parts)
        case CsvWork():
            return work.query.text
        case TableCopyWork():
            return work.statement.text
        case ReverseWork():
            return ";\n".join(statement.text for statement in work.statements)
        case ConfirmWork():
            return f"-- {work.text}"
        case _:
            return f"-- {work!r}"


def mismatches(target: Target, server: Server) -> tuple[str, ...]:
    """Return in which pinned respects a database is another one than the plan is for."""
    found = []
    if target.database is not None and target.database != server.database:
        found.append(f"the plan is for database {target.database}, this is {server.database}")
    if target.system_identifier is not None and target.system_identifier != server.system_identifier:
        found.append(
            f"the plan is for the server with system identifier {target.system_identifier},"
            f" this one has {server.system_identifier}"
        )
    if target.user is not None and target.user != server.role:
        found.append(f"the plan is for role {target.user}, this is {server.role}")
    if target.host is not None and server.host not in target.host.split(","):
        found.append(f"the plan is for host {target.host}, this is {server.host}")
    if target.port is not None and target.port != server.port:
        found.append(f"the plan is for port {target.port}, this is {server.port}")
    return tuple(found)
