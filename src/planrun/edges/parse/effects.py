"""Which statements act beyond their transaction, as far as the text tells: refused, or noted.

A transaction that is rolled back takes back what it did to the database, and the way back what it committed. What goes
out to files, programs, other sessions or other databases is taken back by neither; what stays with the session breaks
the step that follows. A call inside a function of the database is not seen here: the accounting looks at what it did.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import postgast
import postgast.pg_query_pb2 as pb

from planrun.core.quoting import unquoted
from planrun.edges.parse.tree import below
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.edges.parse.tree import Node


class Reach(Enum):
    """How far an effect goes."""

    SESSION = auto()
    """It stays with the session and breaks what comes after: always refused."""
    UNREACHED = auto()
    """No way back reaches it: refused unless the plan says that the step has no derived way back."""
    NOTED = auto()
    """It is harmless, and does not come back."""


@frozen
class Effect:
    """What a statement does beyond its transaction; `cure` says what to write instead."""

    reach: Reach
    message: str
    cure: str = ""


@frozen
class _Call:
    """A call of a function: its schema, or an empty string; its name; whether its last argument is ``true``."""

    schema: str
    name: str
    ends_in_true: bool


_LOCKS = "takes or gives back advisory locks of the session, which outlive the step"
_FILES = "reads or writes files of the server"
_OTHERS = "acts on other sessions, and at once"
_SERVER = "acts on the server, and at once"
_REMOTE = "acts outside of this database, in a transaction of its own"

_SESSION = {
    **dict.fromkeys(
        f"pg_{word}{shared}"
        for word in ("advisory_lock", "try_advisory_lock", "advisory_unlock")
        for shared in ("", "_shared")
    ),
    "pg_advisory_unlock_all": None,
}
_OUTSIDE = {
    **dict.fromkeys(("lo_import", "lo_export", "pg_read_file", "pg_read_binary_file", "pg_stat_file"), _FILES),
    **dict.fromkeys(("pg_file_write", "pg_file_read", "pg_file_rename", "pg_file_unlink", "pg_file_sync"), _FILES),
    **dict.fromkeys(("pg_write_file", "pg_file_length", "pg_logdir_ls", "pg_ls_dir"), _FILES),
    **dict.fromkeys(("pg_terminate_backend", "pg_cancel_backend"), _OTHERS),
    **dict.fromkeys(("pg_reload_conf", "pg_rotate_logfile", "pg_logfile_rotate", "pg_promote"), _SERVER),
    **dict.fromkeys(("pg_switch_wal", "pg_create_restore_point", "pg_backup_start", "pg_backup_stop"), _SERVER),
    **dict.fromkeys(("pg_create_physical_replication_slot", "pg_create_logical_replication_slot"), _SERVER),
    **dict.fromkeys(("pg_drop_replication_slot", "pg_replication_slot_advance"), _SERVER),
    **dict.fromkeys(("pg_copy_physical_replication_slot", "pg_copy_logical_replication_slot"), _SERVER),
    **dict.fromkeys(("pg_logical_slot_get_changes", "pg_logical_slot_get_binary_changes"), _SERVER),
    **dict.fromkeys(("pg_stat_reset", "pg_stat_reset_shared", "pg_logical_emit_message"), _SERVER),
    **dict.fromkeys(("http_get", "http_post", "http_put", "http_patch", "http_delete"), _REMOTE),
}
_NOTED = {
    "nextval": "nextval draws from a sequence, which a rollback leaves where it is",
    "setval": "setval moves a sequence at once, outside of the transaction: a rollback leaves it where it is",
    "pg_notify": "pg_notify sends a notification at COMMIT, which nothing calls back",
}
_NAMES = "|".join([*_SESSION, *_OUTSIDE, *_NOTED, "set_config", r"dblink\w*"])
_MAYBE = re.compile(rf"\b(?:{_NAMES}|copy)\b", re.IGNORECASE)
"""A statement without any of these words is not looked at any closer."""

_RUN = frozenset({
    *("SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CallStmt", "CreateTableAsStmt"),
    *("CopyStmt", "ExplainStmt", "DeclareCursorStmt"),
})  # fmt: skip
"""Statements whose expressions are evaluated; others only store them, as a default or in a view."""

_COPY_FILE = Effect(
    Reach.UNREACHED,
    f"COPY with a file {_FILES}",
    "write INSERT ... VALUES; a backup step exports rows: backup: {csv: ...}",
)
_COPY_PROGRAM = Effect(
    Reach.UNREACHED,
    "COPY ... PROGRAM runs a program on the server",
    "run the program by hand, before or after the plan",
)
_SET_CONFIG = Effect(
    Reach.SESSION, "set_config acts on the session, beyond the step", "write true as its third argument"
)


def effects(text: str, node: Node) -> tuple[Effect, ...]:
    """Return what a statement does beyond its transaction, each once."""
    kind = node.DESCRIPTOR.name
    if kind == "NotifyStmt":
        return (Effect(Reach.NOTED, "NOTIFY sends a notification at COMMIT, which nothing calls back"),)
    if not _MAYBE.search(text):
        return ()
    found: list[Effect | None] = []
    if kind == "DoStmt":
        body = _body(node)
        found = [*map(_of_call, _calls_of_body(body)), *_copies_of_body(body)]
    elif kind in _RUN:
        found = [*map(_of_call, _calls(node)), _of_copy(node) if kind == "CopyStmt" else None]
    return tuple(dict.fromkeys(effect for effect in found if effect is not None))


def _of_copy(node: Any) -> Effect | None:
    if node.is_program:
        return _COPY_PROGRAM
    return _COPY_FILE if node.filename else None


def _of_call(call: _Call) -> Effect | None:
    name = call.name
    if name == "dblink" or name.startswith("dblink_"):
        return Effect(Reach.UNREACHED, f"{name} {_REMOTE}", "run what it does there by hand, or by a plan of its own")
    if call.schema not in {"", "pg_catalog"} and name not in _OUTSIDE:
        return None
    if name == "set_config":
        return None if call.ends_in_true else _SET_CONFIG
    if name in _SESSION:
        return Effect(Reach.SESSION, f"{name} {_LOCKS}", "pg_advisory_xact_lock ends with the step")
    if name in _OUTSIDE:
        return Effect(Reach.UNREACHED, f"{name} {_OUTSIDE[name]}", "do it by hand, before or after the plan")
    return Effect(Reach.NOTED, _NOTED[name]) if name in _NOTED else None


# --- calls in the syntax tree ------------------------------------------------------------------


def _calls(node: Node) -> Iterator[_Call]:
    for current in below(node):
        if current.DESCRIPTOR.name == "FuncCall":
            words = [word.string.sval for word in current.funcname]
            last = current.args[-1] if current.args else None
            ends_in_true = last is not None and last.HasField("a_const") and last.a_const.boolval.boolval
            yield _Call(words[-2] if len(words) > 1 else "", words[-1], bool(ends_in_true))


# --- the body of a DO block --------------------------------------------------------------------


def _body(node: Any) -> str:
    return next((arg.def_elem.arg.string.sval for arg in node.args if arg.def_elem.defname == "as"), "")


def _tokens(body: str) -> list[str]:
    """Return the tokens of a block; none where it is in a language that has others."""
    data = body.encode()
    try:
        found = postgast.scan(body).tokens
    except postgast.PgQueryError:
        return []
    comments = (pb.SQL_COMMENT, pb.C_COMMENT)
    return [_token(data[token.start : token.end].decode()) for token in found if token.token not in comments]


def _token(text: str) -> str:
    return unquoted(text) if text.startswith('"') else text.lower()


def _calls_of_body(body: str) -> Iterator[_Call]:
    tokens = _tokens(body)
    for at, (name, follows) in enumerate(pairwise(tokens)):
        if follows == "(":
            schema = tokens[at - 2] if at > 1 and tokens[at - 1] == "." else ""
            yield _Call(schema, name, tokens[_closing(tokens, at + 1) - 1] == "true")


def _closing(tokens: list[str], opening: int) -> int:
    """Return where the parenthesis is closed that is opened there."""
    depth = 0
    for at in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[at], 0)
        if depth == 0:
            return at
    return len(tokens)


def _copies_of_body(body: str) -> Iterator[Effect]:
    inside = False
    for word, follows in pairwise([*_tokens(body), ";"]):
        inside = word == "copy" or (inside and word != ";")
        if inside and word in {"from", "to"} and follows == "program":
            yield _COPY_PROGRAM
        elif inside and word in {"from", "to"} and follows.startswith(("'", "e'", "$")):
            yield _COPY_FILE
