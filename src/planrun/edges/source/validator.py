"""Where a document departs from the schema of plans, as JSON Schema's own validator finds it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, ValidationError, validators

from planrun.edges.source.sentences import Departure, faults_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planrun.edges.source.tree import Node
    from planrun.errors import Fault


def faults(values: Any, schema: Mapping[str, Any], root: Node) -> tuple[Fault, ...]:
    """Return where a document departs from a schema, each fault once.

    Args:
        values: the document.
        schema: without references.
        root: the tree that the document was read from.
    """
    extend: Any = validators.extend  # its stub has no types
    validator = extend(Draft202012Validator, {"pattern": _pattern})(schema)
    departures = map(_departure, validator.iter_errors(values))
    return tuple(dict.fromkeys(fault for departure in departures for fault in faults_of(departure, root)))


def _departure(error: ValidationError) -> Departure:
    path, way = tuple(error.absolute_path), tuple(error.absolute_schema_path)
    return Departure(str(error.validator), error.validator_value, error.schema, path, way)


def _pattern(_: Any, pattern: str, instance: Any, __: Mapping[str, Any]) -> Iterator[ValidationError]:
    """Check the keyword ``pattern`` as ECMAScript means it: ``$`` is the end, not the place before a last newline."""
    if isinstance(instance, str) and not re.search(pattern.replace("$", r"\Z"), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")
