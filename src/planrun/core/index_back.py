"""The way back of an index that was made or dropped outside of a transaction: without a lock that anybody feels.

What is sent outside of a transaction may be interrupted and sent again, so each statement comes with the condition
under which it is still called for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.catalog import Catalog, Index, Relation, quoted
from planrun.core.ending import REFUSED, raised
from planrun.core.inverse.actions import Phase
from planrun.core.inverse.derive import derive
from planrun.core.outside import Sent
from planrun.core.quoting import do, literal
from planrun.core.remade import standing_for
from planrun.core.undo import Changed, Undo

if TYPE_CHECKING:
    from planrun.core.inverse.actions import Refusal

_CURE = "give the index its name back, or drop what has the name, and roll back again"


def of_created(relation: Relation, index: Index) -> Undo:
    """Return the way back of an index that was made: it is dropped, unless its name means another one by now."""
    name = _name(relation, index)
    ours = f"(pg_catalog.to_regclass({literal(name)})::pg_catalog.oid = {index.oid} OR {_is_like(relation, index)})"
    elsewhere = (
        f"EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = {index.oid} AND relkind = 'i')"
        f" AND pg_catalog.to_regclass({literal(name)})::pg_catalog.oid IS DISTINCT FROM {index.oid}"
    )
    taken = f"pg_catalog.to_regclass({literal(name)}) IS NOT NULL AND {ours} IS NOT TRUE"
    return Undo(
        before_data=(_refuse(f"{elsewhere} OR {taken}", f"{name} is not the index that the run made"),),
        objects=_changed(relation, index),
        outside=(Sent(f"DROP INDEX CONCURRENTLY {name}", ours, name),),
    )


def of_dropped(catalog: Catalog, relation: Relation, index: Index) -> tuple[Undo, tuple[Refusal, ...]]:
    """Return the way back of an index that is dropped, and what stands in its way.

    Args:
        catalog: an empty one.
        relation: the table before it.
        index: the index.
    """
    rest = replace(relation, indexes=tuple(other for other in relation.indexes if other.oid != index.oid))
    before, after = (replace(catalog, relations={item.oid: item}) for item in (relation, rest))
    inverse = derive(before, after)
    name = _name(relation, index)
    like = _is_like(relation, index)
    there = f"pg_catalog.to_regclass({literal(name)}) IS NOT NULL"
    half = f"EXISTS (SELECT FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass({literal(name)}) AND NOT"
    undo = Undo(
        before_data=(_refuse(f"{there} AND NOT {like}", f"{name} is the name of something else by now"),),
        after_data=(
            _refuse(f"NOT {like} OR {half} indisvalid)", f"{name} did not come back", hint=""),
            *(action.sql for action in inverse.actions if action.sql != index.definition),
        ),
        objects=_changed(relation, index),
        caveats=tuple(caveat.text for caveat in inverse.caveats),
        outside=(
            Sent(f"DROP INDEX CONCURRENTLY {name}", f"{half} indisvalid) AND {like}"),
            Sent(concurrently(index.definition), f"NOT ({there})", name),
        ),
    )
    if any(action.phase < Phase.DATA for action in inverse.actions):
        raise AssertionError("an index that comes back takes nothing away")
    return undo, inverse.refusals


def concurrently(definition: str) -> str:
    """Return the server's own definition of an index as a statement that keeps nobody from writing."""
    head, found, rest = definition.partition("INDEX ")
    return f"{head}{found}CONCURRENTLY {rest}"


def _name(relation: Relation, index: Index) -> str:
    return f"{quoted(relation.schema)}.{quoted(index.name)}"


def _is_like(relation: Relation, index: Index) -> str:
    """The condition that the name means an index of the table with this definition, read under fixed settings.

    Where the way back of a later step had to make the table again, it is the one of now.
    """
    return (
        "EXISTS (SELECT FROM pg_catalog.pg_index"
        f" WHERE indexrelid = pg_catalog.to_regclass({literal(_name(relation, index))})"
        f" AND indrelid IN ({standing_for(relation.oid)})"
        f" AND pg_catalog.pg_get_indexdef(indexrelid) = {literal(index.definition)})"
    )


def _changed(relation: Relation, index: Index) -> tuple[Changed, ...]:
    return (Changed("pg_class", index.oid, f"index {_name(relation, index)}", (index.name,)),)


def _refuse(condition: str, message: str, hint: str = _CURE) -> str:
    return do(f"BEGIN\n  IF {condition} THEN {raised(REFUSED, literal(message), hint)} END IF;\nEND")
