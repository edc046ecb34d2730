"""Partitions and inheritance: what of a difference each table of a tree answers for by itself.

Parents that a step gave to a table are taken from it before anything else goes back, and parents that it took away
come back when all else is there again. In between the table stands alone, and its way back is that of any table.

Where a parent stayed, a part that a table has from it (a column, a constraint, an index, the clone of a trigger) goes
when the way back drops the parent's, so that it is left out here. What comes back with the parent's is left out too,
but for what is set table by table: comments, defaults, states. Indexes and the keys that they carry are made table by
table under their own names and joined afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from planrun.core.catalog import Attached, Column, Constraint, Index, Relation, quoted
from planrun.core.inverse import columns, parts
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from planrun.core.catalog import Catalog

_Part = Constraint | Index | Attached
_Key = tuple[str, int, int]
"""The word for a part, its OID or that of its table, and of a column its attnum (else 0)."""

_TABLES = frozenset("rpf")


@dataclass(frozen=True, slots=True)
class Apart:
    """Two catalogs in which each table of a tree has only what it answers for by itself.

    Attributes:
        before: the relations as they were, roots first.
        after: the relations as they are.
        named: the relations that stayed, before and after, the latter without what is renamed with their parents.
        findings: what belongs to the tree.
        flat: whether there is no tree at all.
    """

    before: Catalog
    after: Catalog
    named: tuple[tuple[Relation, Relation], ...]
    findings: tuple[Finding, ...]
    flat: bool = False

    @property
    def children_first(self) -> tuple[Catalog, Catalog]:
        """The two catalogs with what inherits before what it inherits from."""
        return _reversed(self.before), _reversed(self.after)


def apart(before: Catalog, after: Catalog) -> Apart:
    """Take the trees of two catalogs apart."""
    if not any(r.in_tree or _has_parts(r) for side in (before, after) for r in side.relations.values()):
        return Apart(before, after, _kept(before, after), (), flat=True)
    walk = _Walk(before.relations, after.relations)
    order = sorted(before.relations.keys() | after.relations.keys(), key=lambda oid: (walk.depth(oid), oid))
    members = [walk.member(oid) for oid in order if oid in before.relations and oid in after.relations]
    gone = {oid: _alone(before.relations, oid) for oid in order if oid not in after.relations}
    own_before = {member.was.oid: member.was for member in members} | gone
    own_after = {member.now.oid: member.now for member in members}
    fresh = {oid: _bare_keys(after.relations[oid]) for oid in order if oid not in before.relations}
    findings = [finding for member in members for finding in member.findings if not _comes(finding)]
    findings += [finding for member in reversed(members) for finding in member.findings if _comes(finding)]
    findings += [finding for oid in fresh for finding in _created(oid, before.relations, after.relations)]
    findings += [finding for oid in gone for finding in _dropped(before.relations[oid], before.relations)]
    return Apart(
        replace(before, relations={oid: own_before[oid] for oid in order if oid in own_before}),
        replace(after, relations={oid: (own_after | fresh)[oid] for oid in order if oid in own_after | fresh}),
        tuple((member.was, member.named) for member in members),
        tuple(findings),
    )


def _kept(before: Catalog, after: Catalog) -> tuple[tuple[Relation, Relation], ...]:
    return tuple((was, after.relations[oid]) for oid, was in before.relations.items() if oid in after.relations)


def _comes(finding: Finding) -> bool:
    """Whether it is a statement that makes something again: that is done to children first."""
    return isinstance(finding, Action) and finding.phase >= Phase.COLUMNS_ON


def _has_parts(relation: Relation) -> bool:
    """Whether it refers to a partitioned table: it has a foreign key more for each partition then."""
    return any(constraint.parent for constraint in relation.constraints)


def _reversed(catalog: Catalog) -> Catalog:
    return replace(catalog, relations=dict(reversed(list(catalog.relations.items()))))


@dataclass(frozen=True, slots=True)
class _Member:
    """A relation that stayed, without what goes and comes back with its parents; `named` has no names of theirs."""

    was: Relation
    now: Relation
    named: Relation
    findings: tuple[Finding, ...]


# --- what the step created or dropped ----------------------------------------------------------


def _created(oid: int, before: Mapping[int, Relation], after: Mapping[int, Relation]) -> Iterator[Finding]:
    """Yield what keeps the drop of a created root from taking along what somebody has hung on it since."""
    relation = after[oid]
    if not relation.in_tree or relation.kind not in _TABLES or relation.temporary:
        return
    yield _childless(relation, after)
    if relation.partition_bound is not None and _derived_keys(relation, after):
        # It could not be dropped where it is.
        yield from (
            _detach(parent, relation, after) for parent in _all(relation.parents, after) if parent.oid in before
        )


def _detach(parent: Relation, child: Relation, after: Mapping[int, Relation]) -> Action:
    sql = f"ALTER TABLE {parent.qualified} DETACH PARTITION {child.qualified}"
    gone = tuple(("pg_constraint", oid, 0) for oid in _derived_keys(child, after))
    return Action(Phase.PARENTS_OFF, sql, gone[0] if gone else None, gone[1:])


def _derived_keys(partition: Relation, side: Mapping[int, Relation]) -> list[int]:
    """Return the foreign keys that the server made for a partition of the table that they refer to."""
    return [c.oid for other in side.values() for c in other.constraints if c.foreign == partition.oid and c.parent]


def _all(oids: Iterable[int], side: Mapping[int, Relation]) -> list[Relation]:
    return [side[oid] for oid in oids if oid in side]


def _bare_keys(relation: Relation) -> Relation:
    """Return a relation without the foreign keys that go with others."""
    return replace(relation, constraints=tuple(c for c in relation.constraints if c.type != "f" or not c.parent))


def _dropped(relation: Relation, before: Mapping[int, Relation]) -> Iterator[Finding]:
    """Yield what puts a dropped table in its place again, which is made again as a table alone."""
    if relation.temporary or not relation.in_tree:
        return
    link = _Link.of(relation, replace(relation, parents=(), partition_bound=None), before, before)
    yield from link.findings()
    keyed = [part for part in relation.constraints if part.type == "f" and part.parent]
    for part in keyed:
        origin = _origin(part, relation, link.taken)
        if origin is None or origin.name != part.name:
            yield Refusal(_label(part, relation), "it was dropped, and has another name than the one it is part of")
    if relation.partition_bound is None:
        own = [*(c for c in relation.columns if not c.local), *(c for c in relation.constraints if not c.local)]
        if own:
            reason = "it was dropped, and had inherited columns or constraints that would come back as its own"
            yield Refusal(f"table {relation.qualified}", reason)


def _alone(side: Mapping[int, Relation], oid: int) -> Relation:
    """Return a dropped table as one that belongs to no tree, to be made again and then put in its place."""
    relation = _without_derived(side, oid)
    if not relation.in_tree:
        return relation
    return replace(
        relation,
        in_tree=False,
        triggers=tuple(trigger for trigger in relation.triggers if not trigger.parent),
        constraints=_bare_keys(relation).constraints,
    )


class _Walk:
    """Goes through a tree from its roots, and remembers which parts the way back drops and makes again."""

    def __init__(self, before: Mapping[int, Relation], after: Mapping[int, Relation]) -> None:
        self._before = before
        self._after = after
        self._dropped: set[_Key] = set()
        self._again: set[_Key] = set()
        self._given: dict[_Key, Column] = {}
        self._loosened: set[_Key] = set()
        self._rejoined = frozenset(self._joined_in_step())

    def depth(self, oid: int, seen: frozenset[int] = frozenset()) -> int:
        """Return how far a relation is from the roots, in either catalog."""
        above = {parent for side in (self._before, self._after) if oid in side for parent in side[oid].parents} - seen
        return 1 + max((self.depth(parent, seen | {oid}) for parent in above), default=-1)

    def member(self, oid: int) -> _Member:
        """Take a relation apart; its parents have been."""
        was, now = _without_derived(self._before, oid), _without_derived(self._after, oid)
        link = _Link.of(was, now, self._before, self._after)
        findings: list[Finding] = [*link.findings()]
        own_was, own_now = link.stripped(was, now)
        own_was, own_now = self._columns(own_was, own_now, link, findings)
        for word in ("constraints", "indexes", "triggers"):
            own_was, own_now = self._parts(word, own_was, own_now, link, findings)
        own_now = _same_nulls(was, now, own_was, own_now)
        if link.any and columns.retyped(was, now):
            findings.append(Refusal(f"table {was.qualified}", "a type was changed in a partition or inheritance tree"))
        if self._makes_indexes(own_was, own_now):
            findings.append(_childless(now, self._after))
        named = replace(
            own_now,
            columns=tuple(column for column in own_now.columns if not _found(column.name, link.up_now)),
            constraints=tuple(part for part in own_now.constraints if _origin(part, link.now, link.up_now) is None),
        )
        findings += _renames(was, now, named)
        return _Member(own_was, own_now, named, tuple(findings))

    def _makes_indexes(self, was: Relation, now: Relation) -> bool:
        """Whether indexes of a partitioned table are made again: of partitions made since, none would be joined."""
        kept = {index.oid for index in now.indexes}
        return was.kind == "p" and any(index.oid not in kept for index in was.indexes)

    # --- columns -------------------------------------------------------------------------------

    def _columns(self, was: Relation, now: Relation, link: _Link, findings: list[Finding]) -> tuple[Relation, Relation]:
        kept_now = tuple(column for column in now.columns if not self._goes_along(was, column, link))
        kept_was = []
        for column in was.columns:
            other = now.column(column.attnum)
            if other is not None:
                findings += self._kept_column(was, column, other, link)
                kept_was.append(column)
                continue
            given = self._column_above(column, link)
            self._given["column", was.oid, column.attnum] = given or column
            if given is not None:
                findings += _column_again(was, column, given)
            else:
                kept_was.append(column)
                if not column.local and was.partition_bound is None:
                    what = f"column {was.qualified}.{quoted(column.name)}"
                    findings.append(Refusal(what, "it was inherited only, and would come back as the table's own"))
        fresh = [column for column in kept_now if was.column(column.attnum) is None]
        if fresh and not all(_found(column.name, link.up_now) for column in fresh):
            findings += _unfilled(now, fresh, self._after)
        return replace(was, columns=tuple(kept_was)), replace(now, columns=kept_now)

    def _goes_along(self, was: Relation, column: Column, link: _Link) -> bool:
        """Whether an added column goes when the parent's is dropped."""
        if was.column(column.attnum) is not None:
            return False
        self._dropped.add(("column", was.oid, column.attnum))
        above = ((parent, parent_column) for parent, parent_column in _found(column.name, link.up_now))
        return not column.local and any(("column", p.oid, c.attnum) in self._dropped for p, c in above)

    def _column_above(self, column: Column, link: _Link) -> Column | None:
        """Return the column as which a dropped one comes back when a root adds it, or None."""
        if column.local:
            return None
        above = (("column", parent.oid, other.attnum) for parent, other in _found(column.name, link.up_was))
        return next((self._given[key] for key in above if key in self._given), None)

    def _kept_column(self, was: Relation, column: Column, now: Column, link: _Link) -> Iterator[Finding]:
        what = f"column {was.qualified}.{quoted(column.name)}"
        if not column.local and now.local and was.partition_bound is None:
            yield Refusal(what, "it was inherited only, and became the table's own")
        key = ("column", was.oid, column.attnum)
        hard = any(c.type == "n" and c.columns == (now.attnum,) for c in link.now.constraints)
        above = any(("column", p.oid, c.attnum) in self._loosened for p, c in _found(now.name, link.up_now))
        if now.not_null and not hard and (above or (was.kind == "p" and not column.not_null)):
            # DROP NOT NULL on a partitioned table reaches its partitions, whether or not they had it before.
            self._loosened.add(key)
            if column.not_null:
                place = f"ALTER TABLE {was.alone} ALTER COLUMN {quoted(column.name)}"
                yield Action(Phase.NOT_NULL_ON, f"{place} SET NOT NULL")

    # --- constraints, indexes, triggers --------------------------------------------------------

    def _parts(
        self, word: str, was: Relation, now: Relation, link: _Link, findings: list[Finding]
    ) -> tuple[Relation, Relation]:
        kept_now = []
        old = {part.oid: part for part in getattr(was, word)}
        for part in getattr(now, word):
            key = (word, part.oid, 0)
            origin = _origin(part, link.now, link.up_now)
            if origin is not None and (word, origin.oid, 0) in self._dropped:
                self._dropped.add(key)
            elif key[1] in self._rejoined and word == "indexes":
                self._dropped.add(key)
                findings += _drop_joined(now, part)
            else:
                kept_now.append(part)
                if not self._is_made_anew(old.get(part.oid), part):
                    continue
                if origin is not None and part.oid in old and not isinstance(part, Index):
                    findings.append(Refusal(_label(part, was), "it is inherited, and was altered by itself"))
                else:
                    self._dropped.add(key)
        left = {part.oid for part in getattr(now, word)}
        kept_was = []
        for part in getattr(was, word):
            if part.oid in left and (word, part.oid, 0) not in self._dropped:
                findings += _kept_part(was, part, next(p for p in getattr(now, word) if p.oid == part.oid))
                kept_was.append(part)
                continue
            self._again.add((word, part.oid, 0))
            origin = _origin(part, link.was, link.up_was)
            if origin is None or not _comes_with(part, origin):
                kept_was.append(part)
                findings += _join(was, part, origin, link.up_was)
            elif (word, origin.oid, 0) in self._again:
                findings += _part_again(was, part, origin)
            else:
                findings.append(Refusal(_label(part, was), "it is inherited, and is gone while the parent's stayed"))
        own_was: dict[str, Any] = {word: tuple(kept_was)}
        own_now: dict[str, Any] = {word: tuple(kept_now)}
        return replace(was, **own_was), replace(now, **own_now)

    def _is_made_anew(self, was: _Part | None, now: _Part) -> bool:
        match was, now:
            case None, _:
                return True
            case Constraint(), Constraint():
                return not parts.is_same(was, now)
            case Index(), Index():
                return parts.is_adopted(was, now) or ("constraints", now.constraint or 0, 0) in self._dropped
            case Attached(), Attached():
                return (was.body, was.name) != (now.body, now.name)
            case _:
                return False

    def _joined_in_step(self) -> Iterator[int]:
        """Yield indexes of partitioned tables that an index was attached to: there is no way to detach one again."""
        old = {index.oid: index for relation in self._before.values() for index in relation.indexes}
        for oid, now in self._after.items():
            was = self._before.get(oid)
            if was is not None and was.parents == now.parents and was.partition_bound == now.partition_bound:
                for index in now.indexes:
                    before = old.get(index.oid)
                    if index.parent in old and (before is None or before.parent != index.parent):
                        yield index.parent


def _same_nulls(was: Relation, now: Relation, own_was: Relation, own_now: Relation) -> Relation:
    """Return a table whose columns are NOT NULL as before where the constraint that says so is a parent's."""
    left = {constraint.oid for own in (own_was, own_now) for constraint in own.constraints}
    theirs = {c.columns for r in (was, now) for c in r.constraints if c.type == "n" and c.oid not in left}
    old = {column.attnum: column.not_null for column in own_was.columns if (column.attnum,) in theirs}
    kept = (replace(column, not_null=old.get(column.attnum, column.not_null)) for column in own_now.columns)
    return replace(own_now, columns=tuple(kept))


@dataclass(frozen=True, slots=True)
class _Link:
    """The parents of a relation: those that stayed, before and after, and those that the step gave or took."""

    was: Relation
    now: Relation
    up_was: tuple[Relation, ...]
    up_now: tuple[Relation, ...]
    given: tuple[Relation, ...]
    taken: tuple[Relation, ...]
    after: Mapping[int, Relation]
    hidden: bool

    @classmethod
    def of(cls, was: Relation, now: Relation, before: Mapping[int, Relation], after: Mapping[int, Relation]) -> _Link:
        """Compare the parents of a relation."""
        bound = was.partition_bound == now.partition_bound
        same = [oid for oid in now.parents if oid in was.parents and bound]
        given = [oid for oid in now.parents if oid not in same]
        taken = [oid for oid in was.parents if oid not in same]
        return cls(
            was,
            now,
            tuple(before[oid] for oid in same if oid in before),
            tuple(after[oid] for oid in same if oid in after),
            tuple(after[oid] for oid in given if oid in after),
            tuple(before[oid] for oid in taken if oid in before),
            after,
            any(oid not in before or oid not in after for oid in same)
            or any(oid not in after for oid in given)
            or any(oid not in before for oid in taken),
        )

    @property
    def any(self) -> bool:
        """Whether the relation is in a tree at all."""
        return self.was.in_tree or self.now.in_tree

    def findings(self) -> Iterator[Finding]:
        """Yield what takes given parents away and brings taken ones back."""
        what = f"table {self.was.qualified}"
        if self.hidden:
            yield Refusal(what, "a table that it inherits from is not in view")
        if self.was.detach_pending or self.now.detach_pending:
            yield Refusal(what, "its detachment from a partitioned table is pending", "finish it first (FINALIZE)")
        for parent in self.given:
            if self.now.partition_bound is not None:
                yield _detach(parent, self.now, self.after)
            else:
                sql = f"ALTER TABLE {self.now.qualified} NO INHERIT {parent.qualified}"
                yield Action(Phase.PARENTS_OFF, sql)
        if self.taken:
            yield from self._brought_back()

    def _brought_back(self) -> Iterator[Finding]:
        for trigger in self.was.triggers:
            # ATTACH PARTITION makes the clone, in the state of the root's.
            if isinstance(origin := _origin(trigger, self.was, self.taken), Attached):
                clone = replace(trigger, enabled=origin.enabled, comment=None)
                yield from parts.attached_settings(self.was, trigger, clone, "TRIGGER")
        for parent in self.taken:
            if self.was.partition_bound is not None:
                sql = f"ALTER TABLE {parent.qualified} ATTACH PARTITION {self.was.qualified} {self.was.partition_bound}"
            else:
                sql = f"ALTER TABLE {self.was.qualified} INHERIT {parent.qualified}"
            yield Action(Phase.PARENTS_ON, sql)
        order = [parent.oid for parent in (*self.up_was, *self.taken)]
        if order != list(self.was.parents):
            reason = "the tables that it inherits from would come back in another order"
            yield Refusal(f"table {self.was.qualified}", reason)
        if self.was.partition_bound is not None:
            yield from self._attachable()

    def _attachable(self) -> Iterator[Finding]:
        """Yield refusals where ATTACH PARTITION could take another part of the table than the one that was joined."""
        left = {constraint.oid for constraint in self.now.constraints}
        for key in self.was.constraints:
            if key.type == "f" and key.parent and key.oid not in left:
                yield Refusal(_label(key, self.was), "it was part of a partitioned table's foreign key, and is gone")
        keys: tuple[_Part, ...] = tuple(c for c in self.was.constraints if c.type == "f")
        listed: tuple[_Part, ...]
        for listed in (self.was.indexes, keys):
            shapes = [_shape(part) for part in listed]
            for part in listed:
                if part.parent and shapes.count(_shape(part)) > 1:
                    yield Refusal(_label(part, self.was), "another one reads the same, and could be taken for it")

    def stripped(self, was: Relation, now: Relation) -> tuple[Relation, Relation]:
        """Return the relation without what attaching and detaching themselves make and take."""
        clones_was = {trigger.parent for trigger in was.triggers} - {0}
        kept_was = {trigger.oid for parent in self.up_was for trigger in parent.triggers}
        kept_now = {trigger.oid for parent in self.up_now for trigger in parent.triggers}
        if clones_was or any(trigger.parent for trigger in now.triggers):
            was = replace(was, triggers=tuple(t for t in was.triggers if not t.parent or t.parent in kept_was))
            now = replace(now, triggers=tuple(t for t in now.triggers if not t.parent or t.parent in kept_now))
        return was, replace(now, columns=tuple(self._identity(column) for column in now.columns))

    def _identity(self, now: Column) -> Column:
        """Return a column without the change of an identity that a partition has from its root (17 and later)."""
        was = self.was.column(now.attnum)
        if was is None or was.identity == now.identity:
            return now
        above_was = {c.identity for _, c in _found(was.name, (*self.up_was, *self.taken))}
        above_now = {c.identity for _, c in _found(now.name, (*self.up_now, *self.given))}
        partition = self.was.partition_bound is not None or self.now.partition_bound is not None
        follows = above_was <= {was.identity} and above_now <= {now.identity}
        return replace(now, identity=was.identity) if partition and follows else now


# --- where a part comes from -------------------------------------------------------------------


def _without_derived(side: Mapping[int, Relation], oid: int) -> Relation:
    """Return a relation without the foreign keys that the server makes for each partition of the referenced table."""
    relation = side[oid]
    if not any(constraint.parent and constraint.type == "f" for constraint in relation.constraints):
        return relation
    around = (relation, *(side[parent] for parent in relation.parents if parent in side))
    foreign = {constraint.oid: constraint.foreign for table in around for constraint in table.constraints}
    kept = (
        constraint
        for constraint in relation.constraints
        if constraint.type != "f" or foreign.get(constraint.parent, constraint.foreign) == constraint.foreign
    )
    return replace(relation, constraints=tuple(kept))


def _found(name: str, parents: Iterable[Relation]) -> list[tuple[Relation, Column]]:
    """Return the columns of this name in the parents."""
    return [(parent, column) for parent in parents for column in parent.columns if column.name == name]


def _origin(part: _Part, child: Relation, parents: Iterable[Relation]) -> _Part | None:
    """Return the part of a parent that this one goes with, or None when it stands for itself."""
    listed: Iterable[_Part]
    match part:
        case Constraint(type="c" | "n"):
            if part.local or not part.inherited:
                return None
            mark = _mark(part, child)
            return next((c for p in parents for c in p.constraints if _mark(c, p) == mark), None)
        case Constraint():
            listed = (c for p in parents for c in p.constraints)
        case Index():
            listed = (i for p in parents for i in p.indexes)
        case Attached():
            listed = (t for p in parents for t in p.triggers)
    return next((other for other in listed if part.parent and other.oid == part.parent), None)


def _mark(constraint: Constraint, relation: Relation) -> tuple[str, ...]:
    """Return what a constraint is inherited by: a check by its name, NOT NULL by its column."""
    if constraint.type == "n" and constraint.columns:
        column = relation.column(constraint.columns[0])
        return ("n", column.name if column else "")
    return (constraint.type, constraint.name)


def _comes_with(part: _Part, origin: _Part) -> bool:
    """Whether making the parent's makes this one, too, with its name; indexes and keys are made one by one."""
    match part:
        case Index() | Constraint(type="p" | "u" | "x"):
            return False
        case Constraint(type="f" | "n"):
            # Made first, under its own name, it is taken for the parent's.
            return part.name == origin.name
        case _:
            return True


def _shape(part: _Part) -> str:
    """Return what a part reads but for its name and its table."""
    return part.definition.partition(" USING ")[2] if isinstance(part, Index) else part.definition


def _label(part: _Part, relation: Relation) -> str:
    word = {Constraint: "constraint", Index: "index", Attached: "trigger"}[type(part)]
    return f"{word} {quoted(part.name)} of {relation.qualified}"


# --- what is set table by table ----------------------------------------------------------------


def _column_again(relation: Relation, column: Column, origin: Column) -> Iterator[Finding]:
    what = f"column {relation.qualified}.{quoted(column.name)}"
    if column.generated and column.default != origin.default:
        yield Refusal(what, "its generation expression is another one than the parent's")
    elif column.default != origin.default:
        change = "DROP DEFAULT" if column.default is None else f"SET DEFAULT {column.default}"
        yield Action(Phase.DEFAULTS_ON, f"ALTER TABLE {relation.alone} ALTER COLUMN {quoted(column.name)} {change}")
    yield from columns.comes_back(relation, column)


def _part_again(relation: Relation, part: _Part, origin: object) -> Iterator[Finding]:
    match part, origin:
        case Constraint(), Constraint():
            if (part.name, part.definition) != (origin.name, origin.definition):
                yield Refusal(_label(part, relation), "it read otherwise than the one that it is inherited from")
            yield from parts.constraint_comment(relation, part, None)
        case Attached(), Attached():
            bare = replace(part, enabled="O", comment=None)
            yield from parts.attached_settings(relation, part, bare, "TRIGGER")
        case _:
            pass


def _join(relation: Relation, part: _Part, origin: object, parents: Sequence[Relation]) -> Iterator[Finding]:
    """Yield what makes an index a part of the partitioned table's again."""
    if isinstance(part, Index) and isinstance(origin, Index):
        parent = next(parent for parent in parents if origin in parent.indexes)
        above = f"{quoted(parent.schema)}.{quoted(origin.name)}"
        own = f"{quoted(relation.schema)}.{quoted(part.name)}"
        yield Action(Phase.INDEXES_JOINED, f"ALTER INDEX {above} ATTACH PARTITION {own}")


def _drop_joined(relation: Relation, index: Index) -> Iterator[Finding]:
    if index.constraint is not None:
        yield Refusal(_label(index, relation), "an index was attached to it, and it belongs to a constraint")
    drop = f"DROP INDEX {quoted(relation.schema)}.{quoted(index.name)}"
    yield Action(Phase.INDEXES_OFF, drop, drops=("pg_class", index.oid, 0))


def _kept_part(relation: Relation, was: _Part, now: _Part) -> Iterator[Finding]:
    if relation.partition_bound is not None or not isinstance(was, Constraint) or not isinstance(now, Constraint):
        return
    if not was.local and now.local and now.type in {"c", "n"}:
        yield Refusal(_label(was, relation), "it was inherited only, and became the table's own")


def _renames(was: Relation, now: Relation, named: Relation) -> Iterator[Finding]:
    """Yield a refusal where names would cross that come back at different times, some here and some with a parent."""
    here = {c.attnum for c in named.columns}
    pairs = [(c, old) for c in now.columns if (old := was.column(c.attnum)) is not None and old.name != c.name]
    with_parent = {name for c, old in pairs if c.attnum not in here for name in (c.name, old.name)}
    alone = {name for c, old in pairs if c.attnum in here for name in (c.name, old.name)}
    if with_parent & alone:
        yield Refusal(f"table {was.qualified}", "names passed between its own and its inherited columns")


# --- what was hung on a tree since -------------------------------------------------------------


def _childless(relation: Relation, after: Mapping[int, Relation]) -> Action:
    """Return the check that nothing was attached to a table since, which the way back would drop or not reach."""
    known = [other.qualified for other in after.values() if relation.oid in other.parents]
    message = literal(f"tables were made since that belong to {relation.qualified}: ")
    return Action(
        Phase.PARENTS_OFF,
        "DO $planrun$\nDECLARE found text;\nBEGIN\n"
        "  SELECT pg_catalog.string_agg(i.inhrelid::pg_catalog.regclass::text, ', ') INTO found"
        " FROM pg_catalog.pg_inherits i\n"
        f"  WHERE i.inhparent = pg_catalog.to_regclass({literal(relation.qualified)})"
        f" AND i.inhrelid <> ALL ({_oids(known)});\n"
        "  IF found IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = 'PR410', MESSAGE = "
        f"pg_catalog.concat({message}, found); END IF;\nEND $planrun$",
    )


def _unfilled(relation: Relation, fresh: Iterable[Column], after: Mapping[int, Relation]) -> Iterator[Action]:
    """Yield the check that tables which were attached since hold nothing in columns that the way back drops."""
    below = _below(relation, after)
    if not relation.in_tree:
        return
    for column in fresh:
        values = [c.missing for table in below for c in table.columns if c.name == column.name]
        given = next((value for value in (column.missing, *values) if value is not None), None)
        message = literal(f"a table was made since that holds values of the added column {column.name}: ")
        yield Action(
            Phase.PARENTS_OFF,
            "DO $planrun$\nDECLARE other text; filled boolean;\nBEGIN\n  FOR other IN WITH RECURSIVE tree(oid) AS (\n"
            f"    SELECT pg_catalog.to_regclass({literal(relation.qualified)})::pg_catalog.oid UNION SELECT i.inhrelid"
            " FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.oid)\n"
            "    SELECT tree.oid::pg_catalog.regclass::text FROM tree"
            f" WHERE tree.oid <> ALL ({_oids([relation.qualified, *(table.qualified for table in below)])})\n"
            "  LOOP\n    EXECUTE pg_catalog.format('SELECT EXISTS (SELECT FROM ONLY %s t WHERE t.%I::text IS DISTINCT"
            f" FROM %L)', other, {literal(column.name)}, {literal(given)}) INTO filled;\n"
            "    IF filled THEN RAISE EXCEPTION USING ERRCODE = 'PR410', MESSAGE = "
            f"pg_catalog.concat({message}, other); END IF;\n  END LOOP;\nEND $planrun$",
        )


def _below(relation: Relation, side: Mapping[int, Relation]) -> list[Relation]:
    found = [relation.oid]
    for oid in found:
        found += [other.oid for other in side.values() if oid in other.parents and other.oid not in found]
    return [side[oid] for oid in found[1:]]


def _oids(names: Iterable[str]) -> str:
    listed = ", ".join(f"pg_catalog.to_regclass({literal(name)})::pg_catalog.oid" for name in names)
    return f"ARRAY[{listed}]::pg_catalog.oid[]"
