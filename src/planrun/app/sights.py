"""Looks into the stores of a plan, each for itself: one that cannot be reached hides nothing of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.app.stores import stores_of
from planrun.core.alerts import Look, Seen, Unseen
from planrun.core.plan import Bucket
from planrun.errors import PlanrunError

if TYPE_CHECKING:
    from planrun.core.plan import Plan, Storage


def looks(plan: Plan) -> dict[str, Look]:
    """Return what lies in each store of a plan, by its address, or why that cannot be seen."""
    return dict(_look(plan, storage) for storage in plan.storage)


def _look(plan: Plan, storage: Storage) -> tuple[str, Look]:
    address = storage.url.rstrip("/") if isinstance(storage, Bucket) else storage.path
    try:
        (store,) = stores_of(replace(plan, storage=(storage,)))
        address = store.address
        return address, Seen({found.name: found.bytes for found in store.list()})
    except PlanrunError as error:
        return address, Unseen(error.message)
