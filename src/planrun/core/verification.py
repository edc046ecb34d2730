"""What is known of a backup set beyond its manifest: that it was verified, when, and how far.

It stands beside the manifest as ``verification.json`` and names the seal of the manifest that it is about: for a set
whose manifest is another one by now it means nothing.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from planrun.core.documents import DIGEST, INSTANT, WORDS, Rule, broken, instant_text, one_of
from planrun.errors import EnvironmentFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "verification.json"
"""The name of the document in the set."""

VERSION = 1


class Level(StrEnum):
    """How far a set was verified.

    BYTES: every byte is as the manifest says. RESTORED: it was restored besides, and all rows were found equal.
    """

    BYTES = "bytes"
    RESTORED = "restored"


@frozen(kw_only=True)
class Verification:
    """A verification that found nothing wrong.

    Attributes:
        manifest: the seal of the manifest that it is about.
        at: when it ended, in UTC.
        level: how far it went.
        tool_version: of the planrun that verified.
        server_version: of the server that the set was restored on; None where it was not.
    """

    manifest: str
    at: datetime
    level: Level
    tool_version: str
    server_version: str | None = None


def to_document(verification: Verification) -> dict[str, Any]:
    """Return it as what JSON can hold."""
    return {"verification": VERSION, **asdict(verification), "at": instant_text(verification.at)}


def from_document(document: object) -> Verification:
    """Return the verification that `document`, parsed from JSON, describes.

    Raises:
        EnvironmentFault: it is none; names every fault.
    """
    found = tuple(broken(document, _RULES))
    if found or not isinstance(document, dict):
        raise EnvironmentFault(f"the verification cannot be used: {'; '.join(found)}", hint="verify the set again")
    rest = {key: value for key, value in document.items() if key != "verification"}
    return Verification(**rest | {"at": datetime.fromisoformat(rest["at"]), "level": Level(rest["level"])})


_RULES: Mapping[str, Rule] = {
    "verification": Rule(f"the number {VERSION}", lambda value: type(value) is int and value == VERSION),
    "manifest": DIGEST,
    "at": INSTANT,
    "level": one_of(tuple(Level)),
    "tool_version": WORDS,
    "server_version": WORDS.or_none(),
}
