"""What stands in the way of a rollback or a restore: as text, table by table, with what to do, and as JSON."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field  # noqa: TID251  one that changes
from itertools import chain
from typing import TYPE_CHECKING, Any

from planrun.cli import output
from planrun.core.console import cell, shortened
from planrun.core.policy import OnConflict, by_table, settled_kind, settling
from planrun.core.record import ConflictRecord, ListedConflict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

SHOWN = 20
"""How many conflicts of one table are listed for people; JSON has them all."""

_KINDS = {
    "changed": ("value changed since", "set the column to what it was after the run"),
    "filled": (
        "written into a column of the run",
        "set the column to what it was after the run; delete the row, where it was made since",
    ),
    "deleted": ("row deleted since", "put the row back as it was after the run"),
    "moved": ("row deleted or given another key since", "put the row back as it was after the run"),
    "missing": ("row changed or deleted since", "put the row back as it was after the run"),
    "exists": ("a row with this key was made since", "delete that row, or give it another key"),
    "referenced": ("another row refers to it since", "delete the row that refers to it, or point it elsewhere"),
    "rows": ("rows of a table of the run changed", "move the later rows elsewhere"),
    "altered": ("made, altered or dropped since", "put it back as it was after the run"),
    "renamed": ("values of an enum were renamed since", "rename them back, roll back, and rename them again"),
    "type": (
        "value does not fit the type that comes back",
        "give it a value that the type of before can hold, or delete the row",
    ),
    "not null": ("no value for a column that comes back", "see how such a row can go without, or delete it"),
}
"""For each kind of conflict: what happened, and how it is cleared when the later write may go."""

_OF_OBJECTS = ("rows", "altered", "renamed")
"""Kinds of conflict over a table as a whole, or over another object."""

_OF_RUN = ("before", "after the run")
_OF_BACKUP = ("in the backup", "run wrote")
"""What the values are called that a conflict has besides that of now."""


def conflict_text(conflicts: Iterable[object], not_compared: Collection[str] = (), *, of_backup: bool = False) -> str:
    """Return the conflicts by table, with the values before the run, after it and now, and what to do.

    Args:
        conflicts: all that were found.
        not_compared: the steps of which there may be more.
        of_backup: what stands in the way of rows of a backup, not of a rollback.
    """
    found = _by_table(item for item in conflicts if isinstance(item, ConflictRecord))
    more = "not compared in full: {}; what else stands in their way is told when these are settled"
    rest = [output.safe(more.format(", ".join(not_compared)))] if not_compared else []
    advice = _OF_RESTORE if of_backup else _advice(found)
    return "\n".join([*_tables(found, of_backup=of_backup), "", *rest, *advice])


def settled_text(conflicts: Iterable[ConflictRecord], *, of_backup: bool = False) -> str:
    """Return conflicts by table, each with its outcome if it has one, without what to do."""
    return "\n".join(_tables(_by_table(conflicts), of_backup=of_backup))


def _in_order(conflict: ConflictRecord) -> tuple[str, list[tuple[int, str]], str]:
    """Return by what conflicts are sorted for people: by table, and by key as numbers go, id = 9 before id = 10."""
    parts = re.split(r"([0-9]+)", conflict.key)
    return (
        conflict.relation,
        [(len(part.lstrip("0")) * (n % 2), part) for n, part in enumerate(parts)],
        conflict.column or "",
    )


@dataclass
class _OfTable:
    """The conflicts of one table, of which the first are listed: all of them may be too many to be held.

    Attributes:
        count: how many there are.
        settled: whether one of them has an outcome.
        kinds: theirs, those first that come first.
        words: theirs, as far as a word settles them, see `settled_kind`.
        shown: the first ones, in their order, when all were seen.
    """

    count: int = 0
    settled: bool = False
    kinds: dict[str, tuple[object, ...]] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    shown: list[ConflictRecord] = field(default_factory=list)

    def add(self, conflict: ConflictRecord) -> None:
        self.count += 1
        self.settled |= bool(conflict.outcome)
        place = _in_order(conflict)
        self.kinds[conflict.kind] = min(self.kinds.get(conflict.kind, place), place)
        self.words.add(settled_kind(conflict))
        self.shown.append(conflict)
        if len(self.shown) > 10 * SHOWN:
            self.sort()

    def sort(self) -> None:
        self.shown = sorted(self.shown, key=_in_order)[:SHOWN]


def _by_table(conflicts: Iterable[ConflictRecord]) -> dict[str, _OfTable]:
    found: dict[str, _OfTable] = {}
    for conflict in conflicts:
        found.setdefault(conflict.relation, _OfTable()).add(conflict)
    for table in found.values():
        table.sort()
    return dict(sorted(found.items()))


def _tables(found: Mapping[str, _OfTable], *, of_backup: bool) -> Iterator[str]:
    for name, table in found.items():
        yield _of_table(name, table, of_backup=of_backup)


def _of_table(name: str, table: _OfTable, *, of_backup: bool) -> str:
    settled = table.settled
    head = ("key", "column", *(_OF_BACKUP if of_backup else _OF_RUN), "now", "what happened", "step")
    rows = [
        (
            shortened(item.key),
            item.column or "",
            *_values(item, of_backup=of_backup),
            _KINDS.get(item.kind, (item.kind,))[0],
            item.step,
            *((item.outcome or "in the way",) if settled else ()),
        )
        for item in table.shown
    ]
    columns = _table((*head, "outcome") if settled else head, rows)
    lines = ["", output.title(f"{name}: {output.count(table.count, 'conflict')}"), columns]
    if table.count > SHOWN:
        lines.append(f"  (and {table.count - SHOWN:,} more; --json lists them all)")
    return "\n".join(lines)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table, or one paragraph a conflict where its lines would be too wide to be read."""
    table = output.columns(head, rows)
    if output.fits(table):
        return table
    return "\n".join(_paragraph(dict(zip(head, row, strict=True))) for row in rows)


def _paragraph(conflict: dict[str, str]) -> str:
    """Return what a conflict is about on a line, and beneath it what happened and the values one below the other."""
    place = " ".join(conflict.pop(name) for name in ("table", "key", "column") if conflict.get(name))
    shown = [(name, value) for name, value in conflict.items() if value and name not in {"table", "key", "column"}]
    values = output.fields(shown).splitlines()
    # What is on a table as a whole has neither key nor column: the table stands above.
    return "\n".join([*([f"  {output.safe(place)}"] if place else []), *(f"    {line}" for line in values)])


def _values(conflict: ConflictRecord, *, of_backup: bool = False) -> tuple[str, ...]:
    """Return what was before the run, after it, and is now; of what is no row, nothing is not NULL.

    Of a backup nothing as a run wrote it mostly means that no run did.
    """
    before, after, now = (
        "" if _is_nothing(conflict, value) else shortened(cell(value))
        for value in (conflict.before, conflict.after, conflict.now)
    )
    return before, "" if of_backup and conflict.after is None else after, now


def _is_nothing(conflict: ConflictRecord, value: str | None) -> bool:
    return value is None and conflict.kind in _OF_OBJECTS


_OF_RESTORE = (
    "say what becomes of these values, and the others come back:",
    f"    --on-conflict {OnConflict.KEEP} leaves what the application wrote",
    f"    --on-conflict {OnConflict.RESTORE} brings back what the backup holds",
)
"""What can be done about conflicts of a restore."""


def _advice(found: Mapping[str, _OfTable]) -> list[str]:
    met = (kind for table in found.values() for kind in sorted(table.kinds, key=table.kinds.__getitem__))
    kinds = [kind for kind in dict.fromkeys(met) if kind in _KINDS]
    words = {name: table.words for name, table in found.items()}
    ways = [f"    {_KINDS[kind][0]}: {_KINDS[kind][1]}" for kind in kinds]
    options = [f"    {text}" for text in settling(chain.from_iterable(words.values()))]
    each = "; ".join(f"{table}: {' or '.join(chosen)}" for table, chosen in by_table(words))
    options += [f"    table by table, by on_conflict of the steps in the plan: {output.safe(each)}"] if each else []
    return [
        "where the later write may go, clear the conflict and run the command again:",
        *ways,
        *(["or let it settle them:", *options] if options else []),
        "where it has to stay, leave the run in effect and correct the data with a new plan",
    ]


# --- the conflict table of the history -----------------------------------------------------------


def listed_text(conflicts: Iterable[ListedConflict]) -> str:
    """Return the conflicts rollback by rollback, each with what became of it."""
    counts = Counter[int]()
    shown: dict[int, list[ListedConflict]] = {}
    for item in conflicts:
        counts[item.rollback] += 1
        if counts[item.rollback] <= SHOWN:
            shown.setdefault(item.rollback, []).append(item)
    parts = []
    for number, found in sorted(shown.items()):
        first = found[0]
        head = f"rollback {number} of run {first.run} of {first.plan}, {output.instant(first.started)}"
        parts.append("\n".join([output.title(f"{head}: {first.status}"), _listed(found, counts[number] - SHOWN)]))
    return "\n\n".join(parts)


def _listed(conflicts: list[ListedConflict], hidden: int) -> str:
    head = ("table", "key", "column", "before", "after the run", "now", "what happened", "step", "outcome")
    rows = [
        (
            item.conflict.relation,
            shortened(item.conflict.key),
            item.conflict.column or "",
            *_values(item.conflict),
            _KINDS.get(item.conflict.kind, (item.conflict.kind,))[0],
            item.conflict.step,
            item.outcome or "",
        )
        for item in conflicts
    ]
    table = _table(head, rows)
    return f"{table}\n  (and {hidden:,} more; --json and --csv list them all)" if hidden > 0 else table


def listed_document(item: ListedConflict) -> dict[str, Any]:
    """Return a conflict of the history for a JSON object."""
    found: dict[str, Any] = output.plain(item)
    conflict: dict[str, Any] = found.pop("conflict")
    return conflict | found
