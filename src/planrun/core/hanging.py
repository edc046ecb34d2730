"""The SQL that finds rows of other origin that hang on what a way back takes away: never does it let them cascade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core import keyless
from planrun.core.catalog import quoted
from planrun.core.conflicts import WHOLE, listed, on_columns, unlisted
from planrun.core.images import (
    back_stored,
    every,
    identical,
    key_text,
    named_values,
    net_name,
    on_key,
    some,
    stored,
    typed,
)
from planrun.core.policy import OnConflict
from planrun.core.quoting import literal
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from planrun.core.foreign_keys import ForeignKey
    from planrun.core.undo import Captured, SideColumn


@frozen
class Referring:
    """A table of the same step that refers to one of its tables, and what becomes of conflicts on it."""

    table: Captured
    policy: OnConflict


def hung_rows(
    step: int, step_id: str, table: Captured, key: ForeignKey, policy: OnConflict, child: Referring | None
) -> str:
    """Return the statement that lists rows of other origin that refer to what the way back takes away.

    That is a row that the step inserted, or a referenced value that it gave to a row; when conflicts are restored also
    what the application made of them since. Rows that this same step inserted, or pointed at them, go back in the same
    statement and are no conflict, unless they are in one themselves and stay. Of equal rows of a table without a key as
    many go as the step inserted.
    """
    found = net_name(step, table)
    columns = {column.current: column for column in table.columns}
    parents = [(columns[attnum], operator, f"r.{quoted(name)}") for name, attnum, operator in key.pairs]
    # What the application wrote since may have given a row another computed value, without a conflict.
    computed = [column for column, _, _ in parents if column.computed is not None]
    by_value = bool(table.key) and (policy is OnConflict.RESTORE or bool(computed))
    if by_value:
        on = every(f"t.{quoted(column.after)} {operator} {value}" for column, operator, value in parents)
        source = f"{found} n JOIN ONLY {table.after} t ON {on_key(table, 't', 'n.k', after=True)}"
        given = _overwritten([column for column, _, _ in parents])
        if policy is not OnConflict.RESTORE:
            given = f"n.op = 'u' AND ({some(_gave(column) for column, _, _ in parents)})"
        if computed:
            given += f" OR n.op = 'u' AND ({some(_computed_anew(table, column) for column in computed)})"
    else:
        on = every(f"{_given(column)} {operator} {value}" for column, operator, value in parents)
        source = f"{found} n"
        given = f"n.op = 'u' AND ({some(_gave(column) for column, _, _ in parents)})"
    # A foreign key holds for the rows of its table alone, not for those of tables that inherit from it.
    mine, rows = "", f"ONLY {key.child_name}"
    if child is not None:
        mine = f" AND NOT EXISTS ({_going_too(step, key, child)})"
        rows = rows if child.table.key else keyless.standing(child.table, _names(key))
    if not (table.key or key.acts or any(column.retyped for column, _, _ in parents)):
        mine += f" AND NOT EXISTS ({_coming_back(found, columns, key)})"
    who = named_values((name, f"r.{quoted(name)}") for name in key.child_key) or "'a row'"
    body = (
        f"SELECT {key_text('n', table)}, NULL::text, NULL::text, NULL::text,"
        f" pg_catalog.concat({literal(f'{key.child_name} ')}, {who}), 'referenced'\n"
        f"FROM {source} JOIN {rows} r ON {on}\nWHERE (n.op = 'i' OR {given}){mine}"
    )
    return listed(step_id, table.after, table.oid, body)


def _names(key: ForeignKey) -> frozenset[str]:
    """Return the columns of a referring row that are looked at."""
    return frozenset({*key.child_key, *(name for name, _, _ in key.pairs)})


def _given(column: SideColumn) -> str:
    """Return what the step left in a referenced column, in the type of now."""
    if column.retyped:
        return f"(n.r{column.attnum})::{column.now_type}" if column.now_held else f"n.r{column.attnum}"
    return typed(f"n.a{column.attnum}", column, after=True)


def _gave(column: SideColumn) -> str:
    """Return the condition that the step gave another value to a referenced column."""
    old, new = (typed(f"n.{side}{column.attnum}", column, after=True) for side in "ba")
    return f"({old} {column.equals} {new}) IS NOT TRUE"


def _computed_anew(table: Captured, column: SideColumn) -> str:
    """Return the condition that restoring a row may compute a value that neither the step nor what was before gave."""
    bases = [c for c in table.lasting if c.attnum in (column.computed or ())]
    kept = every(identical(stored(f"t.{quoted(c.after)}", c), f"n.a{c.attnum}", c) for c in bases if not c.retyped)
    left = every(identical(f"n.b{c.attnum}", f"n.a{c.attnum}", c) for c in bases)
    return f"NOT ({kept}) AND NOT ({left})"


def _overwritten(columns: Iterable[SideColumn]) -> str:
    """Return the condition that restoring a row, whatever is in it now, gives another value to a referenced column."""
    columns = list(columns)

    def differs(column: SideColumn) -> str:
        now, old = back_stored(f"t.{quoted(column.after)}", column), f"n.b{column.attnum}"
        return f"NOT ({identical(now, old, column)})"

    changed = some(f"{differs(c)} AND NOT ({identical(f'n.b{c.attnum}', f'n.a{c.attnum}', c)})" for c in columns)
    return f"n.op = 'u' AND ({changed}) OR n.op = 'd' AND ({some(map(differs, columns))})"


def _coming_back(net: str, columns: Mapping[int, SideColumn], key: ForeignKey) -> str:
    """Return the query for a row of a table without a key that was changed: it goes and comes with the same value."""
    same = every(
        f"{typed(f'd.b{c.attnum}', c)} {c.equals} {typed(f'n.a{c.attnum}', c, after=True)}"
        for c in (columns[attnum] for _, attnum, _ in key.pairs)
    )
    return f"SELECT FROM {net} d WHERE d.op = 'd' AND {same}"


def _going_too(step: int, key: ForeignKey, child: Referring) -> str:
    """Return the query for the row `r` that refers to ours, if it goes, or refers to something else, as ours goes."""
    table = child.table
    # What is in conflict stays; when conflicts are restored only what was kept at the way back of a later step.
    # And what nobody settles, which ends the way back: what hangs on it is told as well.
    stays = "(k.outcome = 'kept' OR k.kind = 'referenced')" if child.policy is OnConflict.RESTORE else "true"
    if not table.key:
        return keyless.going(net_name(step, table), table, "r", _names(key), unlisted(table, stays))
    going = [f"m.op = {literal(op)} AND {unlisted(table, stays, net='m')}" for op in _GOING[child.policy]]
    if columns := [column for column in table.lasting if column.current in key.child_attnums]:
        moved = some(f"NOT ({identical(f'm.b{c.attnum}', f'm.a{c.attnum}', c)})" for c in columns)
        own = f"({WHOLE} OR {on_columns(c.after for c in columns)}) AND {stays}"
        going.append(f"m.op = 'u' AND ({moved}) AND {unlisted(table, own, net='m')}")
    return f"SELECT FROM {net_name(step, table)} m WHERE {on_key(table, 'r', 'm.k', after=True)} AND ({some(going)})"


_GOING = {OnConflict.ABORT: "i", OnConflict.KEEP: "i", OnConflict.RESTORE: "id"}
"""What the step did to rows that the way back takes away or overwrites as a whole."""
