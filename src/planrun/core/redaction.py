"""A mask for every password that a text may hold, by its form or because it is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MASK = "********"
_URL_PASSWORD = re.compile(r"(://[^\s:/@]*):\S+@")
_KEYWORD_PASSWORD = re.compile(r"((?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&'\"]+)", re.IGNORECASE)


def redacted(text: str, known: Sequence[str] = ()) -> str:
    """Return text with a mask for every password of a connection string, and for the secrets that are `known`."""
    return _KEYWORD_PASSWORD.sub(rf"\1{MASK}", _URL_PASSWORD.sub(rf"\1:{MASK}@", masked(text, known)))


def masked(text: str, known: Sequence[str]) -> str:
    """Return text with a mask for the secrets that are `known`, the longest of which come first."""
    for secret in known:
        text = text.replace(secret, MASK)
    return text


def secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the passwords that an environment holds, as they are written and as they are meant; longest first."""
    found = {environ.get("PGPASSWORD", "")}
    for name in ("PLANRUN_URL", "DATABASE_URL"):
        url = environ.get(name, "")
        found.update(re.findall(r"://[^\s:/@]*:(\S+)@", url))
        found.update(match[1].strip("'") for match in _KEYWORD_PASSWORD.findall(url))
    both = found | {unquote(secret) for secret in found}
    return tuple(sorted(both - {""}, key=len, reverse=True))
