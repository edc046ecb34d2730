"""Looks into the stores of a plan, each for itself: one that cannot be reached hides nothing of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.app.stores import name_of, store_of
from planrun.core.alerts import Look, Seen, Unseen
from planrun.errors import PlanrunError

if TYPE_CHECKING:
    from planrun.core.plan import Plan, Storage


def looks(plan: Plan) -> dict[str, Look]:
    """Return what lies in each store of a plan, by its address, or why that cannot be seen."""
    return dict(_look(plan, storage) for storage in plan.storage)


def _look(plan: Plan, storage: Storage) -> tuple[str, Look]:
    try:
        store = store_of(plan, storage)
        return store.address, Seen({found.name: found.bytes for found in store.list()})
    except PlanrunError as error:
        return name_of(plan, storage), Unseen(error.message)
