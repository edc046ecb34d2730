"""What happens to a conflict: a later write of the application that a rollback would overwrite.

The word for a table is, in this order, that of the rollback itself, that of its step for the table, that of its step,
that of the plan. A conflict that no word settles ends the rollback.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from planrun.core.quoting import unquoted
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from planrun.errors import ConflictRecord, Place


class OnConflict(StrEnum):
    """What a rollback does where the application changed what it would restore.

    ABORT: it changes nothing and lists the conflicts. KEEP: the application's row or value stays. RESTORE: the row or
    value of before the run comes back; what it replaces is saved, and comes again when the rollback is rolled back.
    """

    ABORT = "abort"
    KEEP = "keep"
    RESTORE = "restore"


KEPT = ("changed", "deleted", "exists", "referenced")
"""Kinds of conflict where the application's row or value can stay."""

RESTORED = ("changed", "deleted", "moved", "missing", "exists", "filled", "rows", "altered")
"""Kinds of conflict where what was before can come back."""

NOTHING, DROPPED = "none", "dropped"
"""What a conflict over a definition has after the run where the run left nothing, and now where nothing is any more."""

Choice = Callable[[str, str], OnConflict]
"""What becomes of conflicts, by the id of a step and the quoted, qualified name of a table before it.

The name is empty for functions, views and types.
"""


def abort(step: str, table: str) -> OnConflict:  # noqa: ARG001  a Choice
    """Let every conflict end the rollback."""
    return OnConflict.ABORT


# --- what a plan says ---------------------------------------------------------------------------


@frozen
class TableWord:
    """The word of a step for one table; without a schema its name means the tables of that name in every schema."""

    name: str
    policy: OnConflict
    place: Place


@frozen
class Policy:
    """What a step says: a word for all of its tables (None: that of the plan), and words for some."""

    default: OnConflict | None = None
    tables: tuple[TableWord, ...] = ()


def by_plan(default: OnConflict, steps: Mapping[str, Policy]) -> Choice:
    """Return the choice of a plan, with the words of its steps by their ids."""

    def chosen(step: str, table: str) -> OnConflict:
        policy = steps.get(step, Policy())
        words = [word for word in policy.tables if means(word.name, table)]
        # One with its schema says more.
        words.sort(key=lambda word: len(parts(word.name) or ()), reverse=True)
        return words[0].policy if words else policy.default or default

    return chosen


def always(policy: OnConflict) -> Choice:
    """Return the choice that is the same for every table."""
    return lambda _step, _table: policy


def unknown(policy: Policy, tables: Iterable[str]) -> tuple[TableWord, ...]:
    """Return the words for tables that are not among those, given by their quoted, qualified names."""
    known = list(tables)
    return tuple(word for word in policy.tables if not any(means(word.name, table) for table in known))


# --- names ---------------------------------------------------------------------------------------

_PART = r'(?:"(?:[^"\0]|"")+"|[^\W\d][\w$]*)'
_NAME = re.compile(rf"{_PART}(?:\.{_PART})?")
_ONE = re.compile(_PART)


def parts(name: str) -> tuple[str, ...] | None:
    """Return a table's name, with its schema if it has one, as the server reads it; None if it is no such name."""
    return tuple(map(_read, _ONE.findall(name))) if _NAME.fullmatch(name) else None


def _read(part: str) -> str:
    if part.startswith('"'):
        return unquoted(part)
    # As the server folds a name in UTF-8: no other letters.
    return "".join(letter.lower() if letter.isascii() else letter for letter in part)


def means(name: str, table: str) -> bool:
    """Tell whether a name of a plan means a table, given by its quoted, qualified name."""
    read, known = parts(name), parts(table)
    return bool(read) and known is not None and known[-len(read or ()) :] == read


# --- for people ----------------------------------------------------------------------------------


def summary(words: Collection[tuple[str, OnConflict]]) -> str:
    """Return what a rollback does with conflicts, by the quoted, qualified names of its tables; empty for abort."""
    found = {policy for _, policy in words}
    if found <= {OnConflict.ABORT}:
        return ""
    return f"on conflict: {found.pop()}" if len(found) == 1 else f"on conflict: {', '.join(_by_word(words))}"


def _by_word(words: Collection[tuple[str, OnConflict]]) -> Iterator[str]:
    for policy in (OnConflict.KEEP, OnConflict.RESTORE):
        if tables := sorted(_plain(table) for table, word in words if word is policy):
            yield f"{policy} in {', '.join(tables)}"
    if any(word is OnConflict.ABORT for _, word in words):
        yield "else abort"


def _plain(table: str) -> str:
    return ".".join(parts(table) or (table,)) or "functions, views and types"


_DOES = {
    OnConflict.KEEP: "--on-conflict keep leaves what the application wrote",
    OnConflict.RESTORE: "--on-conflict restore brings back what was before the run",
}


def settled_kind(conflict: ConflictRecord) -> str:
    """Return the kind of a conflict; nothing where no word settles it, since its way back would be to drop or alter it.

    What the application made would go, and what it dropped is not there to be altered.
    """
    unsettled = conflict.kind == "altered" and (conflict.now == DROPPED or conflict.after == NOTHING)
    return "" if unsettled else conflict.kind


def settling(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the words that settle conflicts of all these kinds, each with what it does."""
    return tuple(_DOES[word] for word in _words(kinds))


def _words(kinds: Iterable[str]) -> tuple[OnConflict, ...]:
    """Return the words that settle conflicts of all these kinds; none where there are none."""
    found = set(kinds)
    known = ((KEPT, OnConflict.KEEP), (RESTORED, OnConflict.RESTORE))
    return tuple(word for settled, word in known if found and found <= set(settled))


def by_table(kinds: Mapping[str, Iterable[str]]) -> tuple[tuple[str, tuple[OnConflict, ...]], ...]:
    """Return the words that settle all conflicts on each table; empty where one has none, or all have the same.

    Args:
        kinds: by the quoted, qualified names of tables, or what else they are on, those of the conflicts.
    """
    words = {table: _words(of_table) for table, of_table in kinds.items()}
    sayable = all(words.values()) and all(parts(table) for table in words)
    if not sayable or len(set(words.values())) == 1:
        return ()
    return tuple((_plain(table), found) for table, found in words.items())


def ways_out(kinds: Iterable[str]) -> str:
    """Return what can be done about conflicts of these kinds that ended a rollback."""
    plain = "planrun status lists them; settle them in the database, then roll back again"
    words = " or ".join(_words(kinds))
    return f"{plain}, or with --on-conflict {words}" if words else plain
