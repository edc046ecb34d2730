"""The Protocols that the executor and the use-cases speak, where a second implementation exists or is near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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

    def side_by_side(self, steps: tuple[ScheduledStep, ...]) -> Iterator[StepReport]:
        """Carry out steps that make backup files, as many at once as the run may; their records come in their order."""

    def together(self) -> AbstractContextManager[None]:
        """Hold all steps that run inside in one transaction."""


class Meter(Protocol):
    """Is told how far a long work has come, by any thread."""

    def advanced(self, amount: int) -> None:
        """Count `amount` more of the unit that is followed."""


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

    def follows(
        self, what: str, unit: Literal["bytes", "rows"], total: Callable[[], int | None] | None = None
    ) -> AbstractContextManager[Meter]:
        """Show how a long work goes on for as long as the block runs: how much, how fast and, if known, how long yet.

        Args:
            what: the work, such as the id of a step.
            unit: what is counted.
            total: asked for the whole at the start, only where somebody looks; an estimate will do.
        """
