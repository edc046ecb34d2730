"""Proves, before COMMIT, that a step did nothing but what was captured and derived.

Two equations, from the server's own per-transaction counters. For each table: rows inserted, updated and deleted
equal the images. For each catalog: rows inserted minus rows deleted equal the growth of what it holds for the objects
in view, and every row written belongs to an object in view. An object out of view that was changed breaks one of the
two. Then the step is run again with a wider view; what stays unexplained is refused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planrun.core import computed
from planrun.core.catalogs import EXPLAINED, KEPT, OBJECTS, REFUSED, WHOLE
from planrun.core.inverse.actions import Refusal
from planrun.core.inverse.derive import as_called_then
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planrun.core.catalog import Catalog, Relation
    from planrun.core.inverse.derive import Inverse

Counter = tuple[int, int, int]
"""Rows inserted, updated, deleted."""

_KINDS = ("relation", "function", "schema", "type")
_COMMENTED = ("constraints", "indexes", "triggers", "rules", "policies", "statistics")
_EXTENSION = "do that before the run, or in a step of its own with a rollback step or irreversible: true"
_MOST_COLUMNS = 200
"""Before and after image of a row stand side by side in one row, which has to fit on a page."""


@frozen
class Scope:
    """What a step is watched with.

    Attributes:
        relations: described before the step.
        capture: tables with capture triggers.
        saved: columns (table, attnum) whose values are saved when the step begins; of generated ones it is proved then
            that they are what their expressions give.
        counted: tables whose rows are counted when the step begins.
        functions: whether all functions are described before the step.
        schemas: whether all schemas are.
        types: types described before it.
        all_types: whether all types are.
        catalogs: those of `catalogs.WHOLE` whose objects are all described before it.
        whole: tables of which all rows are compared, before the step and after it.
        exclusive: of these the ones that the step alters, which are locked as it will lock them.
        by_number: whether the capture triggers find columns by number, for a step that renames or drops columns.
        states: sequences that are kept still and materialized views that are compared with their queries.
        empty: tables without a row, locked so that none comes until the step drops them: nothing of them is kept.
        witnessed: whether another session tells what stood committed of the relations before the step.
    """

    relations: frozenset[int] = frozenset()
    capture: frozenset[int] = frozenset()
    saved: frozenset[tuple[int, int]] = frozenset()
    counted: frozenset[int] = frozenset()
    functions: bool = False
    schemas: bool = False
    types: frozenset[int] = frozenset()
    by_number: bool = False
    whole: frozenset[int] = frozenset()
    exclusive: frozenset[int] = frozenset()
    all_types: bool = False
    catalogs: frozenset[str] = frozenset()
    states: frozenset[int] = frozenset()
    empty: frozenset[int] = frozenset()
    witnessed: bool = False

    def merged(self, other: Scope) -> Scope:
        """Return a scope that watches what either of the two watches."""
        return Scope(
            self.relations | other.relations,
            self.capture | other.capture,
            self.saved | other.saved,
            self.counted | other.counted,
            self.functions or other.functions,
            self.schemas or other.schemas,
            self.types | other.types,
            self.by_number or other.by_number,
            self.whole | other.whole,
            self.exclusive | other.exclusive,
            self.all_types or other.all_types,
            self.catalogs | other.catalogs,
            self.states | other.states,
            self.empty | other.empty,
            self.witnessed or other.witnessed,
        )


@frozen
class Locked:
    """A relation that the transaction locked to write or to alter; `name` is None when it is gone."""

    oid: int
    schema: str | None
    name: str | None
    kind: str
    temporary: bool
    altered: bool
    rows: Counter
    known: bool
    """Whether `rows` counts from the beginning of the step."""


@frozen
class Touched:
    """An object one of whose catalog rows was written."""

    kind: str
    home: int
    catalog: str
    label: str


@frozen
class Evidence:
    """All that was read after a step, against what was read before.

    `defined` holds the columns, by table and number, that were defined anew in tables whose rows were all written anew:
    what stands in them may have gone through another type.
    """

    before: Catalog
    after: Catalog
    catalogs: Mapping[str, Counter]
    counts_before: Mapping[str, int]
    counts_after: Mapping[str, int]
    locked: tuple[Locked, ...]
    touched: tuple[Touched, ...]
    images: Mapping[int, tuple[int, int, int, int]]
    rows_before: Mapping[int, int]
    rows_after: Mapping[int, int]
    side_tables: frozenset[int]
    defined: frozenset[tuple[int, int]] = frozenset()

    @property
    def rows(self) -> dict[int, Counter]:
        """How many rows the server counted as inserted, updated and deleted, by table."""
        return {locked.oid: locked.rows for locked in self.locked}


@frozen
class Proved:
    """Everything that the step did is covered."""


@frozen
class Again:
    """The step did more than was watched: run it again with this scope."""

    scope: Scope


@frozen
class Unproved:
    """Something cannot be covered."""

    refusals: tuple[Refusal, ...]


Judgement = Proved | Again | Unproved


def judge(scope: Scope, evidence: Evidence, inverse: Inverse) -> Judgement:
    """Decide whether a step may be committed."""
    if refusals := tuple(_foreign_writes(evidence)):
        return Unproved(refusals)
    unexplained = {name for name in EXPLAINED if not _explained(name, evidence)}
    seen = scope.merged(_unseen(evidence))
    wider = seen.merged(_widened(evidence, unexplained))
    if wider != scope and (unexplained or seen != scope):
        return Again(wider)
    if unexplained:
        return Unproved(tuple(_unexplained(name, evidence) for name in sorted(unexplained)))
    wider = scope.merged(_uncovered(scope, evidence, inverse))
    if _changed_by_others(evidence):
        return Again(scope)
    refusals = (
        *inverse.refusals,
        *_rows(evidence, wider.whole),
        *_hidden(evidence, inverse),
        *_renamed_values(evidence, wider.whole),
    )
    if refusals:
        return Unproved(refusals)
    return Again(wider) if wider != scope else Proved()


def wrote_nothing(evidence: Evidence) -> bool:
    """Whether the step wrote no row of any table and of no catalog."""
    return not any(any(locked.rows) and locked.known for locked in evidence.locked) and not any(
        any(counter) for counter in evidence.catalogs.values()
    )


# --- catalogs ----------------------------------------------------------------------------------


def _foreign_writes(evidence: Evidence) -> Iterator[Refusal]:
    if any(evidence.catalogs.get("pg_extension", ())):
        # Of its members, hundreds maybe, nobody wants to hear.
        yield Refusal(REFUSED["pg_extension"], "it was created, altered or dropped", _EXTENSION)
        return
    for name, counter in sorted(evidence.catalogs.items()):
        if any(counter) and name not in EXPLAINED and name not in KEPT:
            yield Refusal(REFUSED.get(name, f"system catalog {name}"), f"{name} was written, which is not covered")
    if {name: counter[2] > 0 for name, counter in evidence.catalogs.items() if any(counter)} == {"pg_depend": True}:
        yield Refusal("dependency on an extension", "an object was made independent of one")
    for touched in evidence.touched:
        yield from _foreign(touched, evidence)
    for locked in evidence.locked:
        # The server counts no rows there. The lock of a write tells, also that of an update which would meet no row.
        if locked.kind == "f":
            name = f"foreign table {locked.schema}.{locked.name}"
            yield Refusal(name, "it was locked to be written, and its rows are outside of this database")


def _foreign(touched: Touched, evidence: Evidence) -> Iterator[Refusal]:
    relation = evidence.after.relations.get(touched.home) if touched.kind == "relation" else None
    if touched.kind == "other":
        yield Refusal(touched.label, "it was written, which is not covered")
    elif touched.kind in OBJECTS and (touched.kind, touched.home) not in evidence.after.objects:
        yield Refusal(touched.label, "it was altered, and belongs to the server or to an extension")
    elif relation is not None and relation.schema == "planrun" and relation.oid not in evidence.side_tables:
        yield Refusal(f"table {relation.qualified}", "it belongs to planrun's own history")


def _explained(name: str, evidence: Evidence) -> bool:
    inserted, _, deleted = evidence.catalogs.get(name, (0, 0, 0))
    return inserted - deleted == evidence.counts_after.get(name, 0) - evidence.counts_before.get(name, 0)


def _unexplained(name: str, evidence: Evidence) -> Refusal:
    inserted, updated, deleted = evidence.catalogs.get(name, (0, 0, 0))
    labels = sorted({touched.label for touched in evidence.touched if touched.catalog == name and touched.label})
    named = f" ({', '.join(labels[:5])})" if labels else ""
    return Refusal(
        f"system catalog {name}{named}",
        f"{inserted} rows were inserted, {updated} updated and {deleted} deleted there, and not all are accounted for",
    )


def _widened(evidence: Evidence, unexplained: set[str]) -> Scope:
    """Return what to look at besides, when catalogs stay unexplained: all that was written or locked."""
    if not unexplained:
        return Scope()
    homes = {kind: {touched.home for touched in evidence.touched if touched.kind == kind} for kind in _KINDS}
    relations = homes["relation"] | {relation.oid for relation in evidence.locked if relation.altered}
    # What was made and dropped again is never in view.
    there = relations - {relation.oid for relation in evidence.locked if relation.name is None}
    in_view = there <= evidence.before.relations.keys() | evidence.after.relations.keys()
    return Scope(
        relations=frozenset(relations),
        # Of what was dropped no row is left that could be found: then all are looked at.
        functions=bool({"pg_proc", "pg_description"} & unexplained)
        or not homes["function"] <= evidence.before.functions.keys(),
        schemas=bool({"pg_namespace", "pg_description"} & unexplained)
        or not homes["schema"] <= evidence.before.schemas.keys(),
        types=frozenset(homes["type"]),
        # Most types that go are row types, which go with their relation.
        all_types=bool({"pg_enum", "pg_range"} & unexplained)
        or (in_view and bool({"pg_type", "pg_constraint", "pg_description"} & unexplained)),
        catalogs=WHOLE if "pg_description" in unexplained else frozenset(),
    )


def _unseen(evidence: Evidence) -> Scope:
    """Return what was not described before the step though no count could miss it."""
    written = {name for name, counter in evidence.catalogs.items() if any(counter)}
    commented = {touched.kind for touched in evidence.touched}
    before, after = evidence.before, evidence.after
    row_types = {type_.relation for type_ in before.types.values()}
    inserted = {name for name, (rows, _, _) in evidence.catalogs.items() if rows}
    # Where no row was inserted, nothing is new: it was there, and only something of it was written.
    there = after.relations.keys() - before.relations.keys() if "pg_class" not in inserted else set()
    parents = {parent for relation in after.relations.values() for parent in relation.parents}
    return Scope(
        relations=frozenset(there | (parents - after.relations.keys())),
        functions="pg_proc" not in inserted and not after.functions.keys() <= before.functions.keys(),
        schemas="pg_namespace" not in inserted and not after.schemas.keys() <= before.schemas.keys(),
        all_types=any(
            relation.kind == "c" and oid not in after.relations and oid not in row_types
            for oid, relation in before.relations.items()
        ),
        catalogs=WHOLE & (written | commented),
        types=frozenset(
            oid
            for oid, type_ in after.types.items()
            if oid not in before.types and (type_.relation in before.relations or "pg_type" not in inserted)
        ),
    )


def _changed_by_others(evidence: Evidence) -> bool:
    """Whether a relation in view differs though this transaction wrote none of its rows and locked it for no change.

    Another session altered it between the two looks; its change must not become part of our way back.
    """
    ours = altered(evidence)
    # A schema or a type that the step renamed shows in every relation that is in it, or has columns of it.
    after = as_called_then(evidence.before, evidence.after).relations
    kept = evidence.before.relations.keys() & after.keys()
    # To remove the comment of a part leaves no trace, and locks no table. How many were removed is counted.
    removed = evidence.catalogs.get("pg_description", (0, 0, 0))[2] > 0
    return any(_unlike(evidence.before.relations[oid], after[oid], removed=removed) for oid in kept - ours)


def altered(evidence: Evidence) -> frozenset[int]:
    """Return the relations whose definition this transaction wrote, or which it locked to alter."""
    homes = {touched.home for touched in evidence.touched if touched.kind == "relation"}
    return frozenset(homes | {relation.oid for relation in evidence.locked if relation.altered})


def redefined(evidence: Evidence) -> bool:
    """Whether a relation that it altered was in view before, and is another one now, or gone."""
    before, after = evidence.before.relations, evidence.after.relations
    return any(after.get(oid) != before[oid] for oid in altered(evidence) & before.keys())


def _unlike(was: Relation, now: Relation, *, removed: bool) -> bool:
    """Whether a relation differs, in more than that comments were removed if that may be."""
    return was != now and not (removed and _uncommented(was, now) == now)


def _uncommented(was: Relation, now: Relation) -> Relation:
    """Return `was` without the comments that the parts of `now` lack."""
    parts: dict[str, Any] = {}
    for name in _COMMENTED:
        bare = {part.oid for part in getattr(now, name) if part.comment is None}
        parts[name] = tuple(replace(x, comment=None) if x.oid in bare else x for x in getattr(was, name))
    return replace(was, **parts)


# --- tables ------------------------------------------------------------------------------------


def _written(evidence: Evidence) -> Iterator[Locked]:
    """Yield the lasting tables, older than the step, that the server counted writes on."""
    for relation in evidence.locked:
        created = relation.oid in evidence.after.relations and relation.oid not in evidence.before.relations
        if relation.kind == "m" and relation.oid in evidence.before.relations:
            continue  # in view, its content is computed anew
        if any(relation.rows) and not relation.temporary and not created and relation.oid not in evidence.side_tables:
            yield relation


def _uncovered(scope: Scope, evidence: Evidence, inverse: Inverse) -> Scope:
    """Return what the step turned out to need."""
    nothing_in_it = scope.empty & {table.oid for table in inverse.lost}
    whole = frozenset(_whole(evidence, inverse)) - scope.whole - nothing_in_it
    written = frozenset(relation.oid for relation in _written(evidence)) - scope.capture - scope.whole - whole
    lost = frozenset(
        (table.oid, column.attnum)
        for table, columns in inverse.dropped
        for column in columns
        if table.oid not in scope.whole | whole
    )
    # They need no image: what they were is proved to come again when they are computed anew.
    lost |= {(table.oid, column.attnum) for table, column in computed.altered(evidence.before, evidence.after)}
    rewritten = frozenset(oid for oid in inverse.rewritten if evidence.before.relations[oid].kind == "r")
    # Fixed names catch the wrong column when columns change theirs; every such change updates pg_attribute.
    by_number = evidence.catalogs.get("pg_attribute", (0, 0, 0))[1] > 0 and any(map(any, evidence.images.values()))
    altered = {relation.oid for relation in evidence.locked if relation.altered}
    return Scope(
        relations=written | rewritten | whole,
        capture=written,
        saved=lost,
        counted=rewritten - scope.whole - whole,
        by_number=by_number,
        whole=whole,
        exclusive=whole & altered,
        states=frozenset(inverse.states),
    )


def _whole(evidence: Evidence, inverse: Inverse) -> Iterator[int]:
    """Yield the tables whose rows triggers cannot tell: all of their rows have to be compared."""
    yield from (table.oid for table in inverse.lost)
    yield from (table.oid for table, _, _ in inverse.retyped if table.kind == "r")
    for table, columns in inverse.dropped:
        # Its value would not follow a row that the application moves to another partition: that has to be a conflict.
        moves = table.partition_bound is not None
        # A deleted row comes back before its dropped values do, and a domain may forbid that.
        domains = evidence.images.get(table.oid, (0, 0, 0, 0))[3] and not all(column.builtin for column in columns)
        if moves or domains or not table.key or {column.attnum for column in columns} & set(table.key):
            yield table.oid
    rows = evidence.rows
    for oid in inverse.rewritten:
        if any((oid, column.attnum) in evidence.defined for column in evidence.before.relations[oid].columns):
            yield oid
        inserted, _, deleted = rows.get(oid, (0, 0, 0))
        before = evidence.rows_before.get(oid)
        if before is not None and evidence.rows_after.get(oid) != before + inserted - deleted:
            yield oid
    for oid, images in evidence.images.items():
        inserted, updated, deleted = rows.get(oid, (0, 0, 0))
        if images != (inserted, updated, updated, deleted):
            yield oid


def _rows(evidence: Evidence, whole: frozenset[int]) -> Iterator[Refusal]:
    written = {relation.oid: relation for relation in _written(evidence)}
    for oid in sorted(written.keys() | whole):
        described = evidence.before.relations.get(oid)
        if oid in written and written[oid].schema == "planrun":
            name = f"table {written[oid].schema}.{written[oid].name}"
            yield Refusal(name, "it belongs to planrun's own history")
        elif described is not None and (reason := uncapturable(described)):
            name = f"table {described.qualified}"
            yield Refusal(name, reason) if described.owned else Refusal(name, reason, _AS_OWNER)


_AS_OWNER = "run the plan as a role that owns the table; or write a rollback step for it, or set irreversible: true"


def uncapturable(relation: Relation) -> str | None:
    """Return why the rows of a table cannot be captured, or None when they can."""
    reasons = (
        (relation.kind != "r", "it is not an ordinary table"),
        (not relation.owned, f"it belongs to {relation.owner}: triggers that catch them cannot be made"),
        (relation.hides_rows, "its row security, forced on its owner too, may hide some of them"),
        (len(relation.columns) > _MOST_COLUMNS, f"it has more than {_MOST_COLUMNS} columns"),
    )
    return next((f"rows were written to it, and {reason}" for holds, reason in reasons if holds), None)


def _renamed_values(evidence: Evidence, whole: frozenset[int]) -> Iterator[Refusal]:
    """Yield enums whose labels changed beside images that hold such labels as text: it would mean two things."""
    imaged = {oid for oid, images in evidence.images.items() if any(images)}
    imaged |= {relation.oid for relation in evidence.locked if relation.oid in whole and relation.rows[1]}
    written = [evidence.before.relations[oid] for oid in imaged & evidence.before.relations.keys()]
    if all(column.builtin for relation in written for column in relation.columns):
        return
    for oid, was in evidence.before.types.items():
        now = evidence.after.types.get(oid)
        if now is not None and was.values != now.values:
            reason = "its values were renamed in a step that also wrote rows of a table with values like these"
            yield Refusal(f"type {was.qualified}", reason, "rename the values in a step of their own")


def _hidden(evidence: Evidence, inverse: Inverse) -> Iterator[Refusal]:
    looked_at = {
        *(relation.oid for relation in inverse.created),
        *(relation.oid for relation, _ in inverse.added),
        *(relation.oid for relation, _ in inverse.dropped),
        *inverse.rewritten,
        *(oid for oid, images in evidence.images.items() if any(images)),
    }
    for oid in sorted(looked_at):
        if (relation := evidence.after.relations.get(oid)) is not None and relation.hides_rows:
            reason = "its row security, forced on its owner too, may hide rows that have to be looked at"
            yield Refusal(f"table {relation.qualified}", reason)
