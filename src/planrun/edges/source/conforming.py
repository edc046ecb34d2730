"""A quick yes to a document that keeps the schema of plans, so that the validator is asked about faults alone.

To load the validator and to lead it through a plan takes longer than all else that is done to a right one. What is said
here is yes or perhaps not: then the validator looks, and finds what is wrong and where. A keyword that is not known
here is a perhaps.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Schema = Mapping[str, Any]

_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def conforms(value: Any, schema: Schema) -> bool:
    """Tell whether a value surely keeps a schema that holds no reference."""
    return all(_KEYWORDS.get(keyword, _perhaps)(value, wanted, schema) for keyword, wanted in schema.items())


def _perhaps(_value: Any, _wanted: Any, _schema: Schema) -> bool:
    return False


def _says_nothing(_value: Any, _wanted: Any, _schema: Schema) -> bool:
    return True


def _type(value: Any, wanted: str | list[str], _: Schema) -> bool:
    return any(_TYPES[name](value) for name in ([wanted] if isinstance(wanted, str) else wanted))


def _properties(value: Any, wanted: Mapping[str, Schema], _: Schema) -> bool:
    return not isinstance(value, dict) or all(
        key not in wanted or conforms(inner, wanted[key]) for key, inner in value.items()
    )


def _additional(value: Any, wanted: Any, schema: Schema) -> bool:
    if not isinstance(value, dict):
        return True
    others = [inner for key, inner in value.items() if key not in schema.get("properties", ())]
    return not others or wanted is True or (wanted is not False and all(conforms(inner, wanted) for inner in others))


def _items(value: Any, wanted: Schema, _: Schema) -> bool:
    return not isinstance(value, list) or all(conforms(item, wanted) for item in value)


def _required(value: Any, wanted: list[str], _: Schema) -> bool:
    return not isinstance(value, dict) or all(key in value for key in wanted)


def _dependent_required(value: Any, wanted: Mapping[str, list[str]], _: Schema) -> bool:
    return not isinstance(value, dict) or all(
        companion in value for key, companions in wanted.items() if key in value for companion in companions
    )


def _dependent_schemas(value: Any, wanted: Mapping[str, Schema], _: Schema) -> bool:
    return not isinstance(value, dict) or all(conforms(value, inner) for key, inner in wanted.items() if key in value)


def _one_of(value: Any, wanted: list[Schema], _: Schema) -> bool:
    kept = [inner for inner in wanted if conforms(value, inner)]
    return len(kept) == 1 and all(_excluded(value, inner) for inner in wanted if inner is not kept[0])


def _excluded(value: Any, schema: Schema) -> bool:
    """Tell whether a value surely does not keep a schema: it lacks a key that is required."""
    return isinstance(value, dict) and any(key not in value for key in schema.get("required", ()))


def _any_of(value: Any, wanted: list[Schema], _: Schema) -> bool:
    return any(conforms(value, inner) for inner in wanted)


def _one_value(value: Any, wanted: Any) -> bool:
    # True is no 1 in JSON.
    return type(value) is type(wanted) and bool(value == wanted)


def _unique(value: Any, wanted: bool, _: Schema) -> bool:  # noqa: FBT001  the keyword's own value
    if not wanted or not isinstance(value, list):
        return True
    return all(isinstance(item, str) for item in value) and len(set(value)) == len(value)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # As ECMAScript means it: $ is the end, not the place before a last newline.
    return re.compile(pattern.replace("$", r"\Z"))


def _bounded(of: type | tuple[type, ...], holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any, Schema], bool]:
    """Return the check of a bound, which says nothing of values of other types."""
    return lambda value, wanted, _: not isinstance(value, of) or isinstance(value, bool) or holds(value, wanted)


_KEYWORDS: dict[str, Callable[[Any, Any, Schema], bool]] = {
    "$schema": _says_nothing,
    "additionalProperties": _additional,
    "anyOf": _any_of,
    "const": lambda value, wanted, _: _one_value(value, wanted),
    "dependentRequired": _dependent_required,
    "dependentSchemas": _dependent_schemas,
    "description": _says_nothing,
    "enum": lambda value, wanted, _: any(_one_value(value, one) for one in wanted),
    "items": _items,
    "maxItems": _bounded(list, lambda value, most: len(value) <= most),
    "maximum": _bounded((int, float), lambda value, most: value <= most),
    "minItems": _bounded(list, lambda value, least: len(value) >= least),
    "minLength": _bounded(str, lambda value, least: len(value) >= least),
    "minProperties": _bounded(dict, lambda value, least: len(value) >= least),
    "minimum": _bounded((int, float), lambda value, least: value >= least),
    "not": _perhaps,
    "oneOf": _one_of,
    "pattern": _bounded(str, lambda value, pattern: _compiled(pattern).search(value) is not None),
    "properties": _properties,
    "required": _required,
    "title": _says_nothing,
    "type": _type,
    "uniqueItems": _unique,
}
