"""The course of one long work: how far it has come, and how another thread ends it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from planrun.errors import StepFailed
from planrun.ports import unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Course:
    """Goes along with a work through the edges that carry it out.

    Attributes:
        counts: is told of each further amount that was done.
        stopped: why the work was ended from outside; None while it was not.
    """

    def __init__(self) -> None:
        self.counts: Callable[[int], None] = unseen
        self.stopped: str | None = None
        self._lock = threading.Lock()
        self._ends: list[Callable[[], object]] = []

    def advanced(self, amount: int) -> None:
        """Tell that so much more was done.

        Raises:
            StepFailed: the work was stopped.
        """
        if self.stopped is not None:
            raise StepFailed(self.stopped)
        self.counts(amount)

    @contextmanager
    def ended_by(self, end: Callable[[], object]) -> Iterator[None]:
        """Name what ends the work while the block runs, such as killing a program; it must not raise.

        Raises:
            StepFailed: the work was stopped already; `end` was called.
        """
        with self._lock:
            if self.stopped is not None:
                end()
                raise StepFailed(self.stopped)
            self._ends.append(end)
        try:
            yield
        finally:
            with self._lock:
                self._ends.remove(end)

    def stop(self, why: str) -> None:
        """End the work, now and wherever it is; whoever carries it out meets an error of its own."""
        with self._lock:
            self.stopped = self.stopped or why
            for end in self._ends:
                end()
