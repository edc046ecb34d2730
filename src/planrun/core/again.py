"""Steps that a rollback of a rollback brought again: what they touched is in the undo log of the run that brought them.

Nothing else was in effect when they came again, so that they stand in the order in which they first ran.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.undo import Undo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.record import StepRecord
    from planrun.core.selection import Part


def later(part: Part, going: StepRecord) -> Iterator[StepRecord]:
    """Yield the steps that stay and ran later than one that goes, as far as they have a way back.

    Those that one run brought again are one step: its undo log does not tell them apart.
    """
    again: dict[int, list[str]] = {}
    for step in part.staying:
        if step.id <= going.id:
            continue
        if step.undo is not None:
            yield step
        elif step.again_by is not None:
            again.setdefault(step.again_by, []).append(step.step)
    for run, names in again.items():
        name = ", ".join(dict.fromkeys(names))
        records = [step for step in part.brought.get(run, ()) if step.undo is not None]
        yield from (replace(step, step=name) for step in records)
        if not records:
            yield replace(going, run=run, step=name, undo=Undo())
