"""Walks a schedule: one step, one transaction, one record.

It decides the order and where the transaction of a whole plan begins and ends; a `StepRunner` carries the steps out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.plan import Transaction

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
    outside = schedule.outside
    inside = [step for step in todo if step.id not in outside]
    for step in todo:
        if step.id in outside:
            yield runner.run(step)
    if inside:
        with runner.together():
            done = [runner.run(step) for step in inside]
        yield from done
