"""From a plan's file to its schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.app.scheduling import build
from planrun.edges.source import load

if TYPE_CHECKING:
    from pathlib import Path

    from planrun.core.schedule import Schedule


def schedule_of(path: Path) -> Schedule:
    """Load, check, render and order a plan.

    Raises:
        PlanInvalid: with every fault that was found.
    """
    return build(load(path))
