"""Moments as people read them: in UTC, to the second or to the minute."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def to_the_second(moment: datetime) -> str:
    """Return a moment to the second: ``2026-01-31 12:00:00 UTC``."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def to_the_minute(moment: datetime) -> str:
    """Return a moment to the minute: ``2026-01-31 12:00 UTC``."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
