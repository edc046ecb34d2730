"""How long something may take, as plans write it (``5s``) and as the server counts it (milliseconds)."""

from __future__ import annotations

import re

_UNITS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"0|(?P<number>[0-9]{1,9})(?P<unit>ms|s|min|h|d)")

LONGEST_TIMEOUT = 2_147_483_647
"""The largest timeout that PostgreSQL takes, in milliseconds (about 24.8 days)."""


def is_duration(text: str) -> bool:
    """Return whether `milliseconds` can read the text."""
    return _DURATION.fullmatch(text) is not None


def milliseconds(text: str) -> int:
    """Return the length of a duration in milliseconds.

    Args:
        text: a whole number with one of the units ms, s, min, h and d, or ``0`` alone.

    Raises:
        ValueError: the text is no such duration.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"wanted a duration such as 500ms, 5s, 30min, 1h, 2d or 0, found {text!r}")
    if found["unit"] is None:
        return 0
    return int(found["number"]) * _UNITS[found["unit"]]


def worded(length: int) -> str:
    """Return so many milliseconds as a plan says them, in the largest unit that leaves no rest: ``5s``, ``1500ms``."""
    unit = max((unit for unit, size in _UNITS.items() if length % size == 0), key=_UNITS.__getitem__)
    return f"{length // _UNITS[unit]}{unit}" if length else "0"
