"""The Protocols that the executor and the use-cases speak, where a second implementation exists or is near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from planrun.core.schedule import ScheduledStep


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step of a run: `status` is done, warned, skipped (ran before) or waiting (behind ``--until``).

    `note` is a check's finding or a caveat; `reversible` says in words how the step comes back.
    """

    id: str
    kind: str
    status: str
    rows: int | None = None
    seconds: float | None = None
    note: str = ""
    reversible: str = ""


class StepRunner(Protocol):
    """Carries out steps on a database."""

    def run(self, step: ScheduledStep) -> StepReport:
        """Carry out one step and commit it with its record; on an error nothing of it stays."""

    def together(self) -> AbstractContextManager[None]:
        """Hold all steps that run inside in one transaction."""


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
