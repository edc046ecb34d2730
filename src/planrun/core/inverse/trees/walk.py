"""Goes through a tree from its roots, and leaves with each table what it answers for by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planrun.core.catalog import Attached, Column, Constraint, Index, Relation, quoted
from planrun.core.inverse import columns, parts
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal
from planrun.core.inverse.trees import again, guards, inherited
from planrun.core.inverse.trees.links import Link
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_Key = tuple[str, int, int]
"""The word for a part, its OID or that of its table, and of a column its attnum (else 0)."""


@frozen
class Member:
    """A relation that stayed, without what goes and comes back with its parents; `named` has no names of theirs."""

    was: Relation
    now: Relation
    named: Relation
    findings: tuple[Finding, ...]


class Walk:
    """Goes through a tree from its roots, and remembers which parts the way back drops and makes again.

    Attributes:
        triggers: those of all relations.
    """

    def __init__(self, before: Mapping[int, Relation], after: Mapping[int, Relation]) -> None:
        self._before = before
        self._after = after
        self.triggers = inherited.Triggers.of(before, after)
        self._dropped: set[_Key] = set()
        self._again: set[_Key] = set()
        self._given: dict[_Key, Column] = {}
        self._loosened: set[_Key] = set()
        self._rejoined = frozenset(self._joined_in_step())

    def depth(self, oid: int, seen: frozenset[int] = frozenset()) -> int:
        """Return how far a relation is from the roots, in either catalog."""
        above = {parent for side in (self._before, self._after) if oid in side for parent in side[oid].parents} - seen
        return 1 + max((self.depth(parent, seen | {oid}) for parent in above), default=-1)

    def member(self, oid: int) -> Member:
        """Take a relation apart; its parents have been."""
        was, now = inherited.without_derived(self._before, oid), inherited.without_derived(self._after, oid)
        link = Link.of(was, now, self._before, self._after)
        findings: list[Finding] = [*link.findings(self.triggers)]
        own_was, own_now = link.stripped(was, now)
        own_was, own_now = self._columns(own_was, own_now, link, findings)
        for word in ("constraints", "indexes", "triggers"):
            own_was, own_now = self._parts(word, own_was, own_now, link, findings)
        own_now = _same_nulls(was, now, own_was, own_now)
        findings += guards.unconverted(was, now, self._after)
        if columns.retyped(was, now) and (reason := link.unaltered()):
            findings.append(Refusal(f"table {was.qualified}", reason))
        if loose := parts.taken_from_heirs(was, now):
            findings += self._own_since(now, loose)
        if self._makes_indexes(own_was, own_now):
            findings.append(guards.childless(now, self._after))
        named = replace(
            own_now,
            columns=tuple(
                column for column in own_now.columns if not inherited.columns_named(column.name, link.up_now)
            ),
            constraints=tuple(
                part
                for part in own_now.constraints
                if inherited.origin(part, link.now, link.up_now) is None and not self._named_along(part, link)
            ),
        )
        findings += _renames(was, now, named)
        return Member(own_was, own_now, named, tuple(findings))

    def _named_along(self, part: Constraint, link: Link) -> bool:
        """Whether a check or NOT NULL of the table's own is a parent's, too, that stays: it is renamed with that."""
        theirs = inherited.named_by(part, link.now, link.up_now) if part.type in {"c", "n"} else None
        old = (self._before[parent.oid] for parent in link.up_now if parent.oid in self._before)
        return theirs is not None and any(constraint.oid == theirs.oid for was in old for constraint in was.constraints)

    def _makes_indexes(self, was: Relation, now: Relation) -> bool:
        """Whether indexes of a partitioned table are made again: of partitions made since, none would be joined."""
        kept = {index.oid for index in now.indexes}
        return was.kind == "p" and any(index.oid not in kept for index in was.indexes)

    def _own_since(self, now: Relation, loose: frozenset[str]) -> Iterator[Finding]:
        """Yield what keeps NOT NULL of these columns, when it is no longer inherited, from becoming others' own."""
        yield guards.childless(now, self._after)
        reason = "it is inherited from several tables, one of which altered its own, and would become the table's own"
        for child in (other for other in self._before.values() if now.oid in other.parents):
            hard = {column.attnum for column in child.columns if column.name in loose}
            for part in child.constraints:
                if part.type == "n" and not part.local and hard.issuperset(part.columns or ()):
                    yield Refusal(inherited.label(part, child), reason)

    # --- columns -------------------------------------------------------------------------------

    def _columns(self, was: Relation, now: Relation, link: Link, findings: list[Finding]) -> tuple[Relation, Relation]:
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
                findings += again.column_again(was, column, given)
            else:
                kept_was.append(column)
                if not column.local and was.partition_bound is None:
                    what = f"column {was.qualified}.{quoted(column.name)}"
                    findings.append(Refusal(what, "it was inherited only, and would come back as the table's own"))
        fresh = [column for column in kept_now if was.column(column.attnum) is None]
        if fresh and not all(inherited.columns_named(column.name, link.up_now) for column in fresh):
            findings += guards.unfilled(now, fresh, self._after)
        return replace(was, columns=tuple(kept_was)), replace(now, columns=kept_now)

    def _goes_along(self, was: Relation, column: Column, link: Link) -> bool:
        """Whether an added column goes when the parent's is dropped."""
        if was.column(column.attnum) is not None:
            return False
        self._dropped.add(("column", was.oid, column.attnum))
        above = ((parent, parent_column) for parent, parent_column in inherited.columns_named(column.name, link.up_now))
        return not column.local and any(("column", p.oid, c.attnum) in self._dropped for p, c in above)

    def _column_above(self, column: Column, link: Link) -> Column | None:
        """Return the column as which a dropped one comes back when a root adds it, or None."""
        if column.local:
            return None
        above = (
            ("column", parent.oid, other.attnum) for parent, other in inherited.columns_named(column.name, link.up_was)
        )
        return next((self._given[key] for key in above if key in self._given), None)

    def _kept_column(self, was: Relation, column: Column, now: Column, link: Link) -> Iterator[Finding]:
        what = f"column {was.qualified}.{quoted(column.name)}"
        # Where no parent stays that has it, it is the table's own between the new parents and the old.
        own = now.local or not inherited.columns_named(now.name, link.up_now)
        if own and not column.local and was.partition_bound is None:
            yield Refusal(what, "it was inherited only, and became the table's own")
        key = ("column", was.oid, column.attnum)
        hard = any(c.type == "n" and c.columns == (now.attnum,) for c in link.now.constraints)
        above = any(
            ("column", p.oid, c.attnum) in self._loosened for p, c in inherited.columns_named(now.name, link.up_now)
        )
        if now.not_null and not hard and (above or (was.kind == "p" and not column.not_null)):
            # DROP NOT NULL on a partitioned table reaches its partitions, whether or not they had it before.
            self._loosened.add(key)
            if column.not_null:
                place = f"ALTER TABLE {was.alone} ALTER COLUMN {quoted(column.name)}"
                yield Action(Phase.NOT_NULL_ON, f"{place} SET NOT NULL")

    # --- constraints, indexes, triggers --------------------------------------------------------

    def _parts(
        self, word: str, was: Relation, now: Relation, link: Link, findings: list[Finding]
    ) -> tuple[Relation, Relation]:
        kept_now = []
        old = {part.oid: part for part in getattr(was, word)}
        for part in getattr(now, word):
            key = (word, part.oid, 0)
            origin = inherited.origin(part, link.now, link.up_now)
            if origin is not None and (word, origin.oid, 0) in self._dropped:
                self._dropped.add(key)
                findings += again.drop_with(now, part, origin)
            elif key[1] in self._rejoined and word == "indexes":
                self._dropped.add(key)
                findings += again.drop_joined(now, part)
            else:
                kept_now.append(part)
                if not self._is_made_anew(old.get(part.oid), part):
                    continue
                if origin is not None and part.oid in old and not isinstance(part, Index):
                    findings.append(Refusal(inherited.label(part, was), "it is inherited, and was altered by itself"))
                else:
                    self._dropped.add(key)
        left = {part.oid for part in getattr(now, word)}
        kept_was = []
        for part in getattr(was, word):
            if part.oid in left and (word, part.oid, 0) not in self._dropped:
                findings += again.kept_part(was, part, next(p for p in getattr(now, word) if p.oid == part.oid), link)
                kept_was.append(part)
                continue
            self._again.add((word, part.oid, 0))
            origin = inherited.origin(part, link.was, link.up_was)
            if origin is None or not inherited.comes_with(part, origin):
                kept_was.append(part)
                findings += again.join(was, part, origin, link.up_was)
            elif (word, origin.oid, 0) in self._again:
                findings += again.part_again(was, part, origin)
            else:
                findings.append(
                    Refusal(inherited.label(part, was), "it is inherited, and is gone while the parent's stayed")
                )
        own_was: dict[str, Any] = {word: tuple(kept_was)}
        own_now: dict[str, Any] = {word: tuple(kept_now)}
        return replace(was, **own_was), replace(now, **own_now)

    def _is_made_anew(self, was: inherited.Part | None, now: inherited.Part) -> bool:
        match was, now:
            case None, _:
                return True
            case Constraint(), Constraint():
                return not parts.is_same(was, now) and not parts.is_switched(was, now)
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


def _renames(was: Relation, now: Relation, named: Relation) -> Iterator[Finding]:
    """Yield a refusal where names would cross that come back at different times, some here and some with a parent."""
    here = {c.attnum for c in named.columns}
    pairs = [(c, old) for c in now.columns if (old := was.column(c.attnum)) is not None and old.name != c.name]
    with_parent = {name for c, old in pairs if c.attnum not in here for name in (c.name, old.name)}
    alone = {name for c, old in pairs if c.attnum in here for name in (c.name, old.name)}
    if with_parent & alone:
        yield Refusal(f"table {was.qualified}", "names passed between its own and its inherited columns")
