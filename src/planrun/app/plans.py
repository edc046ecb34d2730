"""From a plan's file to its schedule. A command that asks for the plan alone does without the parser of SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.edges.source import load

if TYPE_CHECKING:
    from pathlib import Path

    from planrun.core.plan import Plan
    from planrun.core.schedule import Schedule


def plan_of(path: Path) -> Plan:
    """Load and check a plan, without its templates.

    Raises:
        PlanInvalid: with every fault that was found.
    """
    return load(path)


def schedule_of(path: Path) -> Schedule:
    """Load, check, render and order a plan.

    Raises:
        PlanInvalid: with every fault that was found.
    """
    from planrun.app.scheduling import build  # noqa: PLC0415  it takes the parser

    return build(load(path))
