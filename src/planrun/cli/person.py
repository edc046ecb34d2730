"""Whoever started the command: told on stderr, asked only at a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

from planrun.cli import output
from planrun.cli.meter import Meters
from planrun.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from planrun.ports import Meter


class Terminal:
    """The `Person` of the command line; see `planrun.ports`.

    Attributes:
        present: whether somebody can see a question on stderr and answer it on stdin.
    """

    def __init__(self) -> None:
        self.present = sys.stdin.isatty() and sys.stderr.isatty()
        self._meters = Meters(sys.stderr)

    def tells(self, text: str) -> None:
        """Show progress."""
        with self._meters.aside():
            output.notice(output.safe(text))

    def asks(self, question: str, *, option: str) -> bool:
        """Ask; anything but y or yes is a no.

        Raises:
            UsageFault: stdin or stderr is no terminal.
        """
        if not self.present:
            raise UsageFault(
                f"nobody is there to answer: {question}", hint=f"{option} answers it where there is no terminal"
            )
        with self._meters.aside():
            output.notice(f"{output.safe(question)} [y/N] ", newline=False)
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):
            output.notice("")  # the end of input (Ctrl-D) leaves the cursor behind the question
        return answer.strip().lower() in {"y", "yes"}

    def follows(
        self, what: str, unit: Literal["bytes", "rows"], total: Callable[[], int | None] | None = None
    ) -> AbstractContextManager[Meter]:
        """Show how a long work goes on, at the bottom of a terminal; elsewhere show nothing."""
        return self._meters.meter(output.safe(what), unit, total)
