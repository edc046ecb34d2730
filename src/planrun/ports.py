"""The Protocols that the use-cases speak where more than one implementation exists."""

from __future__ import annotations

from typing import Protocol


class Person(Protocol):
    """Whoever started the command: a person at a terminal, or nobody.

    Attributes:
        present: whether somebody is there who can answer.
    """

    present: bool

    def tells(self, text: str) -> None:
        """Show a line of progress; it is no result and may be thrown away."""

    def asks(self, question: str, *, option: str) -> bool:
        """Ask for a yes.

        Args:
            question: what is about to happen, to what.
            option: the option that would have answered, such as ``--yes``.

        Raises:
            UsageFault: nobody is there to answer; it names the option.
        """
