"""The last line of a terminal: how far the long works have come that are under way.

Where stderr is no terminal, or one that cannot erase a line, nothing is shown. Nor is a work that ends within a second.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from planrun.ports import Meter

_ERASE = "\r\x1b[K"
_SECONDS_UNSEEN = 1.0
_SECONDS_BETWEEN = 0.2
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


class Meters:
    """All works that are under way, on one line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._seen = stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb")
        self._running: list[_Running] = []
        self._lock = threading.RLock()
        self._drawn = 0.0

    @contextmanager
    def meter(
        self, what: str, unit: Literal["bytes", "rows"], total: Callable[[], int | None] | None
    ) -> Iterator[Meter]:
        """Give what counts one work; see `planrun.ports.Person.follows`."""
        running = _Running(self, what, unit, total() if self._seen and total else None)
        with self._lock:
            self._running.append(running)
        try:
            yield running
        finally:
            with self._lock:
                self._running.remove(running)
                self._erase()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Clear the line while something else is written."""
        with self._lock:
            self._erase()
            yield

    def moved(self, running: _Running, amount: int) -> None:
        """Count `amount` more, and draw the line anew unless that was done a moment ago."""
        with self._lock:
            running.done += amount
            now = time.monotonic()
            if not self._seen or now - self._drawn < _SECONDS_BETWEEN:
                return
            parts = [shown for running in self._running if (shown := running.shown(now))]
            if parts:
                self._drawn = now
                self._stream.write(_ERASE + " | ".join(parts)[: _width(self._stream) - 1])
                self._stream.flush()

    def _erase(self) -> None:
        if self._drawn:
            self._drawn = 0.0
            self._stream.write(_ERASE)
            self._stream.flush()


class _Running:
    """A work that is under way; the `Meter` of it."""

    def __init__(self, meters: Meters, what: str, unit: Literal["bytes", "rows"], total: int | None) -> None:
        self._meters = meters
        self._what = what
        self._unit = unit
        self._total = total
        self.done = 0
        self._began = time.monotonic()

    def advanced(self, amount: int) -> None:
        self._meters.moved(self, amount)

    def shown(self, now: float) -> str:
        """Return what is to be seen of it at `now`; nothing if it is too young."""
        seconds = now - self._began
        return progress(self._what, self._unit, self.done, self._total, seconds) if seconds > _SECONDS_UNSEEN else ""


def progress(what: str, unit: Literal["bytes", "rows"], done: int, total: int | None, seconds: float) -> str:
    """Return how far a work has come: how much, how fast and, where the whole is known, the share and the time left."""
    rate = done / seconds
    text = f"{what}  {_amount(done, unit)}  {_amount(rate, unit)}/s"
    if total and done < total and rate:  # an estimate that was passed says nothing any more
        text += f"  {100 * done // total} %  {_span((total - done) / rate)} left"
    return text


def _amount(number: float, unit: Literal["bytes", "rows"]) -> str:
    if unit == "rows":
        return f"{number:,.0f} rows"
    power = 0
    while number >= 1000 and power < len(_UNITS) - 1:
        number /= 1000
        power += 1
    return f"{number:.{1 if power else 0}f} {_UNITS[power]}"


def _span(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _width(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except OSError:
        return 80
