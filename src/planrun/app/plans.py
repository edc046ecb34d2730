"""From a plan's file to its schedule. A command that asks for the plan alone does without the parser of SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.edges.source import load
from planrun.errors import UsageFault

if TYPE_CHECKING:
    from pathlib import Path

    from planrun.core.plan import Plan
    from planrun.core.schedule import Schedule


FOLDER = "plans"
"""Where the plans of a project lie."""


def plans_in(project: Path) -> tuple[Path, ...]:
    """Return every plan of a project, in the order of their names.

    Raises:
        UsageFault: there is none.
    """
    folder = project / FOLDER
    found = sorted(path for end in ("yaml", "yml") for path in folder.rglob(f"*.{end}"))
    if not found:
        raise UsageFault(f"wanted a plan, found none in {folder}", hint="planrun validate PLAN names one elsewhere")
    return tuple(found)


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
