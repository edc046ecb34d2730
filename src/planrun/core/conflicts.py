"""The SQL that finds what the application did since to what a rollback would overwrite.

Every statement works under an empty search_path and writes to ``planrun.conflict``, whose column ``outcome`` stays
NULL while the conflict stands in the way. The run's id is read from the setting ``planrun.run``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core import keyless
from planrun.core.catalog import quoted
from planrun.core.console import plural
from planrun.core.content import hashed, in_order
from planrun.core.ending import CONFLICTS
from planrun.core.images import (
    absent,
    back,
    back_stored,
    fits,
    identical,
    key_text,
    net_name,
    on_key,
    row_key,
    same_image,
    same_text,
    some,
    stored,
)
from planrun.core.policy import DROPPED, KEPT, NOTHING, RESTORED, OnConflict
from planrun.core.quoting import do, filled_in, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.undo import Captured, Created, SideColumn, Tracked

_LISTED_COLUMNS = "/* columns */"
"""Stands for the columns that a table has when the way back looks at it."""

NOT_COMPARED = "the step was not compared in full: more may stand in its way"
"""What the end of a way back hints at where a step could not be compared."""

RUN = "pg_catalog.current_setting('planrun.run')::bigint"
"""The id of the reverse run."""

WHOLE = "k.column_name IS NULL"
"""The condition that a conflict is on a whole row."""

STAYING = "k.outcome IS DISTINCT FROM 'restored'"
"""The condition that what a conflict is on stays as the application has it."""


def listed(step_id: str, table_name: str, oid: int, body: str) -> str:
    """Return the statement that writes conflicts down, those that are not listed yet.

    Args:
        step_id: the step whose way back met them.
        table_name: what they are on, for people.
        oid: its OID, by which its conflicts are found again.
        body: a query of key, column_name, before, after, now and kind.
    """
    return (
        "INSERT INTO planrun.conflict (run_id, step_id, relid, relation, key, column_name, before, after, now, kind)\n"
        f"SELECT {RUN}, {literal(step_id)}, {oid}, {literal(table_name)},"
        " c.key, c.column_name, c.before, c.after, c.now, c.kind\n"
        f"FROM (\n{body}\n) c (key, column_name, before, after, now, kind)\n"
        f"WHERE NOT EXISTS (SELECT FROM planrun.conflict k WHERE k.run_id = {RUN} AND k.relid = {oid}"
        " AND k.key = c.key AND (k.column_name IS NOT DISTINCT FROM c.column_name"
        # A row may be in conflict in two ways, and what was kept of a later step be lost by this one in another way.
        f" AND (k.kind = c.kind OR k.outcome IS NULL AND k.step_id <> {literal(step_id)})"
        f" OR {WHOLE} AND k.outcome = 'kept' AND c.kind = 'changed'))"
    )


def unlisted(table: Captured, which: str = "", *, net: str = "n") -> str:
    """Return the condition that a row of the net table is not in conflict, or in none of those `k` that `which` says.

    Conflicts of later steps of the run count: what was kept there stays.
    """
    further = f" AND {which}" if which else ""
    return (
        f"NOT EXISTS (SELECT FROM planrun.conflict k WHERE k.run_id = {RUN} AND k.relid = {table.oid}"
        f" AND k.key = {key_text(net, table)}{further})"
    )


def on_columns(names: Iterable[str]) -> str:
    """Return the condition that a conflict is on one of these columns."""
    return f"k.column_name IN ({', '.join(map(literal, names))})"


# --- rows that the step wrote ------------------------------------------------------------------


def changed_rows(step: int, step_id: str, table: Captured) -> str:
    """Return the statement that lists what the application did to rows that the step had written."""
    found = net_name(step, table)
    if not table.key:
        return listed(step_id, table.after, table.oid, keyless.missing(found, table))
    # What is computed from a column that the application changed is no conflict of its own.
    kept = [column for column in table.lasting if column not in table.exact_key and column.computed is None]
    gone = absent(f"t.{quoted(table.key[0].after)}")
    was = f"ROW({', '.join(f'n.b{c.attnum}' for c in table.columns)})::text"
    changed = {column.attnum: _changed(column) for column in kept}
    inserted = some(f"NOT ({_still_left(column)})" for column in kept)
    updated = some(changed[column.attnum] for column in kept if not column.kept)
    lost = "n.op = 'u'"
    found_values = [
        # The step changed the row, and the application deleted it.
        f"(NULL::text, NULL::text, NULL::text, NULL::text, 'deleted', {lost} AND {gone})",
        # The step deleted the row, and the application made one with its key.
        f"(NULL, {was}, NULL, ROW(t.*)::text, 'exists', n.op = 'd')",
    ]
    # Of a row that the step changed what it changed, of one that it inserted everything.
    found_values += [
        f"({literal(c.after)}, n.b{c.attnum}::text, {_left(c)}, t.{quoted(c.after)}::text, 'changed',"
        f" CASE WHEN n.op = 'd' OR {gone} THEN false WHEN n.op = 'i' THEN NOT ({_still_left(c)})"
        f" ELSE {'false' if c.kept else changed[c.attnum]} END)"
        for c in kept
    ]
    if table.moved:
        # The row came by another key, and the application deleted it, or gave it yet another one.
        came = f"n.op = 'i' AND {'n.moved' if table.netted else 'true'}"
        found_values.append(f"(NULL, NULL, NULL, NULL, 'moved', {came} AND {gone})")
        lost += f" OR {came}"
    listed_values = ",\n    ".join(found_values)
    # Rows first, by themselves: few of them are in conflict.
    return listed(
        step_id,
        table.after,
        table.oid,
        f"SELECT {key_text('n', table)}, v.column_name, v.before, v.after, v.now, v.kind\n"
        f"FROM {found} n LEFT JOIN ONLY {table.after} t ON {on_key(table, 't', 'n.k', after=True)}\n"
        f"CROSS JOIN LATERAL (VALUES\n    {listed_values}) v (column_name, before, after, now, kind, clash)\n"
        f"WHERE CASE WHEN {gone} THEN {lost} WHEN n.op = 'd' THEN true WHEN n.op = 'i' THEN {inserted}"
        f" ELSE {updated} END AND v.clash",
    )


def _changed(column: SideColumn) -> str:
    """Return the condition that a value which the step changed is neither as the step left it nor as it was before."""
    differs = f"NOT ({_still_left(column)})"
    if column.looked_up:
        return differs
    old, new = f"n.b{column.attnum}", f"n.a{column.attnum}"
    again = identical(back_stored(f"t.{quoted(column.after)}", column), old, column)
    return f"{differs} AND NOT ({identical(old, new, column)}) AND NOT ({again})"


def _still_left(column: SideColumn) -> str:
    """Return the condition that the value of a row is as the step left it."""
    now = f"t.{quoted(column.after)}"
    if column.retyped:
        return _as_left(now, f"n.r{column.attnum}", column)
    return identical(stored(now, column), f"n.a{column.attnum}", column)


def _left(column: SideColumn) -> str:
    return f"n.{'r' if column.retyped else 'a'}{column.attnum}::text"


def _as_left(now: str, left: str, column: SideColumn) -> str:
    """Return the condition that a retyped value is as the step left it."""
    return same_text(f"({now})::text", left) if column.now_held else same_image(now, left)


def uncastable(step: int, step_id: str, table: Captured) -> Iterator[str]:
    """Yield statements that list values which cannot be cast to the type of before, and end the way back at any.

    Nothing else can be told of such a table: its rows are compared in the types of before.
    """
    retyped = [column for column in table.columns if column.retyped]
    rows = f"FROM ONLY {table.after} t"
    # Keys first: rows are found by them.
    if keys := [column for column in retyped if column in table.key]:
        yield from (_uncastable(step_id, table, column, rows) for column in keys)
        yield guard(uncastable=True)
    if values := [column for column in retyped if column not in table.key]:
        for column in values:
            written = f"{_with_net(step, table)}\nWHERE NOT ({_is_as_left(table, column)})"
            yield _uncastable(step_id, table, column, rows + written)
        yield guard(uncastable=True)


def _uncastable(step_id: str, table: Captured, column: SideColumn, rows: str) -> str:
    now, key = f"t.{quoted(column.after)}", row_key("t", table, after=True)
    found = f"SELECT r.key, {literal(column.after)}, NULL::text, NULL::text, r.value::text, 'type'"
    # A type of the users' may not be there, or not under its name, until it comes back itself.
    kind = literal(column.type.partition(" COLLATE ")[0])
    there = f"pg_catalog.to_regtype({kind}) IS NOT NULL" if column.held else "true"
    return do(
        f"DECLARE r record;\nBEGIN\n  IF NOT {there} THEN RETURN; END IF;\n"
        f"  PERFORM pg_catalog.count({back(now, column)}) {rows};\n"
        f"EXCEPTION WHEN {_NO_SUCH_VALUE} THEN\n"
        "  PERFORM pg_catalog.set_config('planrun.uncastable', 'on', true);\n"
        # Which rows they are only one by one tells.
        f"  FOR r IN SELECT {key} AS key, {now} AS value {rows} LOOP\n"
        f"    BEGIN\n      PERFORM {back('r.value', column)};\n"
        f"    EXCEPTION WHEN {_NO_SUCH_VALUE} THEN\n"
        f"      {listed(step_id, table.after, table.oid, found)};\n"
        "    END;\n  END LOOP;\nEND"
    )


_NO_SUCH_VALUE = (
    "data_exception OR integrity_constraint_violation OR undefined_table OR syntax_error"
    " OR raise_exception OR internal_error"
)
"""What a cast fails with: a domain by its constraint, regclass at a table that is not there, tsquery at its syntax.

A function of the users' raises what it likes, and hstore an internal error.
"""


def _with_net(step: int, table: Captured) -> str:
    """Return the join of a row `t` with what the step left of it; of a table without a key that cannot be told."""
    # A join, that may be hashed: a search for each row would take as long as the square of their number.
    on = on_key(table, "t", "n.k", after=True)
    return f" LEFT JOIN {net_name(step, table)} n ON n.op <> 'd' AND {on}" if table.key else ""


def _is_as_left(table: Captured, column: SideColumn) -> str:
    """Return the condition that a retyped value of `t` is what the step left there, castable or not."""
    if not table.key:
        return "false"
    return f"n.op IS NOT NULL AND {_as_left(f't.{quoted(column.after)}', f'n.r{column.attnum}', column)}"


def lossy_values(step: int, step_id: str, table: Captured, policy: OnConflict) -> Iterator[str]:
    """Yield statements that list values of retyped columns which their old type cannot hold, written since.

    Where a changed value ends the rollback by itself, it is not told twice.
    """
    for column in table.columns:
        if column.retyped:
            now = f"t.{quoted(column.after)}"
            # A CASE: what the step left there may not be castable at all.
            body = (
                f"SELECT {row_key('t', table, after=True)}, {literal(column.after)}, NULL::text, NULL::text,"
                f" {now}::text, 'type'\nFROM ONLY {table.after} t{_with_net(step, table)}\n"
                f"WHERE NOT CASE WHEN {_is_as_left(table, column)} THEN true ELSE {fits(now, column)} END"
            )
            if table.key and policy is OnConflict.ABORT:
                told = f"k.kind = 'changed' AND {on_columns([column.after])}"
                body += f" AND (n.op IS NULL OR {unlisted(table, told)})"
            yield listed(step_id, table.after, table.oid, body)


# --- what the step made ------------------------------------------------------------------------


def filled_columns(step_id: str, table: Tracked) -> str:
    """Return the statement that lists values which the application wrote into columns that the step added."""
    kept = bool(table.side and table.key)
    join = f" LEFT JOIN {table.side} s ON {on_key(table, 't', 's.k', after=True)}" if kept else ""
    first = f"s.k{table.key[0].attnum}" if kept else ""

    def by_origin(without: str, written: str) -> str:
        """Choose by whether the step left the row another value than ADD COLUMN gave it."""
        return f"CASE WHEN {first} IS NULL THEN {without} ELSE {written} END" if kept else without

    def expected(column: SideColumn) -> str:
        return by_origin(f"({column.baseline})::text", f"s.c{column.attnum}::text")

    def clash(column: SideColumn) -> str:
        now = stored(f"t.{quoted(column.after)}", column)
        # Not one comparison with the CASE: that would have the base type of a domain.
        given = identical(now, stored(column.baseline, column), column)
        return f"NOT ({by_origin(given, identical(now, f's.c{column.attnum}', column))})"

    values = ", ".join(
        f"({literal(column.after)}, {expected(column)}, t.{quoted(column.after)}::text, {clash(column)})"
        for column in table.columns
    )
    which = some(clash(column) for column in table.columns)
    if table.beside:
        return listed(step_id, table.after, table.oid, keyless.filled(table, values, which))
    body = (
        f"SELECT {row_key('t', table, after=True)}, v.column_name, NULL::text, v.after, v.now, 'filled'\n"
        f"FROM ONLY {table.after} t{join}\nCROSS JOIN LATERAL (VALUES {values}) v (column_name, after, now, clash)\n"
        f"WHERE v.clash AND ({which})"
    )
    return listed(step_id, table.after, table.oid, body)


def changed_table(step_id: str, table: Created) -> str:
    """Return the statement that lists a created table that no longer holds what the step left in it."""
    columns = _LISTED_COLUMNS if table.columns else "t.*"
    body = (
        f"SELECT '', NULL::text, NULL::text, '{table.rows} {plural('row', table.rows)}',"
        " pg_catalog.concat(f.rows, CASE f.rows WHEN 1 THEN ' row' ELSE ' rows' END), 'rows'\n"
        f"FROM ({hashed(f'ONLY {table.name} t', columns)}) f\n"
        f"WHERE f.rows <> {table.rows} OR (f.first, f.second) IS DISTINCT FROM ({table.first}, {table.second})"
    )
    statement = listed(step_id, table.name, table.oid, body)
    if not table.columns:
        return statement
    columns_now = f"({in_order(table.name, table.columns)})"
    return do(f"BEGIN\n  EXECUTE {filled_in(statement, _LISTED_COLUMNS, columns_now)};\nEND")


def missing_values(step_id: str, table: Tracked, columns: Iterable[SideColumn]) -> Iterator[str]:
    """Yield statements that list rows without a value for a NOT NULL column that comes back."""
    for column in columns:
        if column.not_null:
            body = (
                f"SELECT {row_key('t', table, after=False)}, {literal(column.before)}, NULL::text, NULL::text,"
                f" NULL::text, 'not null'\nFROM ONLY {table.before} t WHERE {absent(f't.{quoted(column.before)}')}"
            )
            yield listed(step_id, table.before, table.oid, body)


# --- what becomes of them ----------------------------------------------------------------------


def repeated(statements: Iterable[str]) -> str:
    """Return the statement that lists conflicts until no more are found: what stays makes others stay."""
    runs = "\n".join(
        f"    {statement};\n    GET DIAGNOSTICS found = ROW_COUNT; more := more + found;" for statement in statements
    )
    return do(
        "DECLARE found bigint; more bigint;\nBEGIN\n  LOOP\n    more := 0;\n"
        f"{runs}\n    EXIT WHEN more = 0;\n  END LOOP;\nEND"
    )


def decided(step_id: str, oids: Iterable[int], policy: OnConflict) -> str:
    """Return the statement that writes down what becomes of the conflicts of a step on some tables."""
    kinds = KEPT if policy is OnConflict.KEEP else RESTORED
    outcome = "kept" if policy is OnConflict.KEEP else "restored"
    tables = ", ".join(str(oid) for oid in sorted(oids))
    return (
        f"UPDATE planrun.conflict SET outcome = '{outcome}' WHERE run_id = {RUN} AND step_id = {literal(step_id)}"
        f" AND outcome IS NULL AND relid IN ({tables}) AND kind IN ({', '.join(literal(kind) for kind in kinds)})"
        # Its way back would be to drop what is gone, or to change it.
        f" AND NOT (kind = 'altered' AND (now = '{DROPPED}' OR after = '{NOTHING}'))"
    )


def not_kept() -> str:
    """Return the statement that lets nothing stay on account of rows that refer to it: a step may have made those."""
    return f"UPDATE planrun.conflict SET outcome = NULL WHERE run_id = {RUN} AND kind = 'referenced'"


def kept_before(reverses: int) -> str:
    """Return the statement that takes over what earlier ways back of a run kept that stopped half way.

    The rest of the run leaves it to the application, as if it went back in one.
    """
    return (
        "INSERT INTO planrun.conflict (run_id, step_id, relid, relation, key, column_name, before, after, now, kind,"
        f" outcome)\nSELECT DISTINCT ON (k.relid, k.key, k.column_name, k.kind) {RUN}, k.step_id, k.relid, k.relation,"
        f" k.key, k.column_name, k.before, k.after, k.now, k.kind, k.outcome\n{_kept_before(reverses)}"
        f" AND k.run_id <> {RUN}\nORDER BY k.relid, k.key, k.column_name, k.kind, k.id DESC"
    )


def tables_kept_before(reverses: int) -> str:
    """Return the query of the OIDs of the tables that those conflicts are on."""
    return f"SELECT DISTINCT k.relid\n{_kept_before(reverses)}"


def _kept_before(reverses: int) -> str:
    return (
        "FROM planrun.conflict k JOIN planrun.run r ON r.id = k.run_id\n"
        f"WHERE r.reverses = {reverses} AND r.direction = 'rollback' AND r.status IN ('running', 'failed')"
        " AND k.outcome = 'kept' AND k.relid <> 0 AND EXISTS (SELECT FROM planrun.step s WHERE s.run_id = k.run_id"
        " AND s.step = k.step_id AND s.reversed_by IS NULL)"
    )


def guard(*kinds: str, uncastable: bool = False) -> str:
    """Return the statement that ends the rollback when a conflict stands in the way, naming the first of them.

    Args:
        kinds: when there is one of these kinds; without them: of any.
        uncastable: when there are values that cannot be cast.
    """
    waiting = f"planrun.conflict WHERE run_id = {RUN} AND outcome IS NULL"
    listed = ", ".join(map(literal, kinds))
    among = f" AND EXISTS (SELECT FROM {waiting} AND kind IN ({listed}))" if kinds else ""
    among += " AND pg_catalog.current_setting('planrun.uncastable', true) = 'on'" if uncastable else ""
    early = f", HINT = {literal(NOT_COMPARED)}" if uncastable else ""
    return do(
        "DECLARE conflicts bigint; listed text;\nBEGIN\n"
        f"  SELECT pg_catalog.count(*) INTO conflicts FROM {waiting};\n"
        f"  IF conflicts > 0{among} THEN\n"
        "    SELECT pg_catalog.string_agg(pg_catalog.format('%s: %s %s %s: before %s, after %s, now %s', f.kind,"
        " f.relation, f.key, f.column_name, f.before, f.after, f.now), E'\\n') INTO listed FROM (SELECT * FROM"
        f" {waiting} ORDER BY id LIMIT 20) f;\n"
        f"    RAISE EXCEPTION USING ERRCODE = '{CONFLICTS}', MESSAGE = pg_catalog.format('%s conflict%s:"
        " the application changed what the way back would overwrite; nothing was changed', conflicts,"
        f" CASE WHEN conflicts > 1 THEN 's' END), DETAIL = listed{early};\n"
        "  END IF;\nEND"
    )
