"""Lets what ends a step name it and its place in the plan: templates serve several steps, and plans are long."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from planrun.errors import CheckFailed, NotReversible, StepFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.schedule import ScheduledStep


@contextmanager
def named(step: ScheduledStep) -> Iterator[None]:
    """Name a step in the failure that ends it, and say where it stands, unless the failure says so itself."""
    try:
        yield
    except (StepFailed, NotReversible) as error:
        # A check that failed begins with the step as it is.
        if not error.message.startswith(f"step {step.id}") and not isinstance(error, CheckFailed):
            error.message = f"step {step.id}: {error.message}"
        error.place = error.place or step.step.place
        raise
