"""The order in which objects go: users before what they use, as pg_depend has it; and who stands in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.inverse.actions import Action, Phase, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from planrun.core.catalog import Address, Dependency

_CLOSEST = "iaSP"
_OWNED = frozenset(_CLOSEST)
"""The kinds of dependency by which an object goes with the other; it needs no statement of its own."""

_BINDS = frozenset({"pg_attrdef", "pg_policy", "pg_proc", "pg_rewrite", "pg_trigger"})
"""The catalogs of what holds the type of a column that it uses; the server makes the rest anew with the column."""


def users_first(
    actions: Iterable[Action], dependencies: tuple[Dependency, ...], freed: frozenset[Address] = frozenset()
) -> tuple[tuple[Action, ...], tuple[Action, ...], tuple[Refusal, ...]]:
    """Return the actions with every user before what it uses, otherwise as they came, and what cannot be ordered.

    Args:
        actions: what is to run; those that drop nothing keep their places.
        dependencies: what the dropped objects are needed by, directly or through what goes with them.
        freed: columns that get their old type back; what they need now is dropped after that, what is bound to them
            before it.

    Returns:
        The actions, those that come after columns are freed, and refusals.
    """
    given = tuple(actions)
    dropping = {address: action for action in given if action.drops for address in (action.drops, *action.also)}
    owners = _owners(dependencies)
    users: dict[Address, list[Address]] = {}
    late: set[Address] = set()
    refusals = []
    for dependency in dependencies:
        used = _home(dependency.used, dropping, owners)
        user = _home(dependency.user, dropping, owners)
        if user is None and dependency.used in freed and dependency.user[0] in _BINDS and dependency.kind == "n":
            reason = "it stays, and is bound to a column whose old type comes back"
            refusals.append(Refusal(dependency.label, reason))
        if used is None or user == used:
            continue
        if user is not None:
            users.setdefault(used, []).append(user)
        elif dropping[used].late is not None and _is_freed(dependency.user, freed, owners):
            late.add(used)
        elif dependency.kind not in _OWNED:
            reason = "it was there before, and now needs something that the step made"
            refusals.append(Refusal(dependency.label, reason))
    refusals += _make_late(late, users, dropping)
    walk = _Walk(dropping, users)
    for action in given:
        walk.visit(action)
    first = (_away(action) if action.drops in late else action for action in walk.ordered)
    first = (action for action in first if action.sql)
    after = (_dropped_late(action) for action in walk.ordered if action.drops in late)
    return tuple(first), tuple(after), (*refusals, *walk.circles)


def _is_freed(address: Address, freed: frozenset[Address], owners: Mapping[Address, list[Address]]) -> bool:
    """Whether it is a column that gets its old type back, or an index that the server makes anew with such a column."""
    if address in freed:
        return True
    is_made_anew = address[0] in {"pg_class", "pg_constraint"}
    return is_made_anew and any(_is_freed(owner, freed, owners) for owner in owners.get(address, ()))


def _make_late(
    late: set[Address], users: Mapping[Address, list[Address]], dropping: Mapping[Address, Action]
) -> Iterator[Refusal]:
    """Add to `late` all that its members use, as far as it can wait."""
    while waiting := {used for used, by in users.items() if used not in late and late.intersection(by)}:
        for used in sorted(waiting):
            late.add(used)
            if dropping[used].late is None:
                yield Refusal(dropping[used].sql, "a column needs it until it has its old type back")


def _away(action: Action) -> Action:
    return replace(action, sql=action.late[0], drops=None) if action.late else action


def _dropped_late(action: Action) -> Action:
    return replace(action, sql=action.late[1], phase=Phase.TYPES_LATE) if action.late else action


def _owners(dependencies: Iterable[Dependency]) -> dict[Address, list[Address]]:
    owners: dict[Address, list[Address]] = {}
    # A part of a partition goes with its own table rather than with the part of the root that it is joined to.
    for dependency in sorted(dependencies, key=lambda dependency: _CLOSEST.find(dependency.kind)):
        if dependency.kind in _OWNED:
            owners.setdefault(dependency.user, []).append(dependency.used)
    return owners


def _home(
    address: Address,
    dropping: Mapping[Address, Action],
    owners: Mapping[Address, list[Address]],
    seen: frozenset[Address] = frozenset(),
) -> Address | None:
    """Return the dropped object that `address` is or goes with, or None when it stays."""
    whole = (address[0], address[1], 0)
    if action := dropping.get(address) or dropping.get(whole):
        return action.drops
    if address in seen:
        return None
    candidates = (_home(owner, dropping, owners, seen | {address}) for owner in owners.get(address, ()))
    return next((home for home in candidates if home is not None), None)


class _Walk:
    """Emits actions depth first: before an object goes, its users go."""

    def __init__(self, dropping: Mapping[Address, Action], users: Mapping[Address, list[Address]]) -> None:
        self._dropping = dropping
        self._users = users
        self._open: set[Address] = set()
        self.ordered: list[Action] = []
        self._done: set[Address] = set()
        self.circles: list[Refusal] = []

    def visit(self, action: Action) -> None:
        if action.drops is None:
            self.ordered.append(action)
        elif action.drops in self._open:
            self.circles.append(Refusal(action.sql, "what the step made depends on itself in a circle"))
        elif action.drops not in self._done:
            self._open.add(action.drops)
            for user in self._users.get(action.drops, ()):
                self.visit(self._dropping[user])
            self._open.remove(action.drops)
            self._done.add(action.drops)
            self.ordered.append(action)
