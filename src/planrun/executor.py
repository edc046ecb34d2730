"""Walks a schedule: one step, one transaction, one record.

It decides the order and where the transaction of a whole plan begins and ends; a `StepRunner` carries the steps out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.plan import Transaction
from planrun.core.schedule import side_by_side

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
    outside = schedule.outside
    together = (
        [] if schedule.plan.transaction is Transaction.STEP else [step for step in todo if step.id not in outside]
    )
    for group in side_by_side(step for step in todo if step not in together):
        yield from runner.side_by_side(group) if len(group) > 1 else (runner.run(group[0]),)
    if together:
        with runner.together():
            done = [runner.run(step) for step in together]
        yield from done
