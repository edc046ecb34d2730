"""Whoever started the command: told on stderr, asked only at a terminal."""

from __future__ import annotations

import sys

from planrun.cli import output
from planrun.errors import UsageFault


class Terminal:
    """The `Person` of the command line; see `planrun.ports`.

    Attributes:
        present: whether somebody can see a question on stderr and answer it on stdin.
    """

    def __init__(self) -> None:
        self.present = sys.stdin.isatty() and sys.stderr.isatty()

    def tells(self, text: str) -> None:
        """Show progress."""
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
        output.notice(f"{output.safe(question)} [y/N] ", newline=False)
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):
            output.notice("")  # the end of input (Ctrl-D) leaves the cursor behind the question
        return answer.strip().lower() in {"y", "yes"}
