"""What goes wrong between planrun and the server: what is tried again, and in which words the rest is told."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import psycopg

from planrun.core.console import printable
from planrun.errors import EnvironmentFault, StatementFailed, StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planrun.edges.postgres.connection import Connection

_T = TypeVar("_T")

RETRIED = {
    "55P03": "a lock was not free in time",
    "40P01": "a deadlock was broken",
    "40001": "a serialization failure",
}
"""What is tried again, by SQLSTATE."""
_GONE = re.compile(r"cache lookup failed for|could not open relation with OID")
"""What the server says, in no language but this, of an object that is dropped while its definition is read."""
_FIRST_PAUSE = 0.2
"""Seconds before the first retry; each further one waits twice as long, up to the longest."""
_LONGEST_PAUSE = 10.0

_WORDS = {
    "08": ("the connection to the server was lost", "what was not committed is undone; run it again to go on"),
    "22021": (
        "the database holds text that is not UTF-8",
        "planrun reads definitions and values as UTF-8: give them that encoding, in a copy of the database first",
    ),
    "22P05": ("the database's encoding lacks a character", "write the plan without it"),
    "25006": ("the database is read-only", "connect to a primary, and look at default_transaction_read_only"),
    "42501": (
        "the role lacks a privilege",
        "planrun needs to own the tables, with all privileges that owners have, and CREATE on the database",
    ),
    "53": ("the server is short of something", "make room or wait, then run it again to go on"),
    "55P03": ("a lock was not free in time", "run it again when the database is quieter, or raise lock_timeout"),
    "57": ("the server ended the work", "what was not committed is undone; run it again to go on"),
    "P0001": (
        "a function of the database raised an error, such as that of an event trigger",
        "planrun makes and drops objects of its schema, and triggers on tables of the plan: let it pass these",
    ),
    "58": ("the server met an error of its system", "look into the server's log, then run it again to go on"),
}


def retried(action: Callable[[], _T], retries: int, tell: Callable[[str], None], what: str) -> _T:
    """Do something that may meet a lock timeout, a deadlock or a serialization failure, and try again after those.

    Args:
        action: leaves nothing behind when it fails.
        retries: how often it is tried again.
        tell: called with a sentence before each new try.
        what: its name in those sentences, such as ``step move_units``.

    Raises:
        StepFailed: each try met one of them.
    """
    pause = _FIRST_PAUSE
    for left in range(retries, -1, -1):
        try:
            return action()
        except (StatementFailed, psycopg.OperationalError, psycopg.InternalError) as error:
            reason = _passing(error)
            if reason is None:
                raise
            if left == 0:
                raise _gave_up(error, reason, what, retries + 1) from error
            tell(
                f"     {what}: {reason}; trying again in {pause:.1f} s ({left} {'try' if left == 1 else 'tries'} left)"
            )
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    raise AssertionError("the last try returns or raises")


def _passing(error: StatementFailed | psycopg.Error) -> str | None:
    """Return why trying again may help."""
    if isinstance(error, psycopg.InternalError):
        return "an object was dropped while it was read" if _GONE.search(str(error)) else None
    return RETRIED.get(error.sqlstate or "")


def _gave_up(error: StatementFailed | psycopg.Error, reason: str, what: str, tries: int) -> StepFailed:
    times = "" if tries == 1 else f", and so it was all {tries} times that it was tried"
    hint = "run it again when the database is quieter, or raise lock_timeout or retries"
    if isinstance(error, StatementFailed):
        return StatementFailed(
            f"{error.message}{times}", sqlstate=error.sqlstate, excerpt=error.excerpt, place=error.place, hint=hint
        )
    return StepFailed(f"{what}: {reason}{times}: {_primary(error)}", hint=hint)


@contextmanager
def told(connection: Connection, what: str) -> Iterator[None]:
    """Let what the server or the connection did inside be raised in people's words; a defect of ours stays as it is.

    Args:
        connection: on which the work is done.
        what: what is being done, such as ``step move_units``.

    Raises:
        EnvironmentFault: the connection was lost, or the server cannot do the work.
    """
    try:
        yield
    except StatementFailed as error:
        if not connection.closed:
            raise
        raise _with_notes(_lost(what, error.message), error) from error
    except psycopg.Error as error:
        if connection.closed:
            raise _with_notes(_lost(what, _primary(error)), error) from error
        state = error.sqlstate or ("08" if isinstance(error, psycopg.OperationalError) else "")
        words = _WORDS.get(state) or _WORDS.get(state[:2])
        if words is None:
            raise
        said, hint = words
        raise _with_notes(EnvironmentFault(f"{what}: {said}: {_primary(error)}", hint=hint), error) from error


def _lost(what: str, reason: str) -> EnvironmentFault:
    said, hint = _WORDS["08"]
    return EnvironmentFault(f"{what}: {said}: {reason}", hint=hint)


def _with_notes(fault: EnvironmentFault, error: BaseException) -> EnvironmentFault:
    for note in getattr(error, "__notes__", ()):
        fault.add_note(note)
    return fault


def _primary(error: psycopg.Error) -> str:
    text = error.diag.message_primary or " ".join(str(error).split())
    return printable(text)
