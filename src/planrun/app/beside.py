"""What stands beside the manifest of a set in its store: how far it was verified, and what holds it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from planrun.app.sets import content
from planrun.core import hold as holds
from planrun.core import verification as verifications
from planrun.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from planrun.core.hold import Hold
    from planrun.core.verification import Verification
    from planrun.ports import Store, Stored


def by_path(name: str, objects: Iterable[Stored]) -> dict[str, int]:
    """Return the size of each object of a set, by its path in it."""
    prefix = f"{name}/"
    return {item.name.removeprefix(prefix): item.bytes for item in objects if item.name not in {name, prefix}}


def in_set(store: Store, name: str) -> dict[str, int]:
    """Return the size of everything that lies in a set now, by the path in it."""
    return by_path(name, store.list(name))


def holds_in(store: Store, name: str, present: Iterable[str]) -> tuple[Hold, ...]:
    """Return the holds of a set, those that have ended included; one that makes no sense holds as well.

    Args:
        store: where it lies.
        name: of the set.
        present: the paths in it.

    Raises:
        EnvironmentFault: the store cannot be read.
    """
    return tuple(_hold(path, content(store, f"{name}/{path}")) for path in sorted(present) if holds.is_hold(path))


def verification_in(store: Store, name: str, present: Collection[str], seal: str) -> Verification | None:
    """Return the verification of the manifest with this seal; None without one, or if it makes no sense.

    Raises:
        EnvironmentFault: the store cannot be read.
    """
    if verifications.NAME not in present:
        return None
    text = content(store, f"{name}/{verifications.NAME}")
    try:
        found = verifications.from_document(_parsed(text))
    except EnvironmentFault:
        return None  # what cannot be understood vouches for nothing
    return found if found.manifest == seal else None


def _hold(path: str, text: bytes) -> Hold:
    try:
        return holds.from_document(_parsed(text))
    except EnvironmentFault as error:
        return holds.unreadable(path, error.message)


def _parsed(text: bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EnvironmentFault(f"it is not JSON: {error}") from error
