"""What is sent to people elsewhere: one line of subject and a plain text, whatever was put into names and errors.

Names and messages are written by others, and a mail or a chat obeys more than a terminal: line breaks begin headers,
``@everyone`` calls all members of a channel. So a subject holds words of ours and names of a small alphabet, a text
holds nothing that is not printable, and both are short, without the passwords that we know of.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planrun.core.console import printable
from planrun.core.redaction import masked, redacted
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST_NAME = 60
"""The most characters of a name in a subject."""
LONGEST_LINE = 500
LONGEST_TEXT = 2_000
"""The most characters of a message of a server or of planrun."""
LONGEST_BODY = 8_000

_WINDOW = 8_000
"""How much of a message is searched for passwords; more than is sent, since a mask is short."""
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_MENTION = re.compile(r"(@)(?=everyone|here|channel|all\b)|(<)(?=[!@#])", re.IGNORECASE)
_CUT = "…"


@frozen
class Notice:
    """A message: `subject` is one line of printable ASCII, `body` printable lines."""

    subject: str
    body: str


def notice(what: str, plan: str, parts: Iterable[str], known: Sequence[str] = ()) -> Notice:
    """Return a message about a plan.

    Args:
        what: our own words: what happened.
        plan: its name.
        parts: the paragraphs of the body, each made by `line` or `quotation`, or words of ours.
        known: secrets that must not be in it.
    """
    body = masked("\n".join(parts), known)
    return Notice(f"planrun: {what}: {name(plan)}", _shortened(body, LONGEST_BODY))


def name(text: str) -> str:
    """Return a name of somebody else as a subject holds it."""
    return _NOT_IN_A_NAME.sub("_", text[: 2 * LONGEST_NAME])[:LONGEST_NAME] or "_"


def line(text: str, known: Sequence[str] = ()) -> str:
    """Return text from elsewhere as one line of a body."""
    return _plain(_searched(text, known), LONGEST_LINE)


def quotation(text: str, known: Sequence[str] = ()) -> str:
    """Return text from elsewhere as indented lines of a body, so that it is not taken for words of ours."""
    return "\n".join(f"    {_plain(one, LONGEST_LINE)}" for one in excerpt(text, known).split("\n"))


def excerpt(text: str, known: Sequence[str] = ()) -> str:
    """Return the beginning of a text from elsewhere, without passwords; what a terminal obeys is still in it."""
    return _shortened(_searched(text, known), LONGEST_TEXT)


def _searched(text: str, known: Sequence[str]) -> str:
    """Return the beginning of a text without passwords; none is cut through, whose end would not be known."""
    found = masked(text, known)
    if len(found) > _WINDOW:
        words = found[:_WINDOW].rsplit(maxsplit=1)
        found = (words[0] if len(words) > 1 else "") + _CUT
    return redacted(found)


def _plain(text: str, limit: int) -> str:
    return _shortened(_MENTION.sub(r"\1\2 ", printable(text)), limit)


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + _CUT
