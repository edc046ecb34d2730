"""The SQL that puts rows back: a three-way merge of what was, what the step made of it, and what is there now.

All of it is set-based and runs inside the one transaction of a rollback. Every statement works under an empty
search_path. Rows in conflict were listed before by `conflicts`; what becomes of them says the policy of their table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from planrun.core import keyless
from planrun.core.catalog import quoted
from planrun.core.computed import recomputed
from planrun.core.conflicts import STAYING, WHOLE, on_columns, unlisted
from planrun.core.ending import CURE, NOT_AS_BEFORE, REFUSED, raised, unless_empty
from planrun.core.gate import CAPTURES
from planrun.core.images import (
    absent,
    every,
    identical,
    net,
    net_name,
    on_key,
    present,
    same_image,
    some,
    stored,
    typed,
    unchanged,
)
from planrun.core.policy import OnConflict
from planrun.core.quoting import do, literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from planrun.core.undo import Captured, Copy, SideColumn, Tracked, Undo

Policies = Mapping[int, OnConflict]
"""What becomes of conflicts, by the OID of their table."""


RESTORES = ("WITH d", "WITH i")
"""How the statements begin that put rows back; their one value is the number of rows."""

NETS = 'CREATE TABLE planrun."net_'
"""How the statements begin that make the net effect of a step on a table; they read its undo log alone."""


def create_net(step: int, table: Captured) -> Iterator[str]:
    """Yield the statements that compute the net effect of a step on a table, unless its undo log is that already."""
    name = net_name(step, table)
    if not table.standing:
        yield f"CREATE TABLE {name} AS\n{net(table)}"
    # What it is joined by; to look at all values would take as long as to put them back.
    joined = [f"{side}{column.attnum}" for column in table.key for side in "ka"]
    yield f"ANALYZE {name} ({', '.join(['op', *joined])})"


def _same_tables(tables: Iterable[tuple[int, str]]) -> str:
    """Return the statement that ends the rollback when a name no longer means the table that the run changed."""
    checks = "\n".join(
        f"  IF pg_catalog.to_regclass({literal(name)})::oid IS DISTINCT FROM {oid}::oid THEN"
        f" {raised(REFUSED, literal(f'{name} is not the table that the run changed'), CURE)} END IF;"
        for oid, name in tables
    )
    return do(f"BEGIN\n{checks}\nEND")


def lock_tables(tables: Iterable[tuple[int, str]]) -> str:
    """Return the statement that keeps others from writing, from before the conflicts are looked for until the end.

    What a transaction of the application has written but not committed is in no snapshot: the lock waits for it.
    EXCLUSIVE, since a row that is about to refer to one of ours locks that row, and its table in ROW SHARE mode.
    """
    names = ", ".join(name for _, name in sorted(tables))
    return f"LOCK TABLE {names} IN EXCLUSIVE MODE"


def held(undo: Undo, remade: Collection[int]) -> Iterator[str]:
    """Yield the statements that lock the tables of a step, those of `remade` under whatever OID they have by then."""
    tables = {table.oid: table.after for table in (*undo.captured, *undo.saved, *undo.added) if not table.lost}
    tables |= {table.oid: table.name for table in undo.created}
    if older := {oid: name for oid, name in tables.items() if oid not in remade}:
        yield _same_tables(older.items())
    if tables:
        yield lock_tables(tables.items())


# --- user triggers -----------------------------------------------------------------------------


def triggers_off(step: int, tables: Iterable[tuple[int, str]]) -> Iterator[str]:
    """Yield statements that keep user triggers and rules from acting, and remember the state that each was in.

    Those that capture the way back itself go on.
    """
    listed = ", ".join(f"{literal(name)}::pg_catalog.regclass" for _, name in tables)
    yield (
        f'CREATE TABLE planrun."triggers_{step}" AS SELECT g.tgrelid AS relid, g.tgenabled AS enabled,'
        " 'TRIGGER' AS word, g.tgname AS name FROM pg_catalog.pg_trigger g"
        f" WHERE NOT g.tgisinternal AND g.tgrelid IN ({listed}) AND NOT ({CAPTURES})\n"
        "UNION ALL SELECT r.ev_class, r.ev_enabled, 'RULE', r.rulename FROM pg_catalog.pg_rewrite r"
        f" WHERE r.ev_class IN ({listed})"
    )
    # Pending events of deferred constraints would make the ALTER TABLE fail (55006).
    yield "SET CONSTRAINTS ALL IMMEDIATE"
    yield _switched(step, "'DISABLE'")


def triggers_on(step: int) -> Iterator[str]:
    """Yield statements that bring the user triggers and rules back into the state that they were in."""
    yield "SET CONSTRAINTS ALL IMMEDIATE"
    state = "CASE s.enabled WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END"
    yield _switched(step, state)
    yield f'DROP TABLE planrun."triggers_{step}"'


def _switched(step: int, state: str) -> str:
    return do(
        "DECLARE g record;\nBEGIN\n  FOR g IN SELECT s.relid::pg_catalog.regclass::text AS name, s.word,"
        f" pg_catalog.quote_ident(s.name) AS part, {state} AS state\n"
        f'    FROM planrun."triggers_{step}" s'
        " WHERE s.enabled <> 'D'\n"
        "  LOOP EXECUTE pg_catalog.format('ALTER TABLE ONLY %s %s %s %s', g.name, g.state, g.word, g.part); END LOOP;\n"
        "END"
    )


# --- rows --------------------------------------------------------------------------------------


def restore_rows(step: int, tables: tuple[Captured, ...], policies: Policies) -> str:
    """Return the one statement that puts the rows of all tables of a step back.

    One statement, because foreign keys are checked at its end: parents and children, cycles and self references need
    no order. Deletes come first and inserts last, so that unique keys are free when they are needed.
    """
    parts: list[tuple[str, str]] = []
    for number, table in enumerate(tables):
        # A table that was just made again is empty, and before it has its key a publication may forbid to touch rows.
        if not table.lost:
            parts.append((f"d{number}", _delete(step, table, policies[table.oid])))
    for number, table in enumerate(tables):
        if not table.lost and (update := _update(step, table, policies[table.oid])):
            parts.append((f"u{number}", update))
    for number, table in enumerate(tables):
        parts.append((f"i{number}", _insert(step, table, policies[table.oid])))
    bodies = ",\n".join(f"{name} AS (\n{body}\n  RETURNING 1)" for name, body in parts)
    counts = " + ".join(f"(SELECT pg_catalog.count(*) FROM {name})" for name, _ in parts)
    return f"WITH {bodies}\nSELECT {counts}"


def _writable(table: Captured) -> list[SideColumn]:
    """The columns that can be put back: of the key those whose image can change while they stay equal (1.10, 1.1)."""
    return [c for c in table.given if c not in table.exact_key and not (c.always and c.after and not c.reset)]


def _delete(step: int, table: Captured, policy: OnConflict) -> str:
    if not table.key:
        return keyless.delete(net_name(step, table), table)
    return (
        f"  DELETE FROM ONLY {table.before} t USING {net_name(step, table)} n\n"
        f"  WHERE n.op = 'i' AND {on_key(table, 't', 'n.k', after=False)} AND {_open(table, policy)}"
    )


def _open(table: Captured, policy: OnConflict, which: str = "") -> str:
    """Return the condition that a row of the net table is in no conflict, or in none that stays as it is."""
    conditions = [which] if which else []
    if policy is OnConflict.RESTORE:
        conditions.append(STAYING)
    return unlisted(table, " AND ".join(conditions))


def _update(step: int, table: Captured, policy: OnConflict) -> str:
    # Of a row that the step deleted all comes back, where one is there again.
    anew = recomputed(table)
    columns = [c for c in _writable(table) if policy is OnConflict.RESTORE or not c.kept or c in anew]
    if not (table.key and (columns or anew)):
        return ""
    values = [(c, _merged(table, c, policy)) for c in columns]
    values += [(c, f"t.{quoted(c.before)}") for c in anew if c not in columns]
    assigned = ",\n    ".join(f"{quoted(c.before)} = {value}" for c, value in values)
    which = "n.op IN ('u', 'd')" if policy is OnConflict.RESTORE else "n.op = 'u'"
    if policy is not OnConflict.ABORT and not table.gone:
        which += f" AND {_open(table, policy, WHOLE)}"
    on = on_key(table, "t", "n.k", after=False)
    found = net_name(step, table)
    return f"  UPDATE ONLY {table.before} t SET\n    {assigned}\n  FROM {found} n\n  WHERE {which} AND {on}"


def _merged(table: Captured, column: SideColumn, policy: OnConflict) -> str:
    """Return the value that a column of a row gets: what was, what is there, or what the step had not changed."""
    name, old, new = f"t.{quoted(column.before)}", f"n.b{column.attnum}", f"n.a{column.attnum}"
    back = typed(old, column)
    if not column.after:
        return back
    same = unchanged(old, new, column)
    since = f"NOT ({identical(stored(name, column), new, column)})"
    if policy is OnConflict.RESTORE:
        stays = f"n.op = 'u' AND {same}" if table.deleted else same
        kept = _listed(table, column, policy)
        stays += f" OR {kept}" if column.retyped else f" OR {since} AND {kept}"
    else:
        stays = f"{same} OR {since}"
        # A value that came since may be written like the step's in the type of before.
        stays += f" OR {_listed(table, column, policy)}" if column.retyped and policy is OnConflict.KEEP else ""
    if policy is not OnConflict.ABORT and table.gone:
        stays += f" OR NOT ({_open(table, policy, WHOLE)})"
    return f"CASE WHEN {stays} THEN {name} ELSE {back} END"


def _listed(table: Captured, column: SideColumn, policy: OnConflict) -> str:
    """Return the condition that a column of a row of the net table is in a conflict by which its value stays."""
    return f"NOT ({_open(table, policy, on_columns([column.after]))})"


def _insert(step: int, table: Captured, policy: OnConflict) -> str:
    # A table without columns has rows too, but takes no list of them.
    names = f"({', '.join(quoted(column.before) for column in table.given)}) " if table.given else ""
    values = ", ".join(typed(f"n.b{column.attnum}", column) for column in table.given)
    which = "n.op = 'd'"
    if table.key and policy is OnConflict.RESTORE:
        there = f"SELECT FROM ONLY {table.before} t WHERE {on_key(table, 't', 'n.k', after=False)}"
        which = f"n.op IN ('u', 'd') AND NOT EXISTS ({there})"
        which += "" if table.lost else f" AND {_open(table, policy, WHOLE)}"
    elif table.key and not table.lost:
        which = f"n.op = 'd' AND {unlisted(table)}"
    return (
        f"  INSERT INTO {table.before} {names}OVERRIDING SYSTEM VALUE\n  SELECT {values}\n"
        f"  FROM {net_name(step, table)} n WHERE {which}"
    )


def fill_saved(table: Tracked) -> str:
    """Return the statement that brings the values of dropped columns back."""
    on = on_key(table, "t", "s.k", after=False)
    assigned = ", ".join(f"{quoted(c.before)} = {typed(f's.c{c.attnum}', c)}" for c in table.columns)
    differs = some(_differs(f"t.{quoted(column.before)}", f"s.c{column.attnum}", column) for column in table.columns)
    return f"UPDATE ONLY {table.before} t SET {assigned}\nFROM {table.side} s WHERE {on} AND ({differs})"


def _differs(now: str, image: str, column: SideColumn) -> str:
    return f"NOT ({identical(stored(now, column), image, column)})"


# --- proofs ------------------------------------------------------------------------------------


def verify_rows(step: int, table: Captured, policy: OnConflict) -> str:
    """Return the statement that compares every restored row with its before image and fails on a difference."""
    message = f"rows of {table.before} did not come back as they were"
    if not table.key:
        return unless_empty(NOT_AS_BEFORE, keyless.wrong(net_name(step, table), table), message)
    on = on_key(table, "t", "n.k", after=False)
    first = f"t.{quoted(table.key[0].before)}"
    gone, there = absent(first), present(first)
    everything = some(_differs(f"t.{quoted(c.before)}", f"n.b{c.attnum}", c) for c in table.given)
    if policy is OnConflict.ABORT:
        wrong = some(_wrong(c) for c in _writable(table) if not c.kept)
        row = every_row = "true"
        spared = f" AND {unlisted(table)}"
    else:
        wrong = some(f"{_wrong(c)} AND {_unkept(table, c, policy)}" for c in _writable(table) if not c.kept)
        row, every_row, spared = _open(table, policy, WHOLE), _open(table, policy), ""
    condition = (
        f"n.op = 'i' AND {there} AND {every_row}"
        f" OR n.op = 'u' AND ({gone} AND {row} OR {there} AND ({wrong}))"
        f" OR n.op = 'd' AND ({gone} OR {everything}) AND {row}"
    )
    query = f"SELECT FROM {net_name(step, table)} n LEFT JOIN ONLY {table.before} t ON {on} WHERE ({condition}){spared}"
    return unless_empty(NOT_AS_BEFORE, query, message)


def _wrong(column: SideColumn) -> str:
    """Return the condition that a value which the step changed is not as it was before."""
    old, new = f"n.b{column.attnum}", f"n.a{column.attnum}"
    return f"NOT ({unchanged(old, new, column)}) AND {_differs(f't.{quoted(column.before)}', old, column)}"


def _unkept(table: Captured, column: SideColumn, policy: OnConflict) -> str:
    """Return the condition that no conflict lets a value, or its row, stay as it is."""
    return _open(table, policy, f"({WHOLE} OR {on_columns([column.after])})") if column.after else "true"


def compare_copy(copy: Copy, steps: Iterable[tuple[int, Captured]]) -> Iterator[str]:
    """Yield statements that compare what was restored with the copy that a backup step had made.

    Only values that the run had changed are compared: others may have been written by the application since. By then
    all has the names of when the copy was made, whatever the steps found. Rows whose key had another type then are not
    found in the copy, and not compared.
    """
    then = dict(zip(copy.columns, zip(copy.names, copy.types, strict=True), strict=False))
    for step, table in steps:
        columns = [column for column in _writable(table) if column.current in then]
        keyed = [column for column in table.key if then.get(column.current, ("", ""))[1] == column.type]
        if table.oid == copy.source and keyed and len(keyed) == len(table.key) and columns:
            names = {column.attnum: quoted(then[column.current][0]) for column in (*keyed, *columns)}
            yield f"ANALYZE {copy.name} ({', '.join(names[column.attnum] for column in keyed)})"
            copied, on = (
                every(f"{row}.{names[c.attnum]} {c.equals} {typed(f'n.k{c.attnum}', c)}" for c in keyed) for row in "kt"
            )
            wrong = some(f"{_changed(c)} AND {_unlike(names[c.attnum], then[c.current][1], c)}" for c in columns)
            query = (
                f"SELECT FROM {net_name(step, table)} n JOIN {copy.name} k ON {copied}\n"
                f"LEFT JOIN ONLY {copy.table} t ON {on}\n"
                f"WHERE n.op <> 'i' AND ({wrong}) AND {unlisted(table, STAYING)}"
            )
            yield unless_empty(
                NOT_AS_BEFORE, query, f"restored rows of {copy.table} differ from their copy in {copy.name}"
            )


def _unlike(name: str, was: str, column: SideColumn) -> str:
    """Return the condition that a value `t` is another one than its copy `k`, both of the type `was`."""
    now, copied = f"t.{name}", f"k.{name}"
    if was != column.type:
        return f"NOT ({same_image(now, copied)})"
    return _differs(now, stored(copied, column), column)


def _changed(column: SideColumn) -> str:
    """Return the condition that the step changed a value, or deleted it."""
    return "n.op = 'd'" if column.kept else f"NOT ({identical(f'n.b{column.attnum}', f'n.a{column.attnum}', column)})"
