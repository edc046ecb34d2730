"""A list of conflicts in little room: there may be as many as a table has values.

Each is a dozen Python objects, which would take a kilobyte. So they are kept as compressed text, some hundred at a
time, and made anew whenever they are looked at.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, overload

from planrun.errors import ConflictRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")

_FIELDS = attrgetter(*(item.name for item in fields(ConflictRecord)))

_ROWS = 500
_CHARACTERS = 1 << 18
"""How much is compressed at a time, at most, but for one row."""


class ConflictList(Sequence[T]):
    """Values that are never changed, made of rows that JSON can hold.

    Args:
        rows: what the values are made of; they are read once.
        make: makes a value of a row.
    """

    def __init__(self, rows: Iterable[Sequence[Any]], make: Callable[[Sequence[Any]], T]) -> None:
        self._make = make
        self._blocks = tuple(_packed(rows))

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(count for count, _ in self._blocks)

    def __iter__(self) -> Iterator[T]:
        """Yield them, made anew."""
        for _, block in self._blocks:
            yield from map(self._make, json.loads(zlib.decompress(block)))

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        """Return one of them, or some; for tests and the like, since it makes all anew."""
        return tuple(self)[place]

    def __eq__(self, other: object) -> bool:
        """Tell whether another sequence holds the same."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        """Return what tuples of the same values have."""
        return hash(tuple(self))


def of_rows(rows: Iterable[Sequence[Any]]) -> ConflictList[ConflictRecord]:
    """Return the conflicts whose fields, in their order, are rows."""
    return ConflictList(rows, lambda row: ConflictRecord(*row))


def records(conflicts: Iterable[ConflictRecord]) -> ConflictList[ConflictRecord]:
    """Return conflicts as a list that takes little room."""
    return of_rows(
        (c.step, c.relation, c.key, c.column, c.before, c.after, c.now, c.kind, c.outcome) for c in conflicts
    )


def _packed(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[int, bytes]]:
    texts: list[str] = []
    size = 0
    for row in rows:
        text = json.dumps(row)
        texts.append(text)
        size += len(text)
        if len(texts) == _ROWS or size > _CHARACTERS:
            yield _block(texts)
            texts, size = [], 0
    if texts:
        yield _block(texts)


def _block(texts: list[str]) -> tuple[int, bytes]:
    return len(texts), zlib.compress(f"[{','.join(texts)}]".encode(), 1)
