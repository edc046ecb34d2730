"""A person's holds on a backup set: `planrun backup hold` and `planrun backup release`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from planrun.app.beside import holds_in, in_set
from planrun.app.sets import find
from planrun.app.stores import locate
from planrun.core import hold as holds
from planrun.errors import UsageFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from planrun.core.hold import Hold


@frozen
class Held:
    """A set with the holds that were placed or released now, and those that are there besides."""

    set: str
    changed: tuple[Hold, ...]
    others: tuple[Hold, ...]


def hold(place: str, reason: str, now: datetime) -> Held:
    """Keep `prune` away from a set until the hold is released.

    Args:
        place: the set, as a path or an address.
        reason: one line for people.
        now: by the clock of this machine.

    Raises:
        UsageFault: the reason is empty, or longer than a line.
        EnvironmentFault: there is no such set, or its store cannot be written.
    """
    store, name = locate(place)
    find(store, name)
    try:
        placed = holds.of_person(reason, now)
    except ValueError as error:
        raise UsageFault(f"--reason: {error}") from error
    others = tuple(found for found in holds_in(store, name, in_set(store, name)) if found.word != placed.word)
    store.write(f"{name}/{placed.name}", f"{json.dumps(holds.to_document(placed), indent=2)}\n".encode("ascii"))
    find(store, name)  # a prune that began before the hold was there has won
    return Held(f"{store.address}/{name}", (placed,), others)


def release(place: str) -> Held:
    """Take the holds of persons off a set; that of a restore under way stays.

    Raises:
        UsageFault: nobody holds it.
        EnvironmentFault: its store cannot be read or written.
    """
    store, name = locate(place)
    found = holds_in(store, name, in_set(store, name))
    released = tuple(item for item in found if item.by_person)
    others = tuple(item for item in found if not item.by_person)
    if not released:
        rest = f"; it is {', '.join(map(str, others))}" if others else ""
        raise UsageFault(f"nobody holds {store.address}/{name}{rest}", hint="a restore takes its hold away itself")
    store.delete([f"{name}/{item.name}" for item in released])
    return Held(f"{store.address}/{name}", released, others)
