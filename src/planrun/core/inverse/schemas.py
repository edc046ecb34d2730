"""Schemas that a step created, dropped or altered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.inverse import belongings
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.catalog import Catalog, Schema


def undo(before: Catalog, after: Catalog) -> Iterator[Finding]:
    """Yield what takes the schemas of `after` back to those of `before`."""
    for oid, schema in after.schemas.items():
        if oid not in before.schemas and not _is_temporary(schema):
            yield Action(Phase.SCHEMAS_OFF, f"DROP SCHEMA {schema.name}")
    for oid, schema in before.schemas.items():
        now = after.schemas.get(oid)
        if now is None or (now.name, now.owner) != (schema.name, schema.owner):
            yield Refusal(f"schema {schema.name}", "it was dropped, or its name or owner was changed")
        else:
            yield from belongings.undo(f"SCHEMA {schema.name}", schema, now)


def _is_temporary(schema: Schema) -> bool:
    return schema.name.startswith(("pg_temp_", "pg_toast_temp_"))
