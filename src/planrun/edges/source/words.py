"""How faults speak: what was found, lists of words, and the nearest known word."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from planrun.edges.source.tree import Keyed, Listing, Node, Scalar, child, text
from planrun.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from planrun.errors import Place

_LONGEST_QUOTE = 60
_MOST_KNOWN = 12
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,63}")


def quoted(words: str) -> str:
    """Return words in quotes, shortened, with what does not print escaped."""
    return repr(words if len(words) <= _LONGEST_QUOTE else words[:_LONGEST_QUOTE] + "…")


def listed(words: Iterable[str], last: str) -> str:
    """Return ``a, b or c`` with the joining word `last`."""
    *head, tail = words
    return f"{', '.join(head)} {last} {tail}" if head else tail


def found(node: Node) -> str:
    """Return what a node is, in a few words, a number or a truth value as it was written."""
    match node:
        case Keyed(entries=entries):
            return "a mapping" if entries else "an empty mapping"
        case Listing(items=items):
            return "a list" if items else "an empty list"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=str() as value):
            return _told(value)
        case Scalar(text=written):
            return written


def _told(value: str) -> str:
    """Return a text in quotes, unless it may be a secret that stands where it does not belong."""
    if "AGE-SECRET-KEY-" in value.upper():
        return "a secret key, which belongs into no plan"
    if "://" in value:
        return "an address, which may hold a password"
    return quoted(value) if value else "an empty text"


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return a hint that names the known word that `word` was probably meant to be, None if none is near."""
    close = get_close_matches(word, list(known), n=1)
    return f"did you mean {quoted(close[0])}?" if close else None


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint: the known word that `word` was probably meant to be, else those that are known."""
    words = list(known)
    shown = ", ".join(words[:_MOST_KNOWN]) or "nothing"
    more = f" and {len(words) - _MOST_KNOWN} more" if len(words) > _MOST_KNOWN else ""
    return closest(word, words) or f"known here: {shown}{more}"


def label(root: Node, path: Sequence[str | int]) -> str:
    """Return how a fault names what lies at `path`: ``step move: migrate.assert[0]``, or ``the plan``."""
    match path:
        case ["steps", int() as number, *rest]:
            step = text(child(child(child(root, "steps"), number), "id")) or ""
            head = f"step {step}" if _WORD.fullmatch(step) else f"steps[{number}]"
            return f"{head}: {_dotted(rest)}" if rest else head
        case _:
            return _dotted(path) or "the plan"


def _dotted(path: Sequence[str | int]) -> str:
    """Return a path as ``a.b[0].c``."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{key if _WORD.fullmatch(key) else quoted(key)}" for key in path)
    return "".join(parts).removeprefix(".")


def no_table(where: str, name: str, place: Place | None) -> Fault:
    """Return the fault of a text that is no name of a table."""
    hint = "write NAME or SCHEMA.NAME as in SQL; a name that holds other characters wants double quotes"
    return Fault(f"{where}: wanted the name of a table, found {quoted(name)}", place, hint)
