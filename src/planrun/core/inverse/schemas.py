"""Schemas that a step created, dropped or altered.

A renamed schema gets its name back first of all, so that everything in it is found where it was. What the step left is
therefore looked at as it will be called then: `as_called_then`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from planrun.core.catalog import quoted
from planrun.core.inverse import belongings
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.catalog import Catalog, Function, Member, Relation, Schema, Statistics, Type

    _Placed = TypeVar("_Placed", Relation, Function, Type, Statistics)


_OTHER = "renamed, or made anew under the name of another"
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def undo(before: Catalog, after: Catalog) -> Iterator[Finding]:
    """Yield what takes the schemas of `after` back to those of `before`."""
    for oid, schema in after.schemas.items():
        if oid not in before.schemas and not _is_temporary(schema):
            name = replace(schema, name=_names(before, after).get(schema.name, schema.name))
            yield Action(Phase.SCHEMAS_OFF, f"DROP SCHEMA {name.qualified}")
    yield from _names_back(before, after)
    for oid, schema in before.schemas.items():
        now = after.schemas.get(oid)
        target = f"SCHEMA {schema.qualified}"
        if now is None:
            yield Action(Phase.SCHEMAS_ON, f"CREATE {target}")
            yield from belongings.again(target, schema.qualified, belongings.SCHEMA, schema)
        else:
            yield from belongings.undo(target, schema, now)


def _is_temporary(schema: Schema) -> bool:
    return schema.name.startswith(("pg_temp_", "pg_toast_temp_"))


# --- renamed schemas ---------------------------------------------------------------------------


def _renamed(before: Catalog, after: Catalog) -> list[tuple[Schema, Schema]]:
    pairs = ((was, after.schemas.get(oid)) for oid, was in before.schemas.items())
    return [(was, now) for was, now in pairs if now is not None and was.name != now.name]


def _names(before: Catalog, after: Catalog) -> dict[str, str]:
    """Return what each schema of `after` is called once the names are back; what stands in the way makes way."""
    renamed = _renamed(before, after)
    names = {now.name: was.name for was, now in renamed}
    dropped = {schema.name for oid, schema in before.schemas.items() if oid not in after.schemas}
    taken = dropped.union(names.values())
    for oid, schema in after.schemas.items():
        if oid not in before.schemas and schema.name in taken:
            names[schema.name] = f"planrun_{oid}"
    return names


def _names_back(before: Catalog, after: Catalog) -> Iterator[Finding]:
    names = _names(before, after)
    if not names:
        return
    by_name = {schema.name: schema for schema in after.schemas.values()}
    away = {name: f"planrun_{by_name[name].oid}" for name in names}
    for old, new in names.items():
        step = away[old] if new in names else new
        if step != old:
            yield _rename(by_name[old], step)
    for old, new in names.items():
        if new in names and new != away[old]:
            yield _rename(replace(by_name[old], name=away[old]), new)
    for function in after.functions.values():
        if _mentions(function.arguments, names):
            yield Refusal(f"function {function.qualified}", f"types of its arguments are in a schema that was {_OTHER}")
    for key, item in after.objects.items():
        if key not in before.objects and _mentions(item.identity, names):
            yield Refusal(f"{item.word} {item.identity}", f"it is in a schema that was {_OTHER}, or uses one")


def _mentions(text: str, names: Iterable[str]) -> bool:
    """Whether a text of the server's own names something in one of the schemas."""
    return any(re.search(rf"(?:^|[\s(,]){re.escape(form)}\.", text) for name in names for form in (name, quoted(name)))


def _rename(schema: Schema, name: str) -> Action:
    new = replace(schema, name=name)
    return Action(Phase.SCHEMA_NAMES_BACK, f"ALTER SCHEMA {schema.qualified} RENAME TO {new.qualified}")


def _placed(type_name: str, names: dict[str, str]) -> str:
    """Return the name of a type, as the server prints it, with the old name of its schema."""
    for now, was in names.items():
        for written in (f"{now}.", f"{quoted(now)}."):
            if type_name.startswith(written):
                plain = was if _PLAIN.fullmatch(was) else quoted(was)
                return f"{plain}.{type_name.removeprefix(written)}"
    return type_name


def as_called_then(before: Catalog, after: Catalog) -> Catalog:
    """Return `after` under the names that the schemas have once those of before the step are back."""
    names = _names(before, after)
    if not names:
        return after

    def moved(item: _Placed) -> _Placed:
        return replace(item, schema=names.get(item.schema, item.schema))

    def retyped(relation: Relation) -> Relation:
        columns = tuple(replace(column, type=_placed(column.type, names)) for column in relation.columns)
        statistics = tuple(map(moved, relation.statistics))
        return replace(moved(relation), columns=columns, statistics=statistics)

    return replace(
        after,
        relations={oid: retyped(item) for oid, item in after.relations.items()},
        functions={oid: moved(item) for oid, item in after.functions.items()},
        types={oid: moved(item) for oid, item in after.types.items()},
        publications={
            oid: replace(item, members=tuple(_published(member, names) for member in item.members))
            for oid, item in after.publications.items()
        },
    )


def _published(member: Member, names: dict[str, str]) -> Member:
    if member.word == "TABLE":
        return replace(member, name=_placed(member.name, names))
    name = next((was for now, was in names.items() if member.name in {now, quoted(now)}), None)
    return member if name is None else replace(member, name=quoted(name))
