"""How a JSON document beside a backup is judged: a rule for each key, and every fault told at once.

For the manifest, the verification and the holds of a set, which are read from disks and buckets that others may reach.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@frozen
class Rule:
    """What a value must be: in words, and as a test."""

    wanted: str
    holds: Callable[[Any], bool]

    def or_none(self) -> Rule:
        """Return the rule that lets null pass as well."""
        return Rule(f"{self.wanted}, or null", lambda value: value is None or self.holds(value))


def broken(document: object, rules: Mapping[str, Rule], where: str = "") -> Iterator[str]:
    """Yield what keeps an object from having just the keys of `rules`, each with a value that its rule takes.

    Args:
        document: what was parsed from JSON.
        rules: a rule for each key; every key must be there, and no other.
        where: what stands before a key in a message, such as ``artifacts[0].``.
    """
    if not isinstance(document, dict):
        yield f"{where.rstrip('.')}{': ' if where else ''}wanted an object, found {shown(document)}"
        return
    for key, rule in rules.items():
        if key not in document:
            yield f"{where}{key} is missing"
        elif not rule.holds(document[key]):
            yield f"{where}{key}: wanted {rule.wanted}, found {shown(document[key])}"
    for key in document:
        if key not in rules:
            yield f"{where}{str(key)[:40]!r} is not known"


def shown(value: object) -> str:
    """Return a value for a message, cut to 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def instant_text(instant: datetime) -> str:
    """Return an instant as documents hold it: in UTC, to the microsecond; `INSTANT` takes it."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def one_of(words: Mapping[str, object] | tuple[str, ...]) -> Rule:
    """Return the rule that takes one of some words."""
    return Rule(" or ".join(words), lambda value: isinstance(value, str) and value in words)


def text_like(wanted: str, pattern: str) -> Rule:
    """Return the rule that takes a text which the whole of a regular expression matches."""
    compiled = re.compile(pattern)
    return Rule(wanted, lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None)


def objects(wanted: str, rules: Mapping[str, Rule]) -> Rule:
    """Return the rule that takes a list of objects which keep `rules`."""
    return Rule(
        wanted, lambda value: isinstance(value, list) and all(next(broken(item, rules), None) is None for item in value)
    )


def _is_instant(value: object) -> bool:
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:  # such as the 31st of February
        return False
    return True


_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}\+00:00")

TEXT = Rule("a text", lambda value: isinstance(value, str))
WORDS = Rule("a text that is not empty", lambda value: isinstance(value, str) and value != "")
COUNT = Rule("a number from 0", lambda value: type(value) is int and value >= 0)
DIGEST = text_like("64 hexadecimal digits", r"[0-9a-f]{64}")
INSTANT = Rule("a time in UTC such as 2026-01-31T12:00:00.000000+00:00", _is_instant)
