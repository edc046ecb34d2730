"""Default privileges that a step gave or took.

An entry that says no more than the server's own default goes by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.inverse import grants
from planrun.core.inverse.actions import Action, Finding
from planrun.core.part_texts import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.catalog import Catalog


def undo(before: Catalog, after: Catalog) -> Iterator[Finding]:
    """Yield what takes the default privileges of `after` back to those of `before`."""
    for key in sorted(before.default_privileges.keys() | after.default_privileges.keys()):
        was, now = before.default_privileges.get(key), after.default_privileges.get(key)
        some = was or now
        if some is None or was == now or _goes_with_its_schema(key[1], before, after):
            continue
        role, kind = some.role, some.kind
        schema = before.schemas[key[1]].name if key[1] in before.schemas else some.schema
        place = f" IN SCHEMA {quoted(schema)}" if schema else ""
        prefix = f"ALTER DEFAULT PRIVILEGES FOR ROLE {quoted(role)}{place}"
        target = was.acl if was else some.initial
        for finding in grants.restore(DEFAULTS[kind].upper(), role, target, now.acl if now else some.initial):
            match finding:
                case Action():
                    yield replace(finding, sql=f"{prefix} {finding.sql}")
                case _:
                    yield finding


def _goes_with_its_schema(schema: int, before: Catalog, after: Catalog) -> bool:
    return schema in after.schemas and schema not in before.schemas
