"""Which statements change what no way back is derived for, as far as the text tells.

`execute` refuses such a step before COMMIT, whatever its text says. Told here it is refused before anything has run: by
`show`, by `validate`, and by the pre-commit hook. With IF [NOT] EXISTS a statement may do nothing: that is left to
`execute`, and so is what a function or a DO block does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import postgast.pg_query_pb2 as pb

from planrun.edges.parse import tree
from planrun.edges.parse.effects import Effect, Reach

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planrun.edges.parse.tree import Node

_LABEL = Effect(
    Reach.UNREACHED,
    "ALTER TYPE ... ADD VALUE adds a label to an enum, which PostgreSQL cannot remove",
    "build a new type, change the columns to it and drop the old one",
)
_BY_HAND = "do it by hand, before or after the plan"
_CHANGES = {
    **dict.fromkeys(("CreateExtensionStmt", "AlterExtensionStmt", "AlterExtensionContentsStmt"), "an extension"),
    **dict.fromkeys(("CreateRoleStmt", "AlterRoleStmt", "DropRoleStmt", "GrantRoleStmt"), "roles of the server"),
    **dict.fromkeys(("AlterRoleSetStmt", "AlterDatabaseSetStmt"), "settings of sessions to come"),
    **dict.fromkeys(("CreateUserMappingStmt", "AlterUserMappingStmt", "DropUserMappingStmt"), "a user mapping"),
    **dict.fromkeys(("CreateForeignTableStmt", "ImportForeignSchemaStmt"), "foreign tables"),
    "SecLabelStmt": "a security label",
}
_PERHAPS = ("if_not_exists", "missing_ok", "skip_if_new_val_exists")
"""What the fields are called that hold IF [NOT] EXISTS."""


def lasting(nodes: Sequence[Node]) -> tuple[Effect | None, ...]:
    """Return, for each statement of one script, what it does for good, if it does so for sure."""
    made = set(_enums(nodes))
    return tuple(_lasting(node, made) for node in nodes)


def _enums(nodes: Sequence[Node]) -> Iterator[str]:
    """Yield the names, without their schemas, that the script gives to types which it may have made itself."""
    node: Any
    for node in nodes:
        match node.DESCRIPTOR.name:
            case "CreateEnumStmt":
                yield node.type_name[-1].string.sval
            case "RenameStmt" if node.rename_type == pb.OBJECT_TYPE:
                yield node.newname


def _lasting(node: Any, made: set[str]) -> Effect | None:
    kind = node.DESCRIPTOR.name
    stated = node.base_stmt if kind == "CreateForeignTableStmt" else node
    if any(getattr(stated, field, False) for field in _PERHAPS):
        return None
    if kind == "AlterEnumStmt":
        # The type that the script itself makes goes as a whole.
        return None if node.old_val or node.type_name[-1].string.sval in made else _LABEL
    dropped = kind == "DropStmt" and node.remove_type == pb.OBJECT_EXTENSION
    what = "an extension" if dropped else _CHANGES.get(kind)
    name = "DROP EXTENSION" if dropped else tree.tag(node).replace("_", " ").upper()
    return Effect(Reach.UNREACHED, f"{name} changes {what}", _BY_HAND) if what else None
