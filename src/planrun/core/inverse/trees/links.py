"""The parents of a table: what takes those away again that a step gave, and brings back those that it took."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.inverse import parts
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal
from planrun.core.inverse.trees import inherited
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planrun.core.catalog import Column, Relation


@frozen
class Link:
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
    def of(cls, was: Relation, now: Relation, before: Mapping[int, Relation], after: Mapping[int, Relation]) -> Link:
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

    def unaltered(self) -> str:
        """Return why a type that was changed cannot be changed back here; empty when it can."""
        if self.given or self.taken:
            return "a type was changed in a step that attached or detached it"
        if self.any and self.was.kind != "p" and self.was.partition_bound is None:
            return "a type was changed in an inheritance tree"
        return ""

    def findings(self, triggers: inherited.Triggers) -> Iterator[Finding]:
        """Yield what takes given parents away and brings taken ones back, given the triggers of all relations."""
        what = f"table {self.was.qualified}"
        if self.hidden:
            yield Refusal(what, "a table that it inherits from is not in view")
        if self.was.detach_pending or self.now.detach_pending:
            yield Refusal(what, "its detachment from a partitioned table is pending", "finish it first (FINALIZE)")
        for parent in self.given:
            if self.now.partition_bound is not None:
                yield detach(parent, self.now, self.after)
            else:
                sql = f"ALTER TABLE {self.now.qualified} NO INHERIT {parent.qualified}"
                yield Action(Phase.PARENTS_OFF, sql)
        if self.taken:
            yield from self._brought_back(triggers)

    def _brought_back(self, triggers: inherited.Triggers) -> Iterator[Finding]:
        for trigger in self.was.triggers:
            # ATTACH PARTITION makes the clone, or later the trigger of the root.
            if inherited.origin(trigger, self.was, self.taken) is not None:
                clone = replace(trigger, enabled=triggers.cloned_state(trigger), comment=None)
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
                yield Refusal(
                    inherited.label(key, self.was), "it was part of a partitioned table's foreign key, and is gone"
                )
        yield from self._indexable()
        keys: tuple[inherited.Part, ...] = tuple(c for c in self.was.constraints if c.type == "f")
        listed: tuple[inherited.Part, ...]
        for listed in (self.was.indexes, keys):
            shapes = [inherited.shape(part) for part in listed]
            for part in listed:
                if part.parent and shapes.count(inherited.shape(part)) > 1:
                    yield Refusal(
                        inherited.label(part, self.was), "another one reads the same, and could be taken for it"
                    )

    def _indexable(self) -> Iterator[Finding]:
        """Yield refusals where ATTACH PARTITION would make an index of its own for the table."""
        joined = {index.parent for index in self.was.indexes}
        for parent in self.taken:
            for index in parent.indexes:
                if index.oid not in joined:
                    reason = f"{self.was.qualified} had none like it, and would get one with its place"
                    yield Refusal(inherited.label(index, parent), reason)
        for index in self.was.indexes:
            if index.parent and inherited.excluding(index, self.was):
                yield inherited.not_joined(index, self.was)

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
        above_was = {c.identity for _, c in inherited.columns_named(was.name, (*self.up_was, *self.taken))}
        above_now = {c.identity for _, c in inherited.columns_named(now.name, (*self.up_now, *self.given))}
        partition = self.was.partition_bound is not None or self.now.partition_bound is not None
        follows = above_was <= {was.identity} and above_now <= {now.identity}
        return replace(now, identity=was.identity) if partition and follows else now


def detach(parent: Relation, child: Relation, after: Mapping[int, Relation]) -> Action:
    """Return the statement that takes a partition out, and the derived foreign keys that go with it."""
    sql = f"ALTER TABLE {parent.qualified} DETACH PARTITION {child.qualified}"
    gone = tuple(("pg_constraint", oid, 0) for oid in inherited.derived_keys(child, after))
    return Action(Phase.PARENTS_OFF, sql, gone[0] if gone else None, gone[1:])
