"""Walks a schedule: one step, one transaction, one record.

It decides the order and where the transaction of a whole plan begins and ends; a `StepRunner` carries the steps out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.plan import Transaction
from planrun.core.schedule import CsvWork, DumpWork, FilesWork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.schedule import Schedule, ScheduledStep
    from planrun.ports import StepReport, StepRunner


def walk(schedule: Schedule, todo: tuple[ScheduledStep, ...], runner: StepRunner) -> Iterator[StepReport]:
    """Run the steps in order and yield what each of them did.

    Args:
        schedule: the whole plan.
        todo: the steps that are to run now, in order.
        runner: carries out one step, and commits it with its record.
    """
    if schedule.plan.transaction is Transaction.STEP:
        for step in todo:
            yield runner.run(step)
        return
    outside, inside = _split(todo)
    for step in outside:
        yield runner.run(step)
    if inside:
        with runner.together():
            done = [runner.run(step) for step in inside]
        yield from done


def _split(todo: tuple[ScheduledStep, ...]) -> tuple[tuple[ScheduledStep, ...], tuple[ScheduledStep, ...]]:
    """Separate what makes files, and what that needs, from what the one transaction of the plan holds."""
    by_id = {step.id: step for step in todo}
    early: set[str] = set()
    pending = [step.id for step in todo if isinstance(step.work, DumpWork | CsvWork | FilesWork)]
    while pending:
        name = pending.pop()
        if name in by_id and name not in early:
            early.add(name)
            pending.extend(by_id[name].step.needs)
    return (
        tuple(step for step in todo if step.id in early),
        tuple(step for step in todo if step.id not in early),
    )
