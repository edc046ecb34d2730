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
_COMPRESSION = {"p": "pglz", "l": "lz4", "": "DEFAULT"}


def added(before: Relation, after: Relation) -> tuple[Column, ...]:
    """Return the columns that only `after` has."""
    return tuple(column for column in after.columns if before.column(column.attnum) is None)


def dropped(before: Relation, after: Relation) -> tuple[Column, ...]:
    """Return the columns that only `before` has."""
    return added(after, before)


def undo(before: Relation, after: Relation) -> Iterator[Finding]:
    """Yield what takes the columns of `after` back to those of `before`."""
    table = before.qualified
    for column in added(before, after):
        yield Action(Phase.COLUMNS_OFF, f"ALTER TABLE {table} DROP COLUMN {quoted(column.name)}")
    gone = dropped(before, after)
    for column in sorted(gone, key=lambda column: (bool(column.generated), column.attnum)):
        yield from _readd(before, column)
    yield from _renamed(before, after)
    for column in before.columns:
        now = after.column(column.attnum)
        if now is not None and now != column:
            yield from _changed(before, after, column, now)


def _readd(relation: Relation, column: Column) -> Iterator[Finding]:
    what = f"column {relation.qualified}.{quoted(column.name)}"
    if column.identity:
        yield Refusal(what, "it is an identity column, whose sequence went with it")
    if column.inherited:
        yield Refusal(what, "it is inherited")
    yield Action(Phase.COLUMNS_ON, f"ALTER TABLE {relation.qualified} ADD COLUMN {_definition(column)}")
    if column.attnum != max(other.attnum for other in relation.columns):
        yield Caveat(f"{what} comes back as the last column of its table")
    bare = Column(attnum=column.attnum, name=column.name, type=column.type, not_null=False)
    yield from _settings(relation, column, bare)
    if column.not_null and not _has_not_null_constraint(relation, column):
        yield Action(
            Phase.NOT_NULL_ON,
            f"ALTER TABLE {relation.qualified} ALTER COLUMN {quoted(column.name)} SET NOT NULL",
        )


def _definition(column: Column) -> str:
    parts = [quoted(column.name), column.type]
    if column.collation:
        parts.append(f"COLLATE {column.collation}")
    if column.generated:
        stored = "STORED" if column.generated == "s" else "VIRTUAL"
        parts.append(f"GENERATED ALWAYS AS ({column.default}) {stored}")
    elif column.default is not None:
        parts.append(f"DEFAULT {column.default}")
    return " ".join(parts)


def _renamed(before: Relation, after: Relation) -> Iterator[Finding]:
    # A name may have passed to another column (a swap): go through a name that nobody has.
    taken = {column.name for column in after.columns}
    table = after.qualified
    renamed = [
        (column, now)
        for column in before.columns
        if (now := after.column(column.attnum)) is not None and now.name != column.name
    ]
    crossing = [pair for pair in renamed if pair[0].name in taken]
    for column, now in crossing:
        yield Action(Phase.RENAME, _rename(table, now.name, f"planrun_{column.attnum}"))
    for column, now in renamed:
        source = f"planrun_{column.attnum}" if (column, now) in crossing else now.name
        yield Action(Phase.RENAME, _rename(table, source, column.name))


def _rename(table: str, old: str, new: str) -> str:
    return f"ALTER TABLE {table} RENAME COLUMN {quoted(old)} TO {quoted(new)}"


def _changed(relation: Relation, after: Relation, column: Column, now: Column) -> Iterator[Finding]:
    what = f"column {relation.qualified}.{quoted(column.name)}"
    place = f"ALTER TABLE {relation.qualified} ALTER COLUMN {quoted(column.name)}"
    if (column.type, column.collation) != (now.type, now.collation):
        yield Refusal(what, f"its type was changed from {column.type} to {now.type}")
    if column.identity != now.identity:
        yield Refusal(what, "its identity property was changed")
    if column.generated != now.generated or (column.generated and column.default != now.default):
        yield Refusal(what, "its generation expression was changed")
    elif column.default != now.default:
        # Off first: the new default may use what the step created and the way back drops.
        yield Action(Phase.DEFAULTS_OFF, f"{place} DROP DEFAULT")
        if column.default is not None:
            yield Action(Phase.DEFAULTS_ON, f"{place} SET DEFAULT {column.default}")
    if column.not_null and not now.not_null and not _has_not_null_constraint(relation, column):
        yield Action(Phase.NOT_NULL_ON, f"{place} SET NOT NULL")
    if now.not_null and not column.not_null and not _has_not_null_constraint(after, now):
        yield Action(Phase.NOT_NULL_OFF, f"{place} DROP NOT NULL")
    if column.inherited != now.inherited:
        yield Refusal(what, "its inheritance was changed")
    yield from _settings(relation, column, now)


def _settings(relation: Relation, column: Column, now: Column) -> Iterator[Finding]:
    place = f"ALTER TABLE {relation.qualified} ALTER COLUMN {quoted(column.name)}"
    if column.storage != now.storage:
        storage = _STORAGE[column.storage] if column.storage else "DEFAULT"
        # SET STORAGE DEFAULT came with PostgreSQL 16; the type's own storage is what was not said.
        yield (
            Action(Phase.SETTINGS_ON, f"{place} SET STORAGE {storage}")
            if column.storage
            else Refusal(
                f"storage of {relation.qualified}.{quoted(column.name)}", "it was the default of its type"
            )
        )
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


def options(place: str, before: tuple[str, ...] | None, after: tuple[str, ...] | None) -> Iterator[Finding]:
    """Yield SET and RESET of storage parameters; unset is not the same as set to the default."""
    was = dict(option.split("=", 1) for option in before or ())
    now = dict(option.split("=", 1) for option in after or ())
    if surplus := sorted(now.keys() - was.keys()):
        yield Action(Phase.SETTINGS_ON, f"{place} RESET ({', '.join(surplus)})")
    if differing := sorted(name for name in was if was[name] != now.get(name)):
        assigned = ", ".join(f"{name} = {literal(was[name])}" for name in differing)
        yield Action(Phase.SETTINGS_ON, f"{place} SET ({assigned})")


def _has_not_null_constraint(relation: Relation, column: Column) -> bool:
    """Whether NOT NULL is a constraint of its own (PostgreSQL 18), which then comes and goes as one."""
    return any(
        constraint.type == "n" and constraint.columns == (column.attnum,)
        for constraint in relation.constraints
    )
