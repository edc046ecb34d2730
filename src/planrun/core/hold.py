"""A hold on a backup set: a small document beside its manifest that keeps `prune` away from the set.

A person's hold lasts until it is released; that of a restore under way ends by itself, since who placed it may be
killed. What is named like a hold and cannot be read holds as well: nobody knows what it was to protect.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from planrun.core.documents import INSTANT, WORDS, Rule, broken, instant_text, shown, text_like
from planrun.core.moments import to_the_minute
from planrun.errors import EnvironmentFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
"""The version of the document that this planrun writes and reads."""

LONGEST_REASON = 1000
"""How many characters a reason may have."""

_WORD = r"[a-z0-9_]{1,60}"
_NAME = re.compile(rf"hold_{_WORD}\.json")
_PERSON = "person_"

_RULES: Mapping[str, Rule] = {
    "hold": Rule(f"the number {VERSION}", lambda value: type(value) is int and value == VERSION),
    "word": text_like("a word of a-z, 0-9 and _", _WORD),
    "reason": WORDS,
    "since": INSTANT,
    "until": INSTANT.or_none(),
}


@frozen
class Hold:
    """Why a set is kept whatever its age.

    Attributes:
        word: tells the holds of one set apart: ``person_…``, or ``restore_…`` of a restore under way.
        reason: one line for people.
        since: when it was placed; None for one that cannot be read.
        until: when it ends by itself; None for one that is released.
    """

    word: str
    reason: str
    since: datetime | None
    until: datetime | None = None

    @property
    def name(self) -> str:
        """The name of its file in the set."""
        return f"hold_{self.word}.json"

    @property
    def by_person(self) -> bool:
        """Whether `planrun backup hold` placed it, so that `release` may take it away."""
        return self.word.startswith(_PERSON)

    def in_force(self, now: datetime) -> bool:
        """Tell whether it holds at `now`."""
        return self.until is None or now < self.until

    def __str__(self) -> str:
        """Return it in words, such as ``held since 2026-11-20 12:00 UTC because: audit``."""
        start = "" if self.since is None else f" since {to_the_minute(self.since)}"
        end = "" if self.until is None else f" until {to_the_minute(self.until)}"
        return f"held{start}{end} because: {self.reason}"


def of_person(reason: str, since: datetime) -> Hold:
    """Return the hold of a person. The same reason gives the same file, another one a file of its own.

    Raises:
        ValueError: the reason is empty, has several lines or is too long.
    """
    text = reason.strip()
    if not text or not text.isprintable() or len(text) > LONGEST_REASON:
        raise ValueError(f"wanted a reason in one line of 1 to {LONGEST_REASON} characters, found {shown(reason)}")
    return Hold(_PERSON + hashlib.sha256(text.encode()).hexdigest()[:16], text, since)


def unreadable(name: str, why: str) -> Hold:
    """Return what a file that is named like a hold and cannot be read counts for: a hold without an end."""
    return Hold(name.removeprefix("hold_").removesuffix(".json"), f"{name} cannot be read: {why}", None)


def is_hold(name: str) -> bool:
    """Tell whether a file directly in a set is named like a hold."""
    return _NAME.fullmatch(name) is not None


def to_document(hold: Hold) -> dict[str, Any]:
    """Return the hold as what JSON can hold."""
    return {
        "hold": VERSION,
        "word": hold.word,
        "reason": hold.reason,
        "since": None if hold.since is None else instant_text(hold.since),
        "until": None if hold.until is None else instant_text(hold.until),
    }


def from_document(document: object) -> Hold:
    """Return the hold that `document`, parsed from JSON, describes.

    Raises:
        EnvironmentFault: it is none; names every fault.
    """
    found = tuple(broken(document, _RULES))
    if found or not isinstance(document, dict):
        raise EnvironmentFault(f"the hold cannot be read: {'; '.join(found)}", hint="look at it, and remove its file")
    until = document["until"]
    return Hold(
        document["word"],
        document["reason"],
        datetime.fromisoformat(document["since"]),
        None if until is None else datetime.fromisoformat(until),
    )
