"""Whether the rules that stand today accept what rows were: a row that was there may never have been asked.

Constraints that are NOT VALID hold for new rows only, and are put aside. Others once let a row pass that they would not
let pass now: a function was replaced, the time went on, another table was written, rows were loaded with triggers off.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.colliding import row_of
from planrun.core.images import absent, every, net, present, typed
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from planrun.core.catalog import Column, Constraint, Relation
    from planrun.core.undo import Captured, SideColumn, Tracked

DOMAINS = """
WITH RECURSIVE used(root, oid, direct) AS (
  SELECT r.oid, r.oid, true FROM pg_catalog.unnest($1::pg_catalog.oid[]) r(oid)
  UNION SELECT u.root, p.oid, u.direct AND p.direct FROM used u JOIN pg_catalog.pg_type t ON t.oid = u.oid
  CROSS JOIN LATERAL (SELECT t.typbasetype, true UNION ALL SELECT t.typelem, false
    UNION ALL SELECT a.atttypid, false FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = nullif(t.typrelid, 0) AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT g.rngsubtype, false FROM pg_catalog.pg_range g WHERE t.oid IN (g.rngtypid, g.rngmultitypid)
  ) p(oid, direct) WHERE p.oid <> 0)
SELECT u.root::bigint, u.direct, u.oid::bigint, k.oid::bigint, k.conname, pg_catalog.pg_get_expr(k.conbin, 0),
  (SELECT pg_catalog.format_type(b.oid, NULL) FROM used b JOIN pg_catalog.pg_type t ON t.oid = b.oid
   WHERE b.root = u.root AND b.direct AND t.typtype <> 'd'),
  NOT k.convalidated AND pg_catalog.pg_has_role(d.typowner, 'USAGE'),
  k.convalidated AND k.conbin::pg_catalog.text !~ '\\{(SQLVALUEFUNCTION|NEXTVALUEEXPR|COERCEVIAIO|COERCETODOMAIN )'
    AND NOT EXISTS (SELECT FROM
      pg_catalog.regexp_matches(k.conbin::pg_catalog.text, ':(?:opfuncid|funcid) (\\d+)', 'g') m(found)
      JOIN pg_catalog.pg_proc f ON f.oid = m.found[1]::pg_catalog.oid WHERE f.provolatile <> 'i' OR f.oid >= 16384)
FROM used u JOIN pg_catalog.pg_type d ON d.oid = u.oid AND d.typtype = 'd'
JOIN pg_catalog.pg_constraint k ON k.contypid = u.oid AND k.contype = 'c'
ORDER BY u.root, k.oid
"""
"""The query of the checks of the domains that these types, $1, are or hold."""

_CHECK = re.compile(r"CHECK (?P<condition>\(.*\))(?: NO INHERIT| NOT VALID)*", re.DOTALL)


@frozen
class DomainCheck:
    """A check of a domain.

    Attributes:
        root: the type of a column.
        direct: whether that is the domain, or another one over it, and does not only hold it.
        domain: the OID of the domain.
        oid: that of the constraint.
        name: its name.
        condition: its expression, on VALUE.
        base: what the root is in the end, if it is a domain.
        waits: whether it is NOT VALID, and the role may drop it.
        settled: whether it never changes its mind, and all values passed it.
    """

    root: int
    direct: bool
    domain: int
    oid: int
    name: str
    condition: str
    base: str | None
    waits: bool
    settled: bool


@frozen
class Doubt:
    """A rule that may not accept what was: the object, how it is at odds, and the query whether it is."""

    what: str
    reason: str
    query: str


def checks(table: Captured, now: Relation, waiting: frozenset[int]) -> Iterator[Doubt]:
    """Yield the checks of a table that may not accept rows which the step changed or deleted.

    They may have changed their mind, or come from a table above as NOT VALID, and cannot be put aside here.

    Args:
        table: the table.
        now: the same after the step.
        waiting: the constraints that are put aside.
    """
    generated = [column for column in now.columns if column.generated]
    for part in now.constraints:
        condition = _CHECK.fullmatch(part.definition)
        doubtful = not part.settled or not part.validated
        if not doubtful or part.oid in waiting:
            continue
        if part.type == "n":
            (number,) = part.columns or (0,)
            rows, refused = _was(table, [number]), absent(f"n.b{number}")
        elif part.type == "c" and condition:
            rows = f"{_was(table, _sources(now, part))} CROSS JOIN LATERAL {row_of(table, 'b', generated)}"
            refused = f"({condition['condition']}) IS FALSE"
        else:
            continue
        yield Doubt(
            f"table {table.before}",
            f"its {'check' if part.type == 'c' else 'NOT NULL'} {part.name}, as it is now, would not accept rows as"
            " they were",
            f"SELECT EXISTS (SELECT FROM {rows} WHERE {refused})",
        )


def _sources(now: Relation, part: Constraint) -> frozenset[int] | None:
    """Return the columns that a check looks at, or None when that may be all."""
    generated = {column.attnum for column in now.columns if column.generated}
    used = frozenset(part.columns or ())
    return None if not used or used & generated else used


def _was(table: Captured, columns: Iterable[int] | None) -> str:
    """Return what reads the rows of the net table that were there before, with other values in these columns."""
    numbers = None if columns is None else frozenset(columns)
    changed = [c for c in table.lasting if (numbers is None or c.attnum in numbers) and not c.kept]
    ops = "'u', 'd'" if changed else "'d'"
    return f"(SELECT * FROM ({net(table)}) n WHERE n.op IN ({ops})) n"


def domain_checks(
    table: Tracked,
    source: str,
    values: Mapping[str, SideColumn],
    roots: Mapping[int, int],
    found: Iterable[DomainCheck],
) -> Iterator[Doubt]:
    """Yield the checks of domains that may have changed their mind on values that come back.

    Args:
        table: the table.
        source: what reads the rows.
        values: its values, as SQL, and of which columns they are.
        roots: the types of columns, by their numbers.
        found: the checks, without those that are put aside.
    """
    for check in found:
        for value, column in values.items():
            if check.direct and check.base and roots.get(column.attnum) == check.root:
                row = f"(SELECT ({value})::{check.base} AS value) v"
                yield Doubt(
                    f"column {table.before}.{quoted(column.before)}",
                    f"check {check.name} of its domain, as it is now, would not accept values as they were",
                    f"SELECT EXISTS (SELECT FROM {source} CROSS JOIN LATERAL {row} WHERE ({check.condition}) IS FALSE)",
                )


def foreign_keys(
    table: Captured, now: Relation, parents: Mapping[int, tuple[Captured, ...]], waiting: frozenset[int]
) -> Iterator[Doubt]:
    """Yield the foreign keys of a table, to see whether rows that were there referred to nothing.

    Args:
        table: the table.
        now: the same after the step.
        parents: the captured tables that hold rows of a referenced one, by its OID.
        waiting: the constraints that are put aside.
    """
    columns = {column.after: column for column in table.lasting if not column.retyped}
    own = {part.oid for part in now.constraints}
    for part in now.constraints:
        names = [name for name, _, _ in part.pairs]
        enforced = part.oid not in waiting and part.enforced
        # Of one that refers to a partitioned table those that refer to its partitions are parts.
        seen = part.parent_rows and {*names} <= columns.keys()
        if part.type != "f" or part.period or not enforced or part.parent in own or not seen:
            continue
        referring = [columns[name] for name in names]
        changes = table.staying and not all(column.kept for column in referring)
        if not (table.deleted or changes):
            continue
        yield Doubt(
            f"table {table.before}",
            f"rows as they were refer by {part.name} to rows that are not there",
            _orphans(table, referring, part, parents.get(part.foreign, ())),
        )


def _orphans(table: Captured, referring: list[SideColumn], part: Constraint, parents: Iterable[Captured]) -> str:
    operators = [operator for _, _, operator in part.pairs]
    values = ", ".join(f"{typed(f'n.b{c.attnum}', c, after=True)} AS v{nth}" for nth, c in enumerate(referring))
    filled = every(present(f"o.v{nth}") for nth in range(len(referring)))

    def same(values: Iterable[str]) -> str:
        return every(f"{value} {operators[nth]} o.v{nth}" for nth, value in enumerate(values))

    there = f"EXISTS (SELECT FROM {part.parent_rows} p WHERE {same(f'p.{quoted(c)}' for c in part.parent_columns)})"
    given: list[str] = []
    back: list[str] = []
    for parent in parents:
        columns = {column.after: column for column in parent.lasting if not column.retyped}
        if {*part.parent_columns} <= columns.keys():
            found = [columns[name] for name in part.parent_columns]
            for side, ops, rows in (("a", "'i', 'u'", given), ("b", "'d', 'u'", back)):
                sides = (typed(f"m.{side}{column.attnum}", column, after=True) for column in found)
                rows.append(f"EXISTS (SELECT FROM ({net(parent)}) m WHERE m.op IN ({ops}) AND {same(sides)})")
    # What the step gave to a row there goes, and what it took comes back.
    lost = " OR ".join([f"NOT {there}", *given])
    which = every([filled, *(f"NOT {row}" for row in back), f"({lost})"])
    was = _was(table, [column.attnum for column in referring])
    # count(*), not EXISTS: that would be planned for its first row, and mostly there is none.
    return f"SELECT pg_catalog.count(*) > 0 FROM (SELECT DISTINCT {values} FROM {was}) o WHERE {which}"


def roots_of(columns: Iterable[Column]) -> dict[int, int]:
    """Return the OIDs of the types of columns, by the columns' numbers."""
    return {column.attnum: int(column.type_id.split()[0]) for column in columns if column.type_id}
