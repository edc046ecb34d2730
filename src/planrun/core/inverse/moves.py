"""Names and schemas of functions and types: back again, also where names were swapped or passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.inverse.actions import Action
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.inverse.actions import Phase


@frozen
class Move:
    """An object whose schema or name the step changed.

    Attributes:
        word: what ALTER calls it.
        was: its schema and name before the step.
        now: the same after the step.
        away: a name that nobody has.
        arguments: what stands behind the name, with its parentheses, as it reads after the step.
    """

    word: str
    was: tuple[str, str]
    now: tuple[str, str]
    away: str
    arguments: str = ""

    def alter(self, schema: str, name: str) -> str:
        """Return the beginning of the statement that alters it while it is called this."""
        return f"ALTER {self.word} {quoted(schema)}.{quoted(name)}{self.arguments}"


def back(moves: list[Move], phase: Phase) -> Iterator[Action]:
    """Yield the statements that bring schemas and names back, in their order, all in one phase."""
    held = {move.now for move in moves}
    crossing = [
        move for move in moves if move.was in held or (move.was[0] != move.now[0] and move.was[1] != move.now[1])
    ]
    for move in crossing:
        yield Action(phase, f"{move.alter(*move.now)} RENAME TO {quoted(move.away)}")
    # Whoever holds a name that another one had leaves it before that one takes it.
    for move in sorted(moves, key=lambda move: move in crossing):
        name = move.away if move in crossing else move.now[1]
        if move.was[0] != move.now[0]:
            yield Action(phase, f"{move.alter(move.now[0], name)} SET SCHEMA {quoted(move.was[0])}")
        if name != move.was[1]:
            yield Action(phase, f"{move.alter(move.was[0], name)} RENAME TO {quoted(move.was[1])}")
