"""What a way back makes sure of, once it holds the locks on the tables of a step: that they are what it was made for.

Names are looked up when a statement begins, and may mean something else by the time that a lock is there. So the
tables, the columns that the statements name, the keys that tell rows apart and the foreign keys that could act on rows
of others are looked at once more. What does not fit ends the way back before anything is changed. All of it works under
an empty search_path.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from planrun.core.ending import CURE, OUTDATED, REFUSED, raised
from planrun.core.images import key_text, net_name, several
from planrun.core.policy import OnConflict
from planrun.core.quoting import do, literal
from planrun.core.undo import Named
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from planrun.core.catalog import Catalog, Constraint, Index, Relation
    from planrun.core.foreign_keys import ForeignKey
    from planrun.core.undo import Captured, SideColumn, Tracked, Undo

_CURE_OF_NAMES = "give it its name back, roll back, and rename it again"
_WIDER = (
    "('smallint', 'integer'), ('smallint', 'bigint'), ('integer', 'bigint'), ('character varying', 'text'),"
    " ('text', 'character varying')"
)
"""Types that a column may have been given since: what was stored reads the same in them."""


@frozen
class Anew:
    """What has another number by the time that a step goes back.

    Attributes:
        tables: the OIDs that tables had which the way back of later steps makes again.
        columns: the same of columns: by table the names by number.
        by_hand: the last step that a script written by hand takes back, which may make anything again; 0 for none.
        anything: whether it went back before.
    """

    tables: frozenset[int] = frozenset()
    columns: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    by_hand: int = 0
    anything: bool = False

    def column(self, table: int, number: int) -> bool:
        """Whether a column has another number; one below zero says that it is not known, see `remade`."""
        return number < 0 or self.anything or table in self.tables or number in self.columns.get(table, {})

    def at(self, step: int) -> Anew:
        """Return what has another number when it is the turn of a step."""
        return replace(self, anything=step < self.by_hand)

    def since(self, undo: Undo) -> Anew:
        """Return what has another number when a step is back."""
        columns = {table.oid: {**self.columns.get(table.oid, {}), **dict(table.columns)} for table in undo.remade}
        return replace(self, tables=self.tables | undo.lost, columns={**self.columns, **columns})


# --- what a step leaves ------------------------------------------------------------------------


def named(before: Catalog, after: Catalog) -> Iterator[Named]:
    """Yield the tables whose definition a step changed, with the columns that its way back names."""
    for oid, was in before.relations.items():
        now = after.relations.get(oid)
        if now is None or was.kind not in {"r", "p"} or was.temporary or _defined(was) == _defined(now):
            continue
        parts: tuple[Index | Constraint, ...] = (*was.indexes, *was.constraints)
        numbers = {c.attnum for c in now.columns if _as_it_was(was, c.attnum) != _as_it_was(now, c.attnum)}
        kept = {index.oid for index in now.indexes} | {constraint.oid for constraint in now.constraints}
        for part in parts:
            numbers |= set(part.columns or ()) if part.oid not in kept else set()
        columns = tuple((c.attnum, c.name) for c in now.columns if c.attnum in numbers)
        yield Named(oid, now.qualified, columns)


def _defined(relation: Relation) -> Relation:
    # Foreign keys of others come with triggers, and a table that was rewritten has other files.
    return replace(relation, internal_triggers=(), filenode=None)


def _as_it_was(relation: Relation, number: int) -> object:
    column = relation.column(number)
    return column and replace(column, missing=None)


# --- what matters to it ------------------------------------------------------------------------


def needed(undo: Undo, foreign_keys: Iterable[ForeignKey], policies: Mapping[int, OnConflict]) -> Undo:
    """Return what a step left without the columns that no statement of its way back has to name.

    That are those which the step left as they were in all rows that it wrote, where it updated rows and did nothing
    else: the application may have dropped them, or made of them what it likes. What overwrites a row needs all; a
    generated value that is compared needs what it is computed from.
    """
    referenced = {(key.parent, number) for key in foreign_keys for _, number, _ in key.pairs}

    def lighter(table: Captured) -> Captured:
        if not table.only_updated or policies[table.oid] is OnConflict.RESTORE:
            return table
        wanted = {column.attnum for column in table.key}
        wanted |= {number for column in table.computed for number in (column.attnum, *(column.computed or ()))}
        columns = (
            column
            for column in table.columns
            if not column.kept or column.attnum in wanted or (table.oid, column.current) in referenced
        )
        return replace(table, columns=tuple(columns))

    return replace(undo, captured=tuple(map(lighter, undo.captured)))


# --- the statements ----------------------------------------------------------------------------


def unaltered(undo: Undo, foreign_keys: Iterable[ForeignKey], anew: Anew) -> Iterator[str]:
    """Yield the statement that ends the way back of a step when it was made for something else than what is there.

    Args:
        undo: what the step left.
        foreign_keys: those that may point at its tables when its turn comes.
        anew: what has other numbers by then.
    """
    checks = [*_tables(undo, anew), *_columns(undo, anew), *_names(undo, anew), *_mentioned(undo, anew)]
    checks += _foreign_keys(undo, foreign_keys, anew)
    if checks:
        yield do("DECLARE wrong text;\nBEGIN\n" + "\n".join(checks) + "\nEND")


def ends(query: str, message: str, *, state: str = REFUSED, hint: str = CURE) -> str:
    """Return the part of a block that ends the way back when a query of one text finds a row."""
    return (
        f"  SELECT {message} INTO wrong {query} LIMIT 1;\n"
        f"  IF FOUND THEN\n    {raised(state, 'wrong', hint)}\n  END IF;"
    )


def _tables(undo: Undo, anew: Anew) -> Iterator[str]:
    known = {table.oid: table.name for table in undo.named} if not anew.anything else {}
    known |= {table.oid: table.after for table in _tracked(undo)}
    known |= {table.oid: table.name for table in undo.created}
    rows = ", ".join(f"({oid}, {literal(name)})" for oid, name in sorted(known.items()) if oid not in anew.tables)
    if rows:
        yield ends(
            f"FROM (VALUES {rows}) f(oid, name)"
            " WHERE pg_catalog.to_regclass(f.name)::pg_catalog.oid IS DISTINCT FROM f.oid::pg_catalog.oid",
            "pg_catalog.concat(f.name, ' is not the table that the run changed')",
        )


def _tracked(undo: Undo) -> Iterator[Tracked]:
    return (table for table in (*undo.captured, *undo.saved, *undo.added) if not table.lost)


def _left(undo: Undo) -> Iterator[tuple[Tracked, SideColumn]]:
    """Yield the columns that stand in their table when the step ends."""
    gone = {(table.oid, number) for table in undo.remade for number, _ in table.columns}
    for table in _tracked(undo):
        columns = table.key if table in undo.saved else (*table.key, *table.lasting)
        yield from ((table, column) for column in columns if column.after and (table.oid, column.current) not in gone)


def _columns(undo: Undo, anew: Anew) -> Iterator[str]:
    """Yield the check of the columns that the statements name: number, name and type.

    A type with another length or precision is let pass: whether the values come back in it is proved by themselves.
    """
    found: dict[tuple[str, str], str] = {}
    for table in undo.named:
        for number, name in table.columns:
            found[table.name, name] = _row(table.name, table.oid, number, name, None, anew)
    for tracked, column in _left(undo):
        row = _row(tracked.after, tracked.oid, column.current, column.after, _type(column), anew)
        found[tracked.after, column.after] = row
    if found:
        rows = ",\n    ".join(found.values())
        yield ends(
            f"\n  FROM (VALUES {rows}) f(name, number, part, type)\n"
            "  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = pg_catalog.to_regclass(f.name)::pg_catalog.oid"
            " AND a.attname = f.part AND a.attnum > 0 AND NOT a.attisdropped\n"
            "  LEFT JOIN pg_catalog.pg_attribute b ON b.attrelid = pg_catalog.to_regclass(f.name)::pg_catalog.oid"
            " AND b.attnum = f.number AND NOT b.attisdropped\n"
            f"  WHERE a.attnum IS NULL OR a.attnum <> f.number OR {_OTHER_TYPE}",
            "pg_catalog.concat('column ', pg_catalog.quote_ident(f.part), ' of ', f.name, CASE\n"
            "    WHEN a.attnum = f.number OR f.number IS NULL AND a.attnum IS NOT NULL THEN pg_catalog.concat(' was ',"
            " f.type, ' when the run ended, and is ', pg_catalog.format_type(a.atttypid, a.atttypmod), ' now')\n"
            "    WHEN b.attnum IS NOT NULL THEN pg_catalog.concat(' is called ', pg_catalog.quote_ident(b.attname),"
            " ' now', CASE WHEN a.attnum IS NOT NULL THEN ', and another one has its name' END)\n"
            "    WHEN a.attnum IS NOT NULL THEN ' is not the column that the run left, which was dropped'\n"
            "    ELSE ' is not there any more' END)",
        )


_OTHER_TYPE = (
    "f.type IS NOT NULL AND a.atttypid IS DISTINCT FROM pg_catalog.to_regtype(f.type)::pg_catalog.oid"
    " AND (pg_catalog.format_type(pg_catalog.to_regtype(f.type), NULL), pg_catalog.format_type(a.atttypid, NULL))"
    f" NOT IN ({_WIDER})"
)


def _row(table: str, oid: int, number: int, name: str, kind: str | None, anew: Anew) -> str:
    known = "NULL" if anew.column(oid, number) else str(number)
    return f"({literal(table)}, {known}::pg_catalog.int2, {literal(name)}, {literal(kind)}::text)"


def _type(column: SideColumn) -> str:
    """Return the type that the step left a column in, without its collation."""
    return (column.now_type or column.type_after or column.type).partition(" COLLATE ")[0]


def _names(undo: Undo, anew: Anew) -> Iterator[str]:
    """Yield the check that no column was made since under the name of one that comes back."""
    if anew.anything:
        return
    tables = {table.oid: table.after for table in _tracked(undo)} | {table.oid: table.name for table in undo.named}
    given = {(table.oid, name) for table in undo.named for _, name in table.columns}
    given |= {(table.oid, column.after) for table, column in _left(undo)}
    given |= {(table.oid, name) for table in undo.renamed for name, _ in table.columns}
    given |= {(oid, name) for oid, columns in anew.columns.items() for name in columns.values()}
    rows = ", ".join(
        f"({literal(tables[table.oid])}, {literal(name)})"
        for table in undo.remade
        if not table.whole and table.oid in tables
        for _, name in table.columns
        if (table.oid, name) not in given
    )
    if rows:
        yield ends(
            f"FROM (VALUES {rows}) f(name, part)"
            " JOIN pg_catalog.pg_attribute a ON a.attrelid = pg_catalog.to_regclass(f.name)::pg_catalog.oid"
            " AND a.attname = f.part AND NOT a.attisdropped",
            "pg_catalog.concat('column ', pg_catalog.quote_ident(f.part), ' of ', f.name, ' was made since, and one of"
            " that name comes back')",
            hint="drop it, or give it another name",
        )


_ALIASES = {"pg_class": "regclass", "pg_type": "regtype", "pg_proc": "regprocedure", "pg_collation": "regcollation"}
"""By catalog the type that reads and writes the names of what stands in it."""


def _mentioned(undo: Undo, anew: Anew) -> Iterator[str]:
    """Yield the checks that no name of the inverse DDL was given to something else since.

    What is gone, or has another name that nothing else took, is left to the server: it knows no such name then. What
    later steps had dropped is back under another OID, and the names are those that they gave it.
    """
    if anew.anything:
        return
    for catalog, alias in _ALIASES.items():
        rows = ", ".join(f"({i.oid}, {literal(i.name)})" for i in undo.mentioned if i.catalog == catalog)
        if rows:
            yield ends(
                f"FROM (VALUES {rows}) f(oid, name)"
                f" JOIN pg_catalog.{catalog} o ON o.oid = f.oid::pg_catalog.oid"
                f" WHERE o.oid <> pg_catalog.to_{alias}(f.name)::pg_catalog.oid",
                f"pg_catalog.concat(f.name, ' is called ', o.oid::pg_catalog.{alias},"
                " ' now, and another one has its name')",
                hint=_CURE_OF_NAMES,
            )
    rows = ", ".join(
        f"({item.oid}, {literal(item.name)}, {number}, {literal(name)})"
        for item in undo.mentioned
        for number, name in item.columns
    )
    if rows:
        yield ends(
            f"FROM (VALUES {rows}) f(oid, name, number, part)"
            " JOIN pg_catalog.pg_attribute a ON a.attrelid = f.oid::pg_catalog.oid AND a.attname = f.part"
            " AND NOT a.attisdropped AND a.attnum <> f.number"
            " JOIN pg_catalog.pg_attribute b ON b.attrelid = a.attrelid AND b.attnum = f.number AND NOT b.attisdropped",
            "pg_catalog.concat('column ', pg_catalog.quote_ident(f.part), ' of ', f.name, ' is called ',"
            " pg_catalog.quote_ident(b.attname), ' now, and another one has its name')",
            hint=_CURE_OF_NAMES,
        )


def _foreign_keys(undo: Undo, foreign_keys: Iterable[ForeignKey], anew: Anew) -> Iterator[str]:
    """Yield the check that no other foreign key points at a table whose rows go or change.

    Both are told by the names of tables and of the referencing columns: some were made again by this way back.
    """
    tables = {table.oid: table.after for table in undo.captured if not table.lost}
    if not tables or anew.anything:
        return
    known = [_known(tables[key.parent], key, anew) for key in foreign_keys if key.parent in tables]
    parents = ", ".join(f"({literal(name)})" for name in tables.values())
    rows = ", ".join(known)
    among = (
        f"\n  AND NOT EXISTS (SELECT FROM (VALUES {rows}) e(parent, child, names, numbers, acts)"
        " WHERE pg_catalog.to_regclass(e.parent)::pg_catalog.oid = parent.oid"
        " AND pg_catalog.to_regclass(e.child)::pg_catalog.oid = child.oid"
        " AND e.names = c.names AND coalesce(e.numbers = c.numbers, true)"
        " AND (e.acts OR k.confupdtype = 'a' AND k.confdeltype = 'a'))"
    )
    yield ends(
        f"\n  FROM (VALUES {parents}) f(name)\n"
        "  CROSS JOIN LATERAL (SELECT pg_catalog.to_regclass(f.name)::pg_catalog.oid AS oid) parent\n"
        "  LEFT JOIN LATERAL pg_catalog.pg_partition_ancestors(parent.oid::pg_catalog.regclass) above(oid) ON true\n"
        "  JOIN pg_catalog.pg_constraint k ON k.confrelid = coalesce(above.oid, parent.oid) AND k.contype = 'f'"
        " AND k.conparentid = 0\n"
        "    AND coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::pg_catalog.bool, true)\n"
        "  LEFT JOIN LATERAL pg_catalog.pg_partition_tree(k.conrelid::pg_catalog.regclass) below ON true\n"
        "  CROSS JOIN LATERAL (SELECT coalesce(below.relid, k.conrelid)::pg_catalog.oid AS oid) child\n"
        "  CROSS JOIN LATERAL (SELECT pg_catalog.array_agg(a.attname::text ORDER BY p.position) AS names,\n"
        "      pg_catalog.array_agg(own.attnum ORDER BY p.position) AS numbers\n"
        "    FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey))"
        " WITH ORDINALITY p(referencing, referenced, position)\n"
        "    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.referencing\n"
        "    JOIN pg_catalog.pg_attribute r ON r.attrelid = k.confrelid AND r.attnum = p.referenced\n"
        "    JOIN pg_catalog.pg_attribute own ON own.attrelid = parent.oid AND own.attname = r.attname) c\n"
        f"  WHERE below.isleaf IS NOT FALSE{among if known else ''}",
        "pg_catalog.concat('a foreign key of ', child.oid::pg_catalog.regclass, ' to ', f.name,"
        " ' was made since this way back was: make a new one')",
        state=OUTDATED,
        hint="run planrun rollback once more; of a printed script, print a new one",
    )


def _known(parent: str, key: ForeignKey, anew: Anew) -> str:
    names = ", ".join(literal(name) for name, _, _ in key.pairs)
    numbers = [number for _, number, _ in key.pairs]
    listed = "NULL" if any(anew.column(key.parent, number) for number in numbers) else f"ARRAY{numbers}"
    columns = f"ARRAY[{names}]::text[], {listed}::pg_catalog.int2[]"
    return f"({literal(parent)}, {literal(key.child_name)}, {columns}, {key.acts})"


def told_apart(step: int, undo: Undo) -> Iterator[str]:
    """Yield the statement that ends the way back when a key means several rows that it would change.

    While a unique index stands on the key that cannot be; else the rows are looked at.
    """
    sides: list[tuple[Tracked, str]] = [
        (table, net_name(step, table)) for table in undo.captured if table.key and not table.lost
    ]
    standing = {(table.oid, column.current) for table, column in _left(undo)}
    sides += [
        (table, table.side)
        for table in undo.saved
        if table.key and all((table.oid, column.current) in standing for column in table.key)
    ]
    if sides:
        yield do("DECLARE wrong text;\nBEGIN\n" + "\n".join(_told_apart(*side) for side in sides) + "\nEND")


def _told_apart(table: Tracked, side: str) -> str:
    names = ", ".join(literal(column.after) for column in table.key)
    doubled = ends(
        several(table, side),
        f"pg_catalog.concat('several rows of ', {literal(table.after)}, ' have the key ', {key_text('n', table)},"
        " ' by which the run knows its row: no unique index keeps them apart any more')",
        hint="leave one of them, make the unique index again, and roll back",
    )
    return (
        "  IF NOT EXISTS (SELECT FROM pg_catalog.pg_index i"
        f" WHERE i.indrelid = pg_catalog.to_regclass({literal(table.after)})::pg_catalog.oid"
        " AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL\n"
        "    AND (i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1] <@ ARRAY(SELECT a.attnum"
        " FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indrelid"
        f" AND a.attname IN ({names}) AND NOT a.attisdropped)) THEN\n{doubled}\n  END IF;"
    )
