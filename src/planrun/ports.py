"""The Protocols that the executor and the use-cases speak, where a second implementation exists or is near."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from planrun.core.schedule import ScheduledStep


@frozen
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


def unseen(_: int) -> None:
    """Take the bytes of a progress that nobody watches."""


@frozen
class Stored:
    """An object of a store: its name relative to the store, with ``/``, and its size."""

    name: str
    bytes: int


class Store(Protocol):
    """A place that holds copies of backup sets: a folder, or a prefix in a bucket.

    What is written is there whole or not at all. Where a network is in the way, what may pass is tried again.

    Attributes:
        address: how people name it; holds no credential.
    """

    address: str

    def list(self, prefix: str = "") -> Iterator[Stored]:
        """Yield the objects below a prefix, which ends where a segment of a name does; ``""`` for all.

        Raises:
            EnvironmentFault: the store cannot be read, or holds a name that hides others.
        """

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the content of an object in pieces of a few MiB; nothing says yet that it is what was written.

        Raises:
            EnvironmentFault: it is not there, or cannot be read to its end.
        """

    def put(self, name: str, source: Path, sha256: str, progress: Callable[[int], None] = unseen) -> None:
        """Copy a file to the store, and read it back; an object that is there already and equal is left alone.

        Args:
            name: what it is called in the store.
            source: a regular file.
            sha256: that of its content, in hex.
            progress: told the bytes of each piece that arrived, those that were there already included.

        Raises:
            EnvironmentFault: the file is not what `sha256` says, or the store cannot take it, or gives back another.
        """

    def write(self, name: str, content: bytes) -> None:
        """Put a small document there at one instant, in place of what has the name; raises as `put` does."""

    def delete(self, names: Sequence[str]) -> None:
        """Remove objects; one that is gone already is no fault.

        Raises:
            EnvironmentFault: one could not be removed.
        """
