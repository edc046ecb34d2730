"""What hangs on a table: constraints, indexes, triggers, rules, policies and extended statistics.

Each part is known by its OID. One that only the table after the step has is dropped; one that only the table
before had is made again from the server's own definition; one that reads otherwise now is dropped and made again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from planrun.core.catalog import Attached, Constraint, Index, Policy, Relation, Statistics, quoted
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal
from planrun.core.inverse.columns import added, options
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

_Part = TypeVar("_Part", Constraint, Index, Attached, Policy, Statistics)
_ENABLE = {"O": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}
_CATALOGS = {"TRIGGER": "pg_trigger", "RULE": "pg_rewrite"}
_COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "*": "ALL"}


def undo(before: Relation, after: Relation) -> Iterator[Finding]:
    """Yield what takes the parts of `after` back to those of `before`."""
    yield from _constraints(before, after)
    yield from _indexes(before, after)
    yield from _attached(before, after, before.triggers, after.triggers, "TRIGGER")
    yield from _attached(before, after, before.rules, after.rules, "RULE")
    yield from _policies(before, after)
    yield from _statistics(before, after)
    if before.internal_triggers != after.internal_triggers:
        yield Refusal(f"table {before.qualified}", "the triggers of its foreign keys were switched on or off")


def _changes(
    before: tuple[_Part, ...], after: tuple[_Part, ...]
) -> tuple[list[_Part], list[tuple[_Part, _Part]], list[_Part]]:
    """Return what only `before` has, the pairs that differ, and what only `after` has."""
    was = {part.oid: part for part in before}
    now = {part.oid: part for part in after}
    return (
        [part for oid, part in was.items() if oid not in now],
        [(part, now[oid]) for oid, part in was.items() if oid in now and now[oid] != part],
        [part for oid, part in now.items() if oid not in was],
    )


# --- constraints -------------------------------------------------------------------------------


def _constraints(before: Relation, after: Relation) -> Iterator[Finding]:
    gone, changed, new = _changes(before.constraints, after.constraints)
    fresh = {column.attnum for column in added(before, after)}
    for constraint in new:
        # A constraint on added columns alone goes with them; dropping NOT NULL of an identity column is refused.
        if constraint.type == "f" or not set(constraint.columns or (0,)) <= fresh:
            yield _drop_constraint(after, constraint)
    for constraint in gone:
        yield from _add_constraint(before, constraint)
    for constraint, now in changed:
        yield from _alter_constraint(before, after, constraint, now)


def _drop_constraint(relation: Relation, constraint: Constraint) -> Action:
    phase = {"f": Phase.FOREIGN_KEYS_OFF, "n": Phase.NOT_NULL_OFF}.get(constraint.type, Phase.CONSTRAINTS_OFF)
    drop = f"ALTER TABLE {relation.qualified} DROP CONSTRAINT {quoted(constraint.name)}"
    return Action(phase, drop, drops=("pg_constraint", constraint.oid, 0))


def _add_constraint(relation: Relation, constraint: Constraint) -> Iterator[Finding]:
    index = next((index for index in relation.indexes if index.oid == constraint.index), None)
    # Of a partitioned table's key the partitions have their own, which is joined to it afterwards.
    table = relation.alone if index is not None and relation.kind == "p" else relation.qualified
    add = f"ALTER TABLE {table} ADD CONSTRAINT {quoted(constraint.name)}"
    if index is not None and constraint.type in {"p", "u"} and not constraint.period and relation.kind != "p":
        # Built from the index definition: pg_get_constraintdef leaves out storage parameters.
        kind = "PRIMARY KEY" if constraint.type == "p" else "UNIQUE"
        yield from _create_index(relation, index, Phase.INDEXES_ON)
        using = f"{add} {kind} USING INDEX {quoted(index.name)}{_deferral(constraint)}"
        yield Action(Phase.CONSTRAINTS_ON, using)
        yield from _marks(relation, index)
    else:
        phase = {"f": Phase.FOREIGN_KEYS_ON, "n": Phase.NOT_NULL_ON}.get(constraint.type, Phase.CONSTRAINTS_ON)
        given = index.options if index is not None and relation.kind == "p" else None
        yield Action(phase, f"{add} {_with_options(constraint, given)}")
        if index is not None:
            # The definition of these leaves out how the index is stored.
            yield from _index_storage(relation, index, replace(index, options=given, tablespace=0), phase)
            yield from _marks(relation, index)
    yield from constraint_comment(relation, constraint, None)


def _with_options(constraint: Constraint, given: tuple[str, ...] | None) -> str:
    """Return the definition of a constraint with the storage parameters of its index, which cannot be set later."""
    if not given or constraint.type not in {"p", "u"}:
        # Of an exclusion constraint it has them.
        return constraint.definition
    deferral = _deferral(constraint)
    key = constraint.definition.removesuffix(deferral)
    split = (option.partition("=") for option in given)
    return f"{key} WITH ({', '.join(f'{name} = {literal(value)}' for name, _, value in split)}){deferral}"


def _deferral(constraint: Constraint) -> str:
    if not constraint.deferrable:
        return ""
    return " DEFERRABLE INITIALLY DEFERRED" if constraint.deferred else " DEFERRABLE"


def is_same(constraint: Constraint, now: Constraint) -> bool:
    """Whether nothing but the name or the comment of a constraint changed."""
    return replace(now, name=constraint.name, comment=constraint.comment) == constraint


def is_switched(constraint: Constraint, now: Constraint) -> bool:
    """Whether a NOT NULL constraint was altered to be inherited, or not to be; it is altered again, not made anew."""
    return constraint.type == "n" and constraint.validated and constraint.no_inherit != now.no_inherit


def taken_from_heirs(before: Relation, after: Relation) -> frozenset[str]:
    """Return the columns whose NOT NULL the way back alters not to be inherited: what inherits keeps it as its own."""
    now = {constraint.oid: constraint for constraint in after.constraints}
    parts = (part for part in before.constraints if part.no_inherit and part.oid in now)
    numbers = {part.columns for part in parts if is_switched(part, now[part.oid])}
    return frozenset(column.name for column in before.columns if (column.attnum,) in numbers)


def _alter_constraint(before: Relation, after: Relation, constraint: Constraint, now: Constraint) -> Iterator[Finding]:
    if is_same(constraint, now):
        yield from constraint_comment(before, constraint, now.comment)
    elif is_switched(constraint, now):
        if constraint.no_inherit:
            # Tables that inherit keep what they got with it, and drop it then.
            alter = f"ALTER TABLE {after.qualified} ALTER CONSTRAINT {quoted(now.name)} NO INHERIT"
            yield Action(Phase.CONSTRAINTS_OFF, alter)
        else:
            alter = f"ALTER TABLE {before.qualified} ALTER CONSTRAINT {quoted(constraint.name)} INHERIT"
            yield Action(Phase.NOT_NULL_ON, alter)
        yield from constraint_comment(before, constraint, now.comment)
    elif constraint.index is not None:
        yield Refusal(f"constraint {quoted(constraint.name)} of {before.qualified}", "it was altered")
    else:
        yield _drop_constraint(after, now)
        yield from _add_constraint(before, constraint)


def constraint_comment(relation: Relation, constraint: Constraint, now: str | None) -> Iterator[Finding]:
    """Yield what brings the comment on a constraint back."""
    if constraint.comment != now:
        target = f"CONSTRAINT {quoted(constraint.name)} ON {relation.qualified}"
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON {target} IS {literal(constraint.comment)}")


# --- indexes -----------------------------------------------------------------------------------


def _indexes(before: Relation, after: Relation) -> Iterator[Finding]:
    gone, changed, new = _changes(before.indexes, after.indexes)
    for index in new:
        if index.constraint is None:
            drop = f"DROP INDEX {quoted(after.schema)}.{quoted(index.name)}"
            yield Action(Phase.INDEXES_OFF, drop, drops=("pg_class", index.oid, 0))
    for index, _ in (pair for pair in changed if is_adopted(*pair)):
        gone.append(index)
    for index in gone:
        # The index of a constraint comes back with the constraint.
        if index.constraint is None:
            yield from _create_index(before, index, Phase.INDEXES_ON)
            yield from _marks(before, index)
    for index, now in changed:
        if not is_adopted(index, now):
            yield from _alter_index(before, index, now)


def is_adopted(index: Index, now: Index) -> bool:
    """Whether a constraint took the index over (USING INDEX), and takes it along when it is dropped."""
    return index.constraint is None and now.constraint is not None


def _create_index(relation: Relation, index: Index, phase: Phase) -> Iterator[Finding]:
    # That of a partitioned table is valid once every partition has joined its own to it.
    if not index.valid and relation.kind != "p":
        yield Refusal(
            f"index {quoted(index.name)} of {relation.qualified}",
            "it was invalid before it was dropped, and would come back valid",
            "drop it before the run",
        )
    yield Action(phase, index.definition)
    yield from _index_storage(relation, index, replace(index, tablespace=0), phase)


def _index_storage(relation: Relation, index: Index, now: Index, phase: Phase) -> Iterator[Finding]:
    place = f"ALTER INDEX {quoted(relation.schema)}.{quoted(index.name)}"
    yield from (replace(found, phase=phase) for found in options(place, index.options, now.options))
    if index.tablespace != now.tablespace:
        yield Action(phase, f"{place} SET TABLESPACE {quoted(index.tablespace_name)}")


def _marks(relation: Relation, index: Index) -> Iterator[Finding]:
    table = f"ALTER TABLE {relation.qualified}"
    full = f"{quoted(relation.schema)}.{quoted(index.name)}"
    if index.clustered:
        yield Action(Phase.SETTINGS_ON, f"{table} CLUSTER ON {quoted(index.name)}")
    if index.replica_identity:
        yield Action(Phase.SETTINGS_ON, f"{table} REPLICA IDENTITY USING INDEX {quoted(index.name)}")
    yield from _index_statistics(full, index, None)
    if index.comment is not None:
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON INDEX {full} IS {literal(index.comment)}")


def _index_statistics(full: str, index: Index, now: Index | None) -> Iterator[Action]:
    was, is_ = dict(index.statistics or ()), dict((now.statistics if now else None) or ())
    for position in sorted(was.keys() | is_.keys()):
        if was.get(position) != is_.get(position):
            target = was.get(position, -1)
            yield Action(Phase.SETTINGS_ON, f"ALTER INDEX {full} ALTER COLUMN {position} SET STATISTICS {target}")


def _alter_index(before: Relation, index: Index, now: Index) -> Iterator[Finding]:
    full = f"{quoted(before.schema)}.{quoted(index.name)}"
    kept = replace(
        now,
        name=index.name,
        clustered=index.clustered,
        replica_identity=index.replica_identity,
        comment=index.comment,
        options=index.options,
        tablespace=index.tablespace,
        statistics=index.statistics,
    )
    if index.constraint != now.constraint:
        yield Refusal(f"index {full}", "it became, or ceased to be, the index of a constraint")
    elif index.valid != now.valid:
        yield Refusal(f"index {full}", "it was invalid, and was made valid", "make it valid before the run")
    elif kept != index:
        yield Refusal(f"index {full}", "what it is was changed")
    yield from _index_storage(before, index, now, Phase.SETTINGS_ON)
    yield from _index_statistics(full, index, now)
    if index.clustered and not now.clustered:
        yield Action(Phase.SETTINGS_ON, f"ALTER TABLE {before.qualified} CLUSTER ON {quoted(index.name)}")
    elif now.clustered and not any(other.clustered for other in before.indexes):
        yield Action(Phase.SETTINGS_ON, f"ALTER TABLE {before.qualified} SET WITHOUT CLUSTER")
    if index.comment != now.comment:
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON INDEX {full} IS {literal(index.comment)}")


# --- triggers and rules ------------------------------------------------------------------------


def _attached(
    relation: Relation, after: Relation, before: tuple[Attached, ...], now: tuple[Attached, ...], word: str
) -> Iterator[Finding]:
    gone, changed, new = _changes(before, now)
    replaced = [(part, other) for part, other in changed if (part.body, part.name) != (other.body, other.name)]
    for part in [*new, *(other for _, other in replaced)]:
        drop = f"DROP {word} {quoted(part.name)} ON {after.qualified}"
        yield Action(Phase.RULES_OFF, drop, drops=(_CATALOGS[word], part.oid, 0))
    for part in [*gone, *(part for part, _ in replaced)]:
        yield from _attach(relation, part, word)
    for part, other in changed:
        if (part, other) not in replaced:
            yield from attached_settings(relation, part, other, word)


def _attach(relation: Relation, part: Attached, word: str) -> Iterator[Finding]:
    yield Action(Phase.RULES_ON, part.definition.removesuffix(";"))
    bare = Attached(oid=part.oid, name=part.name, definition=part.definition, body=part.body)
    yield from attached_settings(relation, part, bare, word)


def attached_settings(relation: Relation, part: Attached, now: Attached, word: str) -> Iterator[Finding]:
    """Yield what brings the state of a trigger or rule back, and the comment on it."""
    if part.enabled != now.enabled:
        state = f"{_ENABLE[part.enabled]} {word} {quoted(part.name)}"
        yield Action(Phase.SETTINGS_ON, f"ALTER TABLE {relation.alone} {state}")
    if part.comment != now.comment:
        target = f"{word} {quoted(part.name)} ON {relation.qualified}"
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON {target} IS {literal(part.comment)}")


# --- policies ----------------------------------------------------------------------------------


def _policies(before: Relation, after: Relation) -> Iterator[Finding]:
    gone, changed, new = _changes(before.policies, after.policies)
    for policy in [*new, *(now for _, now in changed)]:
        drop = f"DROP POLICY {quoted(policy.name)} ON {after.qualified}"
        yield Action(Phase.RULES_OFF, drop, drops=("pg_policy", policy.oid, 0))
    for policy in [*gone, *(was for was, _ in changed)]:
        yield Action(Phase.RULES_ON, _create_policy(before, policy))
        if policy.comment is not None:
            target = f"POLICY {quoted(policy.name)} ON {before.qualified}"
            yield Action(Phase.COMMENTS_ON, f"COMMENT ON {target} IS {literal(policy.comment)}")


def _create_policy(relation: Relation, policy: Policy) -> str:
    roles = ", ".join(quoted(role) if role else "PUBLIC" for role in policy.roles)
    parts = [
        f"CREATE POLICY {quoted(policy.name)} ON {relation.qualified}",
        f"AS {'PERMISSIVE' if policy.permissive else 'RESTRICTIVE'} FOR {_COMMANDS[policy.command]} TO {roles}",
    ]
    if policy.using is not None:
        parts.append(f"USING ({policy.using})")
    if policy.check is not None:
        parts.append(f"WITH CHECK ({policy.check})")
    return " ".join(parts)


# --- extended statistics -----------------------------------------------------------------------


def _statistics(before: Relation, after: Relation) -> Iterator[Finding]:
    gone, changed, new = _changes(before.statistics, after.statistics)
    for item in [*new, *(now for _, now in changed)]:
        drop = f"DROP STATISTICS {quoted(item.schema)}.{quoted(item.name)}"
        yield Action(Phase.INDEXES_OFF, drop, drops=("pg_statistic_ext", item.oid, 0))
    for item in [*gone, *(was for was, _ in changed)]:
        full = f"{quoted(item.schema)}.{quoted(item.name)}"
        yield Action(Phase.INDEXES_ON, item.definition)
        yield Action(Phase.INDEXES_ON, f"ALTER STATISTICS {full} OWNER TO {quoted(item.owner)}")
        if item.target is not None:
            yield Action(Phase.SETTINGS_ON, f"ALTER STATISTICS {full} SET STATISTICS {item.target}")
        if item.comment is not None:
            yield Action(Phase.COMMENTS_ON, f"COMMENT ON STATISTICS {full} IS {literal(item.comment)}")
