"""Whether a tree has the shape that ``schemas/plan.schema.json`` asks for, and the document that it then is.

The schema also decides what a plain scalar means: where it lists ``string`` (and neither ``number`` nor
``boolean`` beside it), ``no``, ``010`` and ``1.10`` stay the text that was written. Everywhere else YAML's core
schema decides. The schema is therefore written flat: what lies behind a key has one subschema, and ``oneOf``
only chooses between keys.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from planrun.edges.data import data_path
from planrun.edges.source.conforming import conforms
from planrun.edges.source.tree import Keyed, Listing, Node, Scalar

if TYPE_CHECKING:
    from planrun.errors import Fault

Schema = dict[str, Any]


@cache
def plan_schema() -> Schema:
    """Return the JSON Schema of plans, with every reference replaced by what it refers to.

    It is not recursive, so this ends; and the validator need not look the references up for every step.
    """
    schema: Schema = json.loads(data_path("schemas", "plan.schema.json").read_text(encoding="utf-8"))
    definitions = schema.pop("$defs")
    inlined: Schema = _inlined(schema, definitions)
    return inlined


def _inlined(part: Any, definitions: Schema) -> Any:
    match part:
        case {"$ref": str(reference), **beside}:
            return {**_inlined(definitions[reference.removeprefix("#/$defs/")], definitions), **beside}
        case dict():
            return {key: _inlined(value, definitions) for key, value in part.items()}
        case list():
            return [_inlined(value, definitions) for value in part]
        case _:
            return part


def document(root: Node) -> Any:
    """Return the tree as plain values (dict, list, str, int, float, bool, None), typed as the schema wants them."""
    return _typed(root, plan_schema())


def faults(values: Any, root: Node) -> tuple[Fault, ...]:
    """Return where a document departs from the schema, each fault once.

    Args:
        values: the document.
        root: the tree that it was read from.
    """
    schema = plan_schema()
    if conforms(values, schema):
        return ()
    from planrun.edges.source import validator  # noqa: PLC0415  most plans are right, and its library is large

    return validator.faults(values, schema, root)


def _typed(node: Node, schema: Schema) -> Any:
    match node:
        case Keyed(entries=entries):
            known, other = schema.get("properties", {}), schema.get("additionalProperties") or {}
            return {key: _typed(entry.node, known.get(key, other)) for key, entry in entries.items()}
        case Listing(items=items):
            return [_typed(item, schema.get("items", {})) for item in items]
        case Scalar(text=text, value=value):
            return _typed_scalar(text, value, schema.get("type", []))


def _typed_scalar(text: str, value: Any, types: str | list[str]) -> Any:
    wanted = {types} if isinstance(types, str) else set(types)
    if value is not None and "string" in wanted and wanted.isdisjoint({"number", "boolean"}):
        return text
    if isinstance(value, float) and value.is_integer() and "integer" in wanted:
        return int(value)  # to JSON Schema 5.0 is an integer; whoever reads the plan is to find an int
    return value
