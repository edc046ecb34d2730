"""What becomes of conflicts when a run is taken back: by the command line, else by the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.plan import Migrate
from planrun.core.policy import Policy, always, by_plan, unknown
from planrun.core.step_back import tables_of
from planrun.edges.postgres.conflicts import tables_named
from planrun.errors import Fault, PlanInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planrun.core.plan import Plan
    from planrun.core.policy import Choice, OnConflict
    from planrun.core.selection import Part
    from planrun.edges.postgres.connection import Connection


def choice(connection: Connection, plan: Plan, chosen: Part, on_conflict: OnConflict | None) -> Choice:
    """Return what becomes of conflicts on each table.

    Args:
        connection: in autocommit.
        plan: the plan; what it says of its steps does not hold for a rollback that is taken back.
        chosen: what is taken back.
        on_conflict: the word of the command line, which overrides the plan.

    Raises:
        PlanInvalid: the plan names tables that there are none of.
    """
    if on_conflict is not None:
        return always(on_conflict)
    if chosen.run.direction == "rollback":
        return always(plan.on_conflict)
    policies = _policies(plan)
    if faults := tuple(_faults(connection, policies, chosen)):
        raise PlanInvalid(faults)
    return by_plan(plan.on_conflict, policies)


def _policies(plan: Plan) -> dict[str, Policy]:
    actions = ((step.id, step.action) for step in plan.steps)
    return {name: action.on_conflict for name, action in actions if isinstance(action, Migrate)}


def _faults(connection: Connection, policies: Mapping[str, Policy], chosen: Part) -> Iterator[Fault]:
    """Look for words for tables that the step did not touch, and that the database does not have either."""
    written: dict[str, set[str]] = {}
    for step in chosen.going:
        written.setdefault(step.step, set()).update(tables_of(step).values())
    for name, tables in written.items():
        wanting = Policy(tables=unknown(policies.get(name, Policy()), tables))
        if not wanting.tables:
            continue
        there = tables_named(connection, [word.name for word in wanting.tables])
        for word in unknown(wanting, there):
            found = ", ".join(sorted(filter(None, tables))) or "none"
            message = f"step {name}: migrate.on_conflict.tables: there is no table {word.name}"
            yield Fault(message, word.place, f"the step changed: {found}")
