"""The SQL that puts rows back: a three-way merge of what was, what the step made of it, and what is there now.

All of it is set-based and runs inside the one transaction of a rollback. Every statement works under an empty
search_path. A row or a value that the application changed since is a conflict, written to ``planrun.conflict``;
rows in conflict are left as they are. The run's id is read from the setting ``planrun.run``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core import keyless
from planrun.core.catalog import quoted
from planrun.core.images import back, concatenated, every, identical, key_text, net, same_image, some
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.foreign_keys import ForeignKey
    from planrun.core.undo import Captured, Copy, Created, SideColumn, Tracked

RUN = "pg_catalog.current_setting('planrun.run')::bigint"
"""The id of the reverse run."""

FINGERPRINT = "coalesce(pg_catalog.sum(pg_catalog.hashtextextended(ROW(t.*)::text, 0)), 0)::text"
"""The hash of all rows of ``t``, in any order, under fixed session settings."""


def net_name(step: int, table: Captured) -> str:
    """Return the name of the table that holds the net effect of a step on a table during a rollback."""
    return f'planrun."net_{step}_{table.oid}"'


def create_net(step: int, table: Captured) -> Iterator[str]:
    """Yield the statements that compute the net effect of a step on a table."""
    name = net_name(step, table)
    yield f"CREATE TABLE {name} AS\n{net(table)}"
    yield f"ANALYZE {name}"


# --- conflicts ---------------------------------------------------------------------------------


def _conflict(step_id: str, table_name: str, oid: int, body: str) -> str:
    """Wrap a query of (key, column_name, before, after, now, kind) into an INSERT that adds what is not listed yet."""
    return (
        "INSERT INTO planrun.conflict (run_id, step_id, relid, relation, key, column_name, before, after, now, kind)\n"
        f"SELECT {RUN}, {literal(step_id)}, {oid}, {literal(table_name)},"
        " c.key, c.column_name, c.before, c.after, c.now, c.kind\n"
        f"FROM (\n{body}\n) c (key, column_name, before, after, now, kind)\n"
        f"WHERE NOT EXISTS (SELECT FROM planrun.conflict k WHERE k.run_id = {RUN} AND k.relid = {oid}"
        " AND k.key = c.key AND k.column_name IS NOT DISTINCT FROM c.column_name)"
    )


def _unlisted(table: Captured) -> str:
    """The condition that a key of the net table ``n`` is not in conflict."""
    return (
        f"NOT EXISTS (SELECT FROM planrun.conflict k WHERE k.run_id = {RUN} AND k.relid = {table.oid}"
        f" AND k.key = {key_text('n', table)})"
    )


def _on_key(table: Tracked, row: str, side: str, *, after: bool) -> str:
    """The condition that a row of the table, as it is called before or after the step, has the key of a side table."""

    def value(column: SideColumn) -> str:
        return f"({back(f'{row}.{quoted(column.after)}', column)})" if after else f"{row}.{quoted(column.before)}"

    return every(f"{value(column)} {column.equals} {side}{column.attnum}" for column in table.key)


def _writable(table: Captured) -> list[SideColumn]:
    """The columns that can be put back: of the key those whose image can change while they stay equal (1.10, 1.1)."""
    return [column for column in table.columns if column.attnum not in _exact_keys(table) and not column.always]


def _exact_keys(table: Captured) -> set[int]:
    return {column.attnum for column in table.key if column.exact}


def changed_rows(step: int, step_id: str, table: Captured) -> str:
    """Return the statement that lists what the application did to rows that the step had written."""
    found = net_name(step, table)
    if not table.key:
        return _conflict(step_id, table.after, table.oid, keyless.missing(found, table))
    key = key_text("n", table)
    on = _on_key(table, "t", "n.k", after=True)
    first = f"t.{quoted(table.key[0].after)}"
    kept = [column for column in table.lasting if column.attnum not in _exact_keys(table)]
    whole = f"ROW({', '.join(f'n.b{column.attnum}' for column in table.columns)})::text"
    parts = [
        # The step changed the row, and the application deleted it.
        (
            f"SELECT {key}, NULL::text, NULL::text, NULL::text, NULL::text, 'deleted'\n"
            f"FROM {found} n LEFT JOIN ONLY {table.after} t ON {on} WHERE n.op = 'u' AND {first} IS NULL"
        ),
        # The step deleted the row, and the application made one with its key.
        (
            f"SELECT {key}, NULL, {whole}, NULL, ROW(t.*)::text, 'exists'\n"
            f"FROM {found} n JOIN ONLY {table.after} t ON {on} WHERE n.op = 'd'"
        ),
    ]
    parts += [_changed_values(found, table, on, key, kept, op) for op in ("u", "i") if kept]
    return _conflict(step_id, table.after, table.oid, "\nUNION ALL\n".join(parts))


def _changed_values(found: str, table: Captured, on: str, key: str, columns: list[SideColumn], op: str) -> str:
    """Return the query of single values: of a changed row those that the step changed, of an inserted row all."""

    def clash(column: SideColumn) -> str:
        now, old, new = f"t.{quoted(column.after)}", f"n.b{column.attnum}", f"n.a{column.attnum}"
        same = same_image(now, f"n.r{column.attnum}") if column.retyped else identical(now, new, column)
        differs = f"NOT {_group(same)}"
        if op == "i":
            return differs
        again = identical(back(now, column), old, column)
        return f"{differs} AND NOT {_group(identical(old, new, column))} AND NOT {_group(again)}"

    def left(column: SideColumn) -> str:
        return f"n.{'r' if column.retyped else 'a'}{column.attnum}::text"

    values = ",\n    ".join(
        f"({literal(column.after)}, n.b{column.attnum}::text, {left(column)},"
        f" t.{quoted(column.after)}::text, {clash(column)})"
        for column in columns
    )
    return (
        f"SELECT {key}, v.column_name, v.before, v.after, v.now, 'changed'\n"
        f"FROM {found} n JOIN ONLY {table.after} t ON {on}\n"
        f"CROSS JOIN LATERAL (VALUES\n    {values}) v (column_name, before, after, now, clash)\n"
        f"WHERE n.op = '{op}' AND v.clash AND ({some(clash(column) for column in columns)})"
    )


def lossy_values(step: int, step_id: str, table: Captured) -> Iterator[str]:
    """Yield statements that list values of retyped columns which their old type cannot hold, written since."""
    on = _on_key(table, "t", "n.k", after=True)
    parts = concatenated(f"{literal(f'{c.after} = ')}, t.{quoted(c.after)}" for c in table.key)
    for column in table.columns:
        if column.retyped:
            now, left = f"t.{quoted(column.after)}", f"n.r{column.attnum}"
            mine = f" AND {on} AND {same_image(now, left)}" if table.key else " AND false"
            body = (
                f"SELECT {parts or 'ROW(t.*)::text'}, {literal(column.after)}, NULL::text, NULL::text, {now}::text,"
                f" 'type'\nFROM ONLY {table.after} t\n"
                f"WHERE NOT {_group(same_image(f'({back(now, column)})::{column.now_type}', now))}\n"
                f"AND NOT EXISTS (SELECT FROM {net_name(step, table)} n WHERE n.op <> 'd'{mine})"
            )
            yield _conflict(step_id, table.after, table.oid, body)


def _group(condition: str) -> str:
    return f"({condition})"


def hung_rows(step: int, step_id: str, table: Captured, key: ForeignKey, child: Captured | None) -> str:
    """Return the statement that lists rows of other origin that refer to what the way back takes away.

    That is a row that the step inserted, or a referenced value that it gave to a row. Rows that this same step
    inserted, or pointed at them, go back in the same statement and are no conflict.
    """
    found = net_name(step, table)
    on = every(f"n.{_left(table, attnum)}{attnum} {operator} r.{quoted(name)}" for name, attnum, operator in key.pairs)
    referenced = {attnum for _, attnum, _ in key.pairs}
    given = some(
        f"(n.b{c.attnum} {c.equals} n.a{c.attnum}) IS NOT TRUE" for c in table.columns if c.attnum in referenced
    )
    mine = ""
    if child is not None and child.key:
        same = _on_key(child, "r", "m.k", after=True)
        moved = some(
            f"NOT {_group(identical(f'm.b{c.attnum}', f'm.a{c.attnum}', c))}"
            for c in child.columns
            if c.attnum in key.child_attnums
        )
        mine = (
            f" AND NOT EXISTS (SELECT FROM {net_name(step, child)} m WHERE {same}"
            f" AND (m.op = 'i' OR m.op = 'u' AND ({moved})))"
        )
    # Of a referencing table without a key no row can be told from an equal one of the application's.
    who = ", ', ', ".join(f"{literal(f'{name} = ')}, r.{quoted(name)}" for name in key.child_key) or "'a row'"
    body = (
        f"SELECT {key_text('n', table)}, NULL::text, NULL::text, NULL::text,"
        f" pg_catalog.concat({literal(f'{key.child_name} ')}, {who}), 'referenced'\n"
        f"FROM {found} n JOIN {key.child_name} r ON {on}\nWHERE (n.op = 'i' OR n.op = 'u' AND ({given})){mine}"
    )
    return _conflict(step_id, table.after, table.oid, body)


def _left(table: Captured, attnum: int) -> str:
    """The letter of the net column that holds what the step left, in the type of now."""
    return "r" if any(column.attnum == attnum and column.retyped for column in table.columns) else "a"


def filled_columns(step_id: str, table: Tracked) -> str:
    """Return the statement that lists values which the application wrote into columns that the step added."""
    join = f" LEFT JOIN {table.side} s ON {_on_key(table, 't', 's.k', after=True)}" if table.side else ""
    first = f"s.k{table.key[0].attnum}" if table.side else ""

    def by_origin(without: str, written: str) -> str:
        """Choose by whether the step left the row another value than ADD COLUMN gave it."""
        return f"CASE WHEN {first} IS NULL THEN {without} ELSE {written} END" if table.side else without

    def expected(column: SideColumn) -> str:
        return by_origin(f"({column.baseline})::text", f"s.c{column.attnum}::text")

    def clash(column: SideColumn) -> str:
        now = f"t.{quoted(column.after)}"
        # Not one comparison with the CASE: that would have the base type of a domain.
        given = identical(now, column.baseline, column)
        return f"NOT ({by_origin(given, identical(now, f's.c{column.attnum}', column))})"

    values = ", ".join(
        f"({literal(column.after)}, {expected(column)}, t.{quoted(column.after)}::text, {clash(column)})"
        for column in table.columns
    )
    parts = ", ', ', ".join(f"{literal(f'{c.after} = ')}, t.{quoted(c.after)}" for c in table.key)
    key = f"pg_catalog.concat({parts})" if parts else "ROW(t.*)::text"
    body = (
        f"SELECT {key}, v.column_name, NULL::text, v.after, v.now, 'filled'\nFROM ONLY {table.after} t{join}\n"
        f"CROSS JOIN LATERAL (VALUES {values}) v (column_name, after, now, clash)\n"
        f"WHERE v.clash AND ({some(clash(column) for column in table.columns)})"
    )
    return _conflict(step_id, table.after, table.oid, body)


def changed_table(step_id: str, table: Created) -> str:
    """Return the statement that lists a created table that no longer holds what the step left in it."""
    body = (
        f"SELECT '', NULL::text, NULL::text, '{table.rows} rows', pg_catalog.concat(f.rows, ' rows'), 'rows'\n"
        f"FROM (SELECT pg_catalog.count(*) AS rows, {FINGERPRINT} AS hash FROM {table.name} t) f\n"
        f"WHERE f.rows <> {table.rows} OR f.hash <> '{table.hash}'"
    )
    return _conflict(step_id, table.name, table.oid, body)


def missing_values(step_id: str, table: Tracked, columns: Iterable[SideColumn]) -> Iterator[str]:
    """Yield statements that list rows without a value for a NOT NULL column that comes back."""
    for column in columns:
        if column.not_null:
            parts = concatenated(f"{literal(f'{c.before} = ')}, t.{quoted(c.before)}" for c in table.key)
            body = (
                f"SELECT {parts or 'ROW(t.*)::text'}, {literal(column.before)}, NULL::text, NULL::text, NULL::text,"
                f" 'not null'\nFROM ONLY {table.before} t WHERE t.{quoted(column.before)} IS NULL"
            )
            yield _conflict(step_id, table.before, table.oid, body)


def guard() -> str:
    """Return the statement that ends the rollback when there are conflicts, naming the first of them."""
    return (
        "DO $planrun$\nDECLARE conflicts bigint; listed text;\nBEGIN\n"
        f"  SELECT pg_catalog.count(*) INTO conflicts FROM planrun.conflict WHERE run_id = {RUN};\n"
        "  IF conflicts > 0 THEN\n"
        "    SELECT pg_catalog.string_agg(pg_catalog.format('%s: %s %s %s: before %s, after %s, now %s', f.kind,"
        " f.relation, f.key, f.column_name, f.before, f.after, f.now), E'\\n') INTO listed FROM (SELECT * FROM"
        f" planrun.conflict WHERE run_id = {RUN} ORDER BY id LIMIT 20) f;\n"
        "    RAISE EXCEPTION USING ERRCODE = 'PR409', MESSAGE = pg_catalog.format('%s conflicts: the application"
        " changed what the way back would overwrite; nothing was changed', conflicts), DETAIL = listed;\n"
        "  END IF;\nEND $planrun$"
    )


def same_tables(tables: Iterable[tuple[int, str]]) -> str:
    """Return the statement that ends the rollback when a name no longer means the table that the run changed."""
    checks = "\n".join(
        f"  IF pg_catalog.to_regclass({literal(name)})::oid IS DISTINCT FROM {oid}::oid THEN RAISE EXCEPTION"
        f" USING ERRCODE = 'PR410', MESSAGE = {literal(f'{name} is not the table that the run changed')}; END IF;"
        for oid, name in tables
    )
    return f"DO $planrun$\nBEGIN\n{checks}\nEND $planrun$"


def lock_tables(tables: Iterable[tuple[int, str]]) -> str:
    """Return the statement that keeps others from writing, from before the conflicts are looked for until the end.

    What a transaction of the application has written but not committed is in no snapshot: the lock waits for it.
    EXCLUSIVE, since a row that is about to refer to one of ours locks that row, and its table in ROW SHARE mode.
    """
    names = ", ".join(name for _, name in sorted(tables))
    return f"LOCK TABLE {names} IN EXCLUSIVE MODE"


# --- user triggers -----------------------------------------------------------------------------


def triggers_off(step: int, tables: Iterable[tuple[int, str]]) -> Iterator[str]:
    """Yield statements that keep user triggers and rules from acting, and remember the state that each was in."""
    names = [name for _, name in tables]
    listed = ", ".join(f"{literal(name)}::pg_catalog.regclass" for name in names)
    yield (
        f'CREATE TABLE planrun."triggers_{step}" AS SELECT g.tgrelid AS relid, g.tgenabled AS enabled,'
        " 'TRIGGER' AS word, g.tgname AS name FROM pg_catalog.pg_trigger g"
        f" WHERE NOT g.tgisinternal AND g.tgrelid IN ({listed})\n"
        "UNION ALL SELECT r.ev_class, r.ev_enabled, 'RULE', r.rulename FROM pg_catalog.pg_rewrite r"
        f" WHERE r.ev_class IN ({listed})"
    )
    # Pending events of deferred constraints would make the ALTER TABLE fail (55006).
    yield "SET CONSTRAINTS ALL IMMEDIATE"
    for name in names:
        yield f"ALTER TABLE ONLY {name} DISABLE TRIGGER USER"
    yield _switched(step, "s.word = 'RULE' AND s.enabled <> 'D'", "'DISABLE'")


def triggers_on(step: int) -> Iterator[str]:
    """Yield statements that bring the user triggers and rules back into the state that they were in."""
    yield "SET CONSTRAINTS ALL IMMEDIATE"
    state = "CASE s.enabled WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END"
    yield _switched(step, "s.enabled <> 'D'", state)
    yield f'DROP TABLE planrun."triggers_{step}"'


def _switched(step: int, which: str, state: str) -> str:
    return (
        "DO $planrun$\nDECLARE g record;\nBEGIN\n  FOR g IN SELECT s.relid::pg_catalog.regclass::text AS name, s.word,"
        f" pg_catalog.quote_ident(s.name) AS part, {state} AS state\n"
        f'    FROM planrun."triggers_{step}" s WHERE {which}\n'
        "  LOOP EXECUTE pg_catalog.format('ALTER TABLE ONLY %s %s %s %s', g.name, g.state, g.word, g.part); END LOOP;\n"
        "END $planrun$"
    )


# --- rows --------------------------------------------------------------------------------------


def restore_rows(step: int, tables: tuple[Captured, ...]) -> str:
    """Return the one statement that puts the rows of all tables of a step back.

    One statement, because foreign keys are checked at its end: parents and children, cycles and self references need
    no order. Deletes come first and inserts last, so that unique keys are free when they are needed.
    """
    parts: list[tuple[str, str]] = []
    for number, table in enumerate(tables):
        parts.append((f"d{number}", _delete(step, table)))
    for number, table in enumerate(tables):
        if update := _update(step, table):
            parts.append((f"u{number}", update))
    for number, table in enumerate(tables):
        parts.append((f"i{number}", _insert(step, table)))
    bodies = ",\n".join(f"{name} AS (\n{body}\n  RETURNING 1)" for name, body in parts)
    counts = " + ".join(f"(SELECT pg_catalog.count(*) FROM {name})" for name, _ in parts)
    return f"WITH {bodies}\nSELECT {counts}"


def _delete(step: int, table: Captured) -> str:
    if not table.key:
        return keyless.delete(net_name(step, table), table)
    on = _on_key(table, "t", "n.k", after=False)
    return (
        f"  DELETE FROM ONLY {table.before} t USING {net_name(step, table)} n\n"
        f"  WHERE n.op = 'i' AND {on} AND {_unlisted(table)}"
    )


def _update(step: int, table: Captured) -> str:
    def value(column: SideColumn) -> str:
        now, old, new = f"t.{quoted(column.before)}", f"n.b{column.attnum}", f"n.a{column.attnum}"
        if not column.after:
            return f"{quoted(column.before)} = {old}"
        untouched = f"{identical(old, new, column)} OR NOT {_group(identical(now, new, column))}"
        return f"{quoted(column.before)} = CASE WHEN {untouched} THEN {now} ELSE {old} END"

    columns = _writable(table)
    if not columns or not table.key:
        return ""
    on = _on_key(table, "t", "n.k", after=False)
    assigned = ",\n    ".join(value(column) for column in columns)
    found = net_name(step, table)
    return f"  UPDATE ONLY {table.before} t SET\n    {assigned}\n  FROM {found} n\n  WHERE n.op = 'u' AND {on}"


def _insert(step: int, table: Captured) -> str:
    names = ", ".join(quoted(column.before) for column in table.columns)
    values = ", ".join(f"n.b{column.attnum}" for column in table.columns)
    return (
        f"  INSERT INTO {table.before} ({names}) OVERRIDING SYSTEM VALUE\n  SELECT {values}\n"
        f"  FROM {net_name(step, table)} n WHERE n.op = 'd' AND {_unlisted(table)}"
    )


def fill_saved(table: Tracked) -> str:
    """Return the statement that brings the values of dropped columns back."""
    on = _on_key(table, "t", "s.k", after=False)
    assigned = ", ".join(f"{quoted(column.before)} = s.c{column.attnum}" for column in table.columns)
    differs = some(
        f"NOT {_group(identical(f't.{quoted(column.before)}', f's.c{column.attnum}', column))}"
        for column in table.columns
    )
    return f"UPDATE ONLY {table.before} t SET {assigned}\nFROM {table.side} s WHERE {on} AND ({differs})"


def verify_rows(step: int, table: Captured) -> str:
    """Return the statement that compares every restored row with its before image and fails on a difference."""
    message = f"rows of {table.before} did not come back as they were"
    if not table.key:
        return _fail_if(keyless.wrong(net_name(step, table), table), message)
    on = _on_key(table, "t", "n.k", after=False)
    first = f"t.{quoted(table.key[0].before)}"
    wrong = some(
        f"NOT {_group(identical(f'n.b{c.attnum}', f'n.a{c.attnum}', c))}"
        f" AND NOT {_group(identical(f't.{quoted(c.before)}', f'n.b{c.attnum}', c))}"
        for c in _writable(table)
    )
    everything = some(f"NOT {_group(identical(f't.{quoted(c.before)}', f'n.b{c.attnum}', c))}" for c in table.columns)
    condition = (
        f"n.op = 'i' AND {first} IS NOT NULL OR n.op = 'u' AND ({first} IS NULL OR {wrong})"
        f" OR n.op = 'd' AND ({first} IS NULL OR {everything})"
    )
    query = (
        f"SELECT FROM {net_name(step, table)} n LEFT JOIN ONLY {table.before} t ON {on}"
        f" WHERE ({condition}) AND {_unlisted(table)}"
    )
    return _fail_if(query, message)


def compare_copy(copy: Copy, steps: Iterable[tuple[int, Captured]]) -> Iterator[str]:
    """Yield statements that compare what was restored with the copy that a backup step had made.

    Only values that the run had changed are compared: others may have been written by the application since.
    """
    yield f"ANALYZE {copy.name}"
    for step, table in steps:
        columns = [column for column in _writable(table) if column.attnum in copy.columns]
        if table.oid == copy.source and table.key and columns:
            on = _on_key(table, "t", "n.k", after=False)
            held = every(f"k.{quoted(c.before)} {c.equals} n.k{c.attnum}" for c in table.key)
            wrong = some(
                f"NOT {_group(identical(f'n.b{c.attnum}', f'n.a{c.attnum}', c))}"
                f" AND NOT {_group(identical(f't.{quoted(c.before)}', f'k.{quoted(c.before)}', c))}"
                for c in columns
            )
            query = (
                f"SELECT FROM {net_name(step, table)} n JOIN {copy.name} k ON {held}\n"
                f"LEFT JOIN ONLY {table.before} t ON {on} WHERE n.op <> 'i' AND ({wrong}) AND {_unlisted(table)}"
            )
            yield _fail_if(query, f"restored rows of {table.before} differ from their copy in {copy.name}")


def _fail_if(query: str, message: str) -> str:
    # count(*), not EXISTS: that would be planned for its first row, and there is none.
    return (
        f"DO $planrun$\nDECLARE wrong bigint;\nBEGIN\n  SELECT pg_catalog.count(*) INTO wrong FROM (\n{query}\n) q;\n"
        f"  IF wrong > 0 THEN\n    RAISE EXCEPTION USING ERRCODE = 'PR500', MESSAGE = pg_catalog.concat(wrong, ' ',"
        f" {literal(message)});\n  END IF;\nEND $planrun$"
    )
