"""Columns that a step added, dropped, renamed or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import Column, Relation, quoted
from planrun.core.inverse import grants
from planrun.core.inverse.actions import Action, Caveat, Finding, Phase, Refusal
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

_STORAGE = {"p": "PLAIN", "e": "EXTERNAL", "m": "MAIN", "x": "EXTENDED"}
GENERATED = {"a": "ALWAYS", "d": "BY DEFAULT"}
_COMPRESSION = {"p": "pglz", "l": "lz4", "": "DEFAULT"}


def added(before: Relation, after: Relation) -> tuple[Column, ...]:
    """Return the columns that only `after` has."""
    return tuple(column for column in after.columns if before.column(column.attnum) is None)


def dropped(before: Relation, after: Relation) -> tuple[Column, ...]:
    """Return the columns that only `before` has."""
    return added(after, before)


def retyped(before: Relation, after: Relation) -> tuple[tuple[Column, Column], ...]:
    """Return the columns whose type or collation differs, before and after."""
    pairs = ((column, after.column(column.attnum)) for column in before.columns)
    return tuple((was, now) for was, now in pairs if now and was.kind != now.kind)


def undo(before: Relation, after: Relation) -> Iterator[Finding]:
    """Yield what takes the columns of `after` back to those of `before`."""
    for column in added(before, after):
        drop = f"ALTER TABLE {after.qualified} DROP COLUMN {quoted(column.name)}"
        yield Action(Phase.COLUMNS_OFF, drop, drops=("pg_class", after.oid, column.attnum))
    gone = dropped(before, after)
    for column in sorted(gone, key=lambda column: (bool(column.generated), column.attnum)):
        yield from _readd(before, column)
    for column in before.columns:
        now = after.column(column.attnum)
        if now is not None and now != column:
            yield from _changed(before, after, column, now)


def _readd(relation: Relation, column: Column) -> Iterator[Finding]:
    yield Action(
        Phase.COLUMNS_ON, f"ALTER TABLE {relation.qualified} ADD COLUMN {definition(column, with_default=True)}"
    )
    yield from comes_back(relation, column)


def comes_back(relation: Relation, column: Column) -> Iterator[Finding]:
    """Yield what a dropped column needs when it stands there again, added to its table or to one above it."""
    what = f"column {relation.qualified}.{quoted(column.name)}"
    if column.attnum != max(other.attnum for other in relation.columns):
        place = (relation.qualified, quoted(column.name))
        yield Caveat(f"{what} comes back as the last column of its table", place)
    bare = Column(column.attnum, column.name, column.type, not_null=False, storage=column.type_storage)
    yield from _settings(relation, column, bare)
    if column.not_null and not _has_not_null_constraint(relation, column):
        yield Action(
            Phase.NOT_NULL_ON,
            f"ALTER TABLE {relation.alone} ALTER COLUMN {quoted(column.name)} SET NOT NULL",
        )


def definition(column: Column, *, with_default: bool) -> str:
    """Return a column as CREATE TABLE and ADD COLUMN define it."""
    parts = [quoted(column.name), column.typed]
    if column.generated:
        stored = "STORED" if column.generated == "s" else "VIRTUAL"
        parts.append(f"GENERATED ALWAYS AS ({column.default}) {stored}")
    elif with_default and column.default is not None:
        parts.append(f"DEFAULT {column.default}")
    return " ".join(parts)


def _changed(relation: Relation, after: Relation, column: Column, now: Column) -> Iterator[Finding]:
    what = f"column {relation.qualified}.{quoted(column.name)}"
    place = f"ALTER TABLE {relation.alone} ALTER COLUMN {quoted(column.name)}"
    place_now = f"ALTER TABLE {after.alone} ALTER COLUMN {quoted(now.name)}"
    if column.identity and now.identity and column.identity != now.identity:
        yield _identity_of_before(relation, after, column, now)
    if column.generated != now.generated:
        yield Refusal(
            what, "its generation expression was dropped", "drop the column instead, whose way back makes it anew"
        )
    elif column.generated and column.body != now.body:
        yield Action(Phase.DEFAULTS_ON, f"{place} SET EXPRESSION AS ({column.default})")
    elif column.body != now.body:
        # Off first: the new default may use what the step created and the way back drops.
        if now.default_oid is not None:
            drops = ("pg_attrdef", now.default_oid, 0)
            yield Action(Phase.DEFAULTS_OFF, f"{place_now} DROP DEFAULT", drops)
        if column.default is not None:
            yield Action(Phase.DEFAULTS_ON, f"{place} SET DEFAULT {column.default}")
    if column.not_null and not now.not_null and not _has_not_null_constraint(relation, column):
        yield Action(Phase.NOT_NULL_ON, f"{place} SET NOT NULL")
    if now.not_null and not column.not_null and not _has_not_null_constraint(after, now):
        # On a partitioned table it is not allowed without its partitions.
        table = after.qualified if after.kind == "p" else after.alone
        yield Action(Phase.NOT_NULL_OFF, f"ALTER TABLE {table} ALTER COLUMN {quoted(now.name)} DROP NOT NULL")
    yield from _settings(relation, column, now)


def _identity_of_before(relation: Relation, after: Relation, column: Column, now: Column) -> Action:
    # An ALWAYS column cannot be updated: it is made one when the rows are back, and ceases to be one at first.
    if column.identity == "a":
        phase, table, name, generated = Phase.SETTINGS_ON, relation, column.name, "ALWAYS"
    else:
        phase, table, name, generated = Phase.IDENTITIES_OFF, after, now.name, "BY DEFAULT"
    # That of a partitioned table is its partitions', too, and not allowed without them.
    place = table.qualified if table.kind == "p" else table.alone
    return Action(phase, f"ALTER TABLE {place} ALTER COLUMN {quoted(name)} SET GENERATED {generated}")


def _settings(relation: Relation, column: Column, now: Column) -> Iterator[Finding]:
    place = f"ALTER TABLE {relation.alone} ALTER COLUMN {quoted(column.name)}"
    if column.storage != now.storage:
        yield Action(Phase.SETTINGS_ON, f"{place} SET STORAGE {_STORAGE[column.storage]}")
    if column.compression != now.compression:
        yield Action(Phase.SETTINGS_ON, f"{place} SET COMPRESSION {_COMPRESSION[column.compression]}")
    if column.statistics != now.statistics:
        target = -1 if column.statistics is None else column.statistics
        yield Action(Phase.SETTINGS_ON, f"{place} SET STATISTICS {target}")
    yield from options(place, column.options, now.options)
    if column.comment != now.comment:
        target_name = f"{relation.qualified}.{quoted(column.name)}"
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON COLUMN {target_name} IS {literal(column.comment)}")
    yield from grants.restore(
        f"TABLE {relation.qualified}", relation.owner, column.acl, now.acl, column=quoted(column.name)
    )


def options(place: str, before: tuple[str, ...] | None, after: tuple[str, ...] | None) -> Iterator[Action]:
    """Yield SET and RESET of storage parameters, all of them, so that they stand in their old order."""
    if before == after:
        return
    if after:
        names = ", ".join(option.partition("=")[0] for option in after)
        yield Action(Phase.SETTINGS_ON, f"{place} RESET ({names})")
    if before:
        split = (option.partition("=") for option in before)
        assigned = ", ".join(f"{name} = {literal(value)}" for name, _, value in split)
        yield Action(Phase.SETTINGS_ON, f"{place} SET ({assigned})")


def _has_not_null_constraint(relation: Relation, column: Column) -> bool:
    """Whether NOT NULL is a constraint of its own (PostgreSQL 18), which then comes and goes as one."""
    return any(constraint.type == "n" and constraint.columns == (column.attnum,) for constraint in relation.constraints)
