"""The order of steps and what hangs on what. It knows names and needs, nothing of SQL.

Everything is reckoned in positions in the file, not in names: small integers compare and hash the same on every run, so
no answer here depends on the hash seed or on the order of a dictionary. To name cycles takes networkx, which most runs
never load.

A name in `needs` that no step bears is passed over, and a name that two steps bear means the first: the
loader reports both, and still wants to know every cycle.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import islice
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Node(Protocol):
    """Anything that has a name and needs other things by their names."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of those that come before it."""


NodeT = TypeVar("NodeT", bound=Node)


def order(steps: Sequence[NodeT]) -> tuple[NodeT, ...]:
    """Return the steps so that each comes after all that it needs; ties go by place in the file.

    The order is a function of the sequence alone: the same on every run.

    Raises:
        ValueError: there is a cycle.
    """
    positions = _order(_needed(steps))
    if len(positions) < len(steps):
        (cycle,) = cycles(steps, limit=1)
        raise ValueError(f"steps need each other in a cycle: {' -> '.join((*cycle, cycle[0]))}")
    return tuple(steps[position] for position in positions)


def cycles(steps: Sequence[Node], limit: int = 20) -> tuple[tuple[str, ...], ...]:
    """Return the cycles, each as the names along it: every step needs the next, the last needs the first.

    A cycle starts at its first step in the file, and the cycles are sorted by place in the file. A step that
    needs itself is a cycle of one.

    Args:
        steps: the steps in the order of the file.
        limit: how many cycles to find at most, for their number may grow exponentially with the steps.
    """
    needed = _needed(steps)
    if len(_order(needed)) == len(steps):
        return ()
    import networkx as nx  # noqa: PLC0415  loading it takes longer than most plans, and few have a cycle

    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(steps)))
    graph.add_edges_from((position, need) for position, needs in enumerate(needed) for need in needs)
    found = islice(nx.simple_cycles(graph), limit)
    return tuple(tuple(steps[position].id for position in cycle) for cycle in sorted(map(_rotated, found)))


def ancestors(steps: Sequence[Node], name: str) -> frozenset[str]:
    """Return the names of all that the step `name` needs, directly or through others.

    Raises:
        KeyError: no step bears the name.
    """
    return _reached(steps, name, _needed(steps))


def dependants(steps: Sequence[Node], name: str) -> frozenset[str]:
    """Return the names of all that need the step `name`, directly or through others.

    Raises:
        KeyError: no step bears the name.
    """
    return _reached(steps, name, _needing(_needed(steps)))


def _needed(steps: Sequence[Node]) -> list[list[int]]:
    """Return for each step the positions of those that it needs."""
    positions = _positions(steps)
    return [[positions[need] for need in step.needs if need in positions] for step in steps]


def _needing(needed: list[list[int]]) -> list[list[int]]:
    """Return for each step the positions of those that need it."""
    needing: list[list[int]] = [[] for _ in needed]
    for position, needs in enumerate(needed):
        for need in needs:
            needing[need].append(position)
    return needing


def _order(needed: list[list[int]]) -> list[int]:
    """Return the positions in order, of all steps that are in no cycle and need none that is."""
    needing = _needing(needed)
    open_needs = [len(needs) for needs in needed]
    ready = [position for position, number in enumerate(open_needs) if not number]
    heapify(ready)
    found = []
    while ready:
        found.append(heappop(ready))
        for position in needing[found[-1]]:
            open_needs[position] -= 1
            if not open_needs[position]:
                heappush(ready, position)
    return found


def _reached(steps: Sequence[Node], name: str, edges: list[list[int]]) -> frozenset[str]:
    """Return the names of all that is reached from the step `name` along the edges, without itself."""
    start = _positions(steps)[name]
    found: set[int] = set()
    waiting = [start]
    while waiting:
        fresh = set(edges[waiting.pop()]) - found
        found |= fresh
        waiting += fresh
    return _names(steps, found - {start})


def _positions(steps: Sequence[Node]) -> dict[str, int]:
    """Return the position of each name; of the first step where two bear one name."""
    return {steps[position].id: position for position in reversed(range(len(steps)))}


def _names(steps: Sequence[Node], positions: Iterable[int]) -> frozenset[str]:
    return frozenset(steps[position].id for position in positions)


def _rotated(cycle: list[int]) -> tuple[int, ...]:
    """Return the cycle from its first step in the file on."""
    start = cycle.index(min(cycle))
    return tuple(cycle[start:] + cycle[:start])
