"""Reads a statement's tag and the relations that it names off the syntax tree.

Names are those of the text, each once, in an order that is the same on every run. The name of a common table
expression is no relation where it is visible; a target of a write always is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import postgast.pg_query_pb2 as pb
from google.protobuf.descriptor import FieldDescriptor  # type: ignore[import-untyped]  # it has no types
from google.protobuf.message import Message  # type: ignore[import-untyped]  # it has no types

from planrun.core.script import Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Node = Any
"""A protobuf message of libpg_query's syntax tree."""

_TAGS = {
    "alter_seq": "alter_sequence",
    "check_point": "checkpoint",
    "create": "create_table",
    "create_seq": "create_sequence",
    "create_stats": "create_statistics",
    "create_trig": "create_trigger",
    "define": "create",
    "index": "create_index",
    "refresh_mat_view": "refresh_materialized_view",
    "rule": "create_rule",
    "sec_label": "security_label",
    "variable_set": "set",
    "variable_show": "show",
    "view": "create_view",
}

_BARREN = {"A_Const", "A_Star", "ColumnRef", "Integer", "String", "TypeName"}
"""Messages below which no relation is named; half of a tree consists of them."""

_RELATIONS = {
    pb.OBJECT_TABLE,
    pb.OBJECT_INDEX,
    pb.OBJECT_VIEW,
    pb.OBJECT_MATVIEW,
    pb.OBJECT_SEQUENCE,
    pb.OBJECT_FOREIGN_TABLE,
}
_PARTS_OF_RELATIONS = {
    pb.OBJECT_COLUMN,
    pb.OBJECT_TABCONSTRAINT,
    pb.OBJECT_TRIGGER,
    pb.OBJECT_RULE,
    pb.OBJECT_POLICY,
}


def unwrapped(node: Node) -> Node:
    """Return the message inside a ``Node`` wrapper, and any other message as it is."""
    if node.DESCRIPTOR.name != "Node":
        return node
    inner = node.WhichOneof("node")
    return getattr(node, inner) if inner else node


def tag(node: Node) -> str:
    """Return the kind of a statement as a word, such as ``update`` or ``create_table_as``."""
    match node.DESCRIPTOR.name:
        case "SelectStmt" if node.HasField("into_clause"):
            return "create_table_as"
        case "CreateTableAsStmt" if node.objtype == pb.OBJECT_MATVIEW:
            return "create_materialized_view"
        case "VacuumStmt" if not node.is_vacuumcmd:
            return "analyze"
        case "GrantStmt" | "GrantRoleStmt" if not node.is_grant:
            return "revoke"
        case name:
            word = _snake(name.removesuffix("Stmt"))
            return _TAGS.get(word, word)


def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")


def relations(node: Node) -> tuple[tuple[Name, ...], tuple[Name, ...]]:
    """Return the relations that a statement names, and those among them that it writes to as a target."""
    names: dict[Name, None] = {}
    writes: dict[Name, None] = {}
    # A stack, not recursion: expressions nest deeper than Python's calls may.
    stack: list[tuple[Node, frozenset[str]]] = [(node, frozenset())]
    while stack:
        current, hidden = stack.pop()
        kind = current.DESCRIPTOR.name
        if kind in _BARREN:
            continue
        if kind == "RangeVar":
            if current.schemaname or current.relname not in hidden:
                names[name_of(current)] = None
            continue
        targets = [name_of(target) for target in _targets(current)]
        writes |= dict.fromkeys(targets)
        names |= dict.fromkeys([*targets, *_spelled_out(current)])
        below = list(_common_tables(current, hidden))
        inside = hidden.union(cte.ctename for cte in _expressions(current))
        # The target was taken above; here a common table expression of its name would hide it.
        below += [(child, inside) for field, child in _children(current) if field != "with_clause"]
        stack += reversed(below)
    return tuple(names), tuple(writes)


def below(node: Node, *, without: str = "") -> Iterator[Node]:
    """Yield every message of a tree, itself among them, but for those of one kind and what is below them."""
    # A stack, not recursion: expressions nest deeper than Python's calls may.
    stack: list[Node] = [node]
    while stack:
        current = stack.pop()
        if current.DESCRIPTOR.name == without:
            continue
        yield current
        for field, value in current.ListFields():
            if field.type == FieldDescriptor.TYPE_MESSAGE:
                stack += [value] if isinstance(value, Message) else list(value)


def _children(node: Node) -> Iterator[tuple[str, Node]]:
    for field, value in node.ListFields():
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            for child in (value,) if isinstance(value, Message) else value:
                yield field.name, unwrapped(child)


def name_of(range_var: Node) -> Name:
    """Return the name of a relation, as a script writes it."""
    return Name(range_var.schemaname or None, range_var.relname)


def _targets(node: Node) -> Iterable[Node]:
    match node.DESCRIPTOR.name:
        case "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt":
            return (node.relation,)
        case "CopyStmt" if node.is_from:
            return (node.relation,)
        case "TruncateStmt":
            return [relation.range_var for relation in node.relations]
        case _:
            return ()


# --- common table expressions ------------------------------------------------------------------


def _expressions(node: Node) -> list[Node]:
    if "with_clause" not in node.DESCRIPTOR.fields_by_name:
        return []
    return [cte.common_table_expr for cte in node.with_clause.ctes]


def _common_tables(node: Node, hidden: frozenset[str]) -> Iterator[tuple[Node, frozenset[str]]]:
    """Give the query of each WITH item, and what is hidden in it: those before it, all of them if RECURSIVE."""
    expressions = _expressions(node)
    recursive = bool(expressions) and node.with_clause.recursive
    every = hidden.union(cte.ctename for cte in expressions)
    for cte in expressions:
        yield unwrapped(cte.ctequery), every if recursive else hidden
        hidden |= {cte.ctename}


# --- names that are written as lists of words --------------------------------------------------


def _spelled_out(node: Node) -> Iterable[Name]:
    """Give the relations that the tree does not hold as such."""
    match node.DESCRIPTOR.name:
        case "DropStmt":
            return [name for item in node.objects for name in _object(node.remove_type, item)]
        case "CommentStmt" | "SecLabelStmt" | "AlterExtensionContentsStmt":
            return _object(node.objtype, node.object)
        case "IndexStmt" if node.idxname:
            return (Name(node.relation.schemaname or None, node.idxname),)
        case "RenameStmt" if node.rename_type in _RELATIONS and node.HasField("relation"):
            return (name_of(node.relation), Name(node.relation.schemaname or None, node.newname))
        case "DefElem" if node.defname == "owned_by":
            return _object(pb.OBJECT_COLUMN, node.arg)
        case _:
            return ()


def _object(kind: int, node: Node) -> list[Name]:
    words = [item.string.sval for item in node.list.items]
    if kind in _PARTS_OF_RELATIONS:
        words = words[:-1]
    elif kind not in _RELATIONS:
        return []
    return [Name(words[-2] if len(words) > 1 else None, words[-1])] if words else []
