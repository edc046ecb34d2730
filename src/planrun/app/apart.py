"""A part of a run that cannot go back without steps that ran later and stay: said as such, not as others' doing.

What such steps have in common with the part is looked for before anything is sent. This is for what the server alone
knows: constraints, dependencies and partitions.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from planrun.core.reverse import staying_later
from planrun.errors import Conflict, Refused, StatementFailed, Stopped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.selection import Part

_TIED = {"23503", "23505", "23514", "23P01", "2BP01", "42P17"}
"""SQLSTATEs of what one step may have made that another one needs, or that stands in its way."""

_SHOWN = 3


@contextmanager
def told_of_staying(chosen: Part, hint: str, *, whole: bool = True) -> Iterator[None]:
    """Let what may be in the way on account of later steps that stay be raised as such.

    Args:
        chosen: what goes and what stays.
        hint: what takes back all of it together.
        whole: whether a statement that fails leaves nothing behind.

    Raises:
        Refused: a later step stays that may have made what is in the way; nothing was changed.
    """
    try:
        yield
    except Stopped:
        raise
    except Conflict as error:
        referring = list(islice((c for c in error.conflicts if c.kind == "referenced"), _SHOWN))
        shown = "; ".join(f"{c.now} refers to {c.key} of {c.relation}" for c in referring)
        what = shown if referring else error.message.removeprefix("nothing was changed: ")
        if not (names := _later(chosen)) or not (referring or error.sqlstate in _TIED):
            raise
        raise _refused(names, what, hint) from error
    except StatementFailed as error:
        if not whole or error.sqlstate not in _TIED or not (names := _later(chosen)):
            raise
        raise _refused(names, error.message, hint) from error


def _later(chosen: Part) -> list[str]:
    return list(dict.fromkeys(step.step for step in staying_later(chosen.going, chosen.staying)))


def _refused(names: list[str], what: str, hint: str) -> Refused:
    message = f"nothing was changed: {', '.join(names)} ran later, would stay, and may have made what is in the way: "
    return Refused(f"{message}{what}", hint=hint)
