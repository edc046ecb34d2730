"""The order of steps and what hangs on what. It knows names and needs, nothing of SQL.

The nodes of the networkx graph are positions in the file, not names: small integers compare and hash the same
on every run, so no answer here depends on the hash seed or on the order of a dictionary.

A name in `needs` that no step bears is passed over, and a name that two steps bear means the first: the
loader reports both, and still wants to know every cycle.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Protocol, TypeVar

import networkx as nx

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    for cycle in cycles(steps, limit=1):
        raise ValueError(f"steps need each other in a cycle: {' -> '.join((*cycle, cycle[0]))}")
    return tuple(steps[position] for position in nx.lexicographical_topological_sort(_graph(steps)))


def cycles(steps: Sequence[Node], limit: int = 20) -> tuple[tuple[str, ...], ...]:
    """Return the cycles, each as the names along it: every step needs the next, the last needs the first.

    A cycle starts at its first step in the file, and the cycles are sorted by place in the file. A step that
    needs itself is a cycle of one.

    Args:
        steps: the steps in the order of the file.
        limit: how many cycles to find at most, for their number may grow exponentially with the steps.
    """
    graph = _graph(steps)
    if nx.is_directed_acyclic_graph(graph):
        return ()
    found = islice(nx.simple_cycles(graph.reverse(copy=False)), limit)
    return tuple(tuple(steps[position].id for position in cycle) for cycle in sorted(map(_rotated, found)))


def ancestors(steps: Sequence[Node], name: str) -> frozenset[str]:
    """Return the names of all that the step `name` needs, directly or through others.

    Raises:
        KeyError: no step bears the name.
    """
    return _names(steps, nx.ancestors(_graph(steps), _positions(steps)[name]))


def dependants(steps: Sequence[Node], name: str) -> frozenset[str]:
    """Return the names of all that need the step `name`, directly or through others.

    Raises:
        KeyError: no step bears the name.
    """
    return _names(steps, nx.descendants(_graph(steps), _positions(steps)[name]))


def _graph(steps: Sequence[Node]) -> nx.DiGraph[int]:
    """Return the graph whose edges lead from what is needed to what needs it."""
    positions = _positions(steps)
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(steps)))
    graph.add_edges_from(
        (positions[need], position) for position, step in enumerate(steps) for need in step.needs if need in positions
    )
    return graph


def _positions(steps: Sequence[Node]) -> dict[str, int]:
    """Return the position of each name; of the first step where two bear one name."""
    return {steps[position].id: position for position in reversed(range(len(steps)))}


def _names(steps: Sequence[Node], positions: set[int]) -> frozenset[str]:
    return frozenset(steps[position].id for position in positions)


def _rotated(cycle: list[int]) -> tuple[int, ...]:
    """Return the cycle from its first step in the file on."""
    start = cycle.index(min(cycle))
    return tuple(cycle[start:] + cycle[:start])
