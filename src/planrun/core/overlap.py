"""Whether steps can go while later ones stay: what both touched.

Objects are told by OID, rows by their keys. What was not recorded, and what cannot be told, counts as touched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planrun.core.again import later
from planrun.core.images import every, named_values, typed
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planrun.core.record import StepRecord
    from planrun.core.selection import Part
    from planrun.core.undo import Captured, Undo

_TABLE = "pg_class"
_TYPE = "pg_type"

Address = tuple[str, int]
"""The system catalog of an object, and its OID there."""


@frozen
class Overlap:
    """Something that a step which goes and a later one which stays both touched."""

    going: str
    staying: str
    what: str


@frozen
class Shared:
    """A table whose rows both wrote: whether they are the same rows, the database has to say."""

    going: str
    staying: str
    mine: Captured
    theirs: Captured

    @property
    def query(self) -> str:
        """The query of the number of keys that both wrote, and of one of them as text."""
        key = self.mine.key
        m, t = ("m.k" if self.mine.netted else "m.c", "t.k" if self.theirs.netted else "t.c")
        keys = named_values((column.after, f"{m}{column.attnum}") for column in key)
        same = every(f"{typed(f'{m}{c.attnum}', c)} {c.equals} {typed(f'{t}{c.attnum}', c)}" for c in key)
        wanted = f"SELECT pg_catalog.count(DISTINCT {keys}), pg_catalog.min({keys})"
        return f"{wanted} FROM {self.mine.side} m WHERE EXISTS (SELECT FROM {self.theirs.side} t WHERE {same})"

    def overlap(self, keys: int, example: str) -> Overlap:
        """Return what the answer of `query` means."""
        rows = f"row {example}" if keys == 1 else f"{keys:,} rows, such as {example}"
        return Overlap(self.going, self.staying, f"both wrote to {rows} of table {self.mine.after}")


@frozen
class Made:
    """What one step changed, and what the other recorded: whether this is made of that, the database has to say.

    Attributes:
        going: the step that goes.
        staying: the later one that stays.
        changer: which of them changed the former.
        changed: the objects that it changed.
        rows: the relations of which it changed the type that their rows have.
        recorded: what the other one made, changed or wrote the rows of, with what each is called.
    """

    going: str
    staying: str
    changer: str
    changed: frozenset[Address]
    rows: frozenset[int]
    recorded: Mapping[Address, str]

    @property
    def parameters(self) -> tuple[list[str], list[int], list[int], list[str], list[int]]:
        """The parameters of the query of those addresses of `recorded` that are made of what was changed."""
        changed, recorded = sorted(self.changed), sorted(self.recorded)
        catalogs, others = ([catalog for catalog, _ in part] for part in (changed, recorded))
        return catalogs, [oid for _, oid in changed], sorted(self.rows), others, [oid for _, oid in recorded]

    def overlap(self, address: Address) -> Overlap:
        """Return what it means that an address was found."""
        what = f"{self.recorded[address]} reads otherwise since {self.changer} changed what it is made of"
        return Overlap(self.going, self.staying, what)


def touched(part: Part) -> tuple[Overlap | Shared | Made, ...]:
    """Return everything that stands in the way of a part, and what has to be asked of the database."""
    return tuple(
        item
        for going in part.going
        if going.undo is not None
        for staying in later(part, going)
        for item in _between(going, staying, readable=staying.run not in part.finalized)
    )


def _between(going: StepRecord, staying: StepRecord, *, readable: bool) -> Iterator[Overlap | Shared | Made]:
    mine, theirs = going.undo, staying.undo
    if mine is None or theirs is None:
        return
    unknown = [step.step for step, undo in ((going, mine), (staying, theirs)) if undo.objects is None]
    if unknown:
        what = f"what {unknown[0]} touched is not known: its way back was not derived"
        yield Overlap(going.step, staying.step, what)
        return
    found = (*_objects(mine, theirs), *_named(going.step, mine, staying.step, theirs))
    if found:
        yield from (Overlap(going.step, staying.step, what) for what in found)
        return
    yield from _made(going, staying, mine, theirs, changer=going)
    yield from _made(going, staying, theirs, mine, changer=staying)
    for table in mine.captured:
        other = next((item for item in theirs.captured if item.oid == table.oid), None)
        if other is None:
            continue
        if readable and _comparable(table, other):
            yield Shared(going.step, staying.step, table, other)
        else:
            what = f"both wrote rows of table {table.after or table.before}, which cannot be told apart"
            yield Overlap(going.step, staying.step, what)


def _comparable(mine: Captured, theirs: Captured) -> bool:
    if mine.whole or theirs.whole:
        return False
    numbers = [(column.attnum, column.current) for column in mine.key]
    same_types = [column.type for column in mine.key] == [column.type for column in theirs.key]
    return bool(numbers) and same_types and numbers == [(column.attnum, column.current) for column in theirs.key]


def _objects(mine: Undo, theirs: Undo) -> Iterator[str]:
    ours, others = ({(item.catalog, item.oid): item for item in undo.objects or ()} for undo in (mine, theirs))
    written, written_later = _tables(mine), _tables(theirs)
    for address, item in ours.items():
        if address in others:
            yield f"both changed {item.label}"
        elif address in written_later:
            yield f"the one changed {item.label}, the other wrote its rows"
    for address, item in others.items():
        if address not in ours and address in written:
            yield f"the one wrote rows of {item.label}, the other changed it"


def _tables(undo: Undo) -> dict[Address, str]:
    """Return the tables whose rows a step wrote, with their names."""
    written = {table.oid: table.after or table.before for table in (*undo.captured, *undo.saved, *undo.added)}
    written |= {table.oid: table.name for table in undo.created}
    return {(_TABLE, oid): name for oid, name in written.items()}


def _made(
    going: StepRecord, staying: StepRecord, changing: Undo, recording: Undo, *, changer: StepRecord
) -> Iterator[Made]:
    """Yield what has to be asked about what the one changed, and texts and rows that the other recorded."""
    objects = {(item.catalog, item.oid): item for item in changing.objects or ()}
    created = {(_TABLE, table.oid) for table in changing.created}
    changed = {(_TABLE, table.oid) for table in changing.renamed}
    if changer is going:
        # What the later step created is no part of what was recorded before.
        changed |= created
    # A type has labels or attributes, whatever its own name is.
    changed |= {key for key, item in objects.items() if key[0] != _TABLE and (item.names or key[0] == _TYPE)}
    tables = _tables(recording)
    texts = {(item.catalog, item.oid): item.label for item in recording.objects or ()}
    if changed and (texts or tables):
        yield Made(going.step, staying.step, changer.step, frozenset(changed), frozenset(), texts | tables)
    rows = frozenset(oid for catalog, oid in objects.keys() - created if catalog == _TABLE)
    if rows and tables:
        yield Made(going.step, staying.step, changer.step, frozenset(), rows, tables)


def _named(going: str, mine: Undo, staying: str, theirs: Undo) -> Iterator[str]:
    """Yield what the way back of the one names and the other changed: it may have meant something else."""
    for step, undo, changer, other in ((going, mine, staying, theirs), (staying, theirs, going, mine)):
        text = "\n".join((*undo.before_data, *(sent.sql for sent in undo.outside), *undo.after_data))
        known = {(item.catalog, item.oid) for item in undo.objects or ()}
        for item in other.objects or ():
            if (item.catalog, item.oid) not in known and any(_mentions(text, name) for name in item.names):
                yield f"the way back of {step} may name {item.label}, which {changer} changed"


def _mentions(text: str, name: str) -> bool:
    written = re.escape(name.replace('"', '""'))
    return re.search(rf"(?<!\w){written}(?!\w)", text) is not None
