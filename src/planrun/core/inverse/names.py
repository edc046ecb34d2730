"""Names and schemas that a step changed: back again, also where names were swapped or passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.inverse.actions import Action, Phase
from planrun.core.inverse.parts import is_adopted, is_same
from planrun.core.inverse.properties import WORD
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.catalog import Constraint, Relation

Place = tuple[str, str]
"""What a name is unique in (a schema, a table), and the name."""


@frozen
class _Name:
    """A name that an object had, and the one that it has.

    Attributes:
        number: what tells the object from others.
        was: its place before the step.
        now: its place after the step.
        also: other places that its name takes, too: that of the constraint of an index.
    """

    number: int
    was: Place
    now: Place
    also: tuple[str, ...] = ()

    @property
    def away(self) -> str:
        """A name that nobody has."""
        return f"planrun_{self.number}"

    def renamed(self, old: str, new: str, *, before: bool) -> str:
        """Return the statement that renames it; `before`: what holds it has its old name again."""
        raise NotImplementedError


@frozen
class _Relation(_Name):
    """The name of a table, view, sequence or index; `word` is what ALTER calls it."""

    word: str = "TABLE"
    moves_along: bool = False

    def renamed(self, old: str, new: str, *, before: bool) -> str:
        schema = self.was[0] if before else self.now[0]
        return f"ALTER {self.word} {quoted(schema)}.{quoted(old)} RENAME TO {quoted(new)}"


@frozen
class _Part(_Name):
    """The name of a column or a constraint; `tables` are the names of its table before and after the step."""

    word: str = "COLUMN"
    tables: tuple[str, str] = ("", "")

    def renamed(self, old: str, new: str, *, before: bool) -> str:
        table = self.tables[0 if before else 1]
        return f"ALTER TABLE {table} RENAME {self.word} {quoted(old)} TO {quoted(new)}"


def undo(kept: Iterable[tuple[Relation, Relation]], wanted: frozenset[Place] = frozenset()) -> Iterator[Action]:
    """Yield the statements that bring names and schemas back.

    Args:
        kept: the relations before and after the step.
        wanted: the schemas and names that types take back before relations do; the rows of a table have a type, too.
    """
    pairs = [(was, now) for was, now in kept if not was.temporary]
    moved = {was.oid for was, now in pairs if was.schema != now.schema}
    parts: list[_Name] = [name for was, now in pairs for name in _parts(was, now)]
    relations: list[_Name] = [name for was, now in pairs for name in _relations(was, now, moved)]
    crossing = _crossing((*parts, *relations)) | {name for name in relations if name.now in wanted}
    # The parts first: their table still has the name of after the step.
    for name in (*parts, *relations):
        if name in crossing:
            yield Action(Phase.NAMES_AWAY, name.renamed(name.now[1], name.away, before=False))
    # What went away aims at names that others have until they are back.
    for name in sorted((*parts, *relations), key=crossing.__contains__):
        current = name.away if name in crossing else name.now[1]
        if isinstance(name, _Relation) and name.was[0] != name.now[0] and not name.moves_along:
            place = f"ALTER {name.word} {quoted(name.now[0])}.{quoted(current)}"
            yield Action(Phase.SCHEMAS_CHANGED, f"{place} SET SCHEMA {quoted(name.was[0])}")
        if current != name.was[1]:
            phase = Phase.NAMES_BACK if isinstance(name, _Relation) else Phase.COLUMN_NAMES_BACK
            yield Action(phase, name.renamed(current, name.was[1], before=True))


def _crossing(names: tuple[_Name, ...]) -> set[_Name]:
    """Return the names that cannot come back directly, since another object has them or would have on the way."""
    taken = {(space, name.now[1]): name.number for name in names for space in (name.now[0], *name.also)}
    found = set()
    for name in names:
        aims = [(space, name.was[1]) for space in (name.was[0], *name.also)]
        held = any(taken.get(aim, name.number) != name.number for aim in aims)
        both = name.was[0] != name.now[0] and name.was[1] != name.now[1]
        if name.was != name.now and (held or both):
            found.add(name)
    return found


def _relations(was: Relation, now: Relation, moved: set[int]) -> Iterator[_Name]:
    # A sequence that a column owns moves with its table.
    owned = was.owned_by is not None and was.owned_by == now.owned_by and was.owned_by[0] in moved
    yield _Relation(
        was.oid,
        (was.schema, was.name),
        (now.schema, now.name),
        word=WORD.get(was.kind, "TABLE"),
        moves_along=owned,
    )
    before = {index.oid: index for index in was.indexes}
    for index in now.indexes:
        if index.oid in before and not is_adopted(before[index.oid], index):
            yield _Relation(
                index.oid,
                (was.schema, before[index.oid].name),
                (now.schema, index.name),
                (_on(was),) if index.constraint else (),
                word="INDEX",
                moves_along=True,
            )


def _parts(was: Relation, now: Relation) -> Iterator[_Name]:
    tables = (was.qualified, now.qualified)
    for column in now.columns:
        if (before := was.column(column.attnum)) is not None:
            space = f"columns of {was.oid}"
            yield _Part(column.attnum, (space, before.name), (space, column.name), tables=tables)
    constraints: dict[int, Constraint] = {constraint.oid: constraint for constraint in was.constraints}
    for constraint in now.constraints:
        # A constraint that has an index has its name, and is renamed with it.
        old = constraints.get(constraint.oid)
        if old is not None and constraint.index is None and is_same(old, constraint):
            place = (_on(was), old.name)
            yield _Part(constraint.oid, place, (_on(was), constraint.name), word="CONSTRAINT", tables=tables)


def _on(table: Relation) -> str:
    return f"constraints of {table.oid}"
