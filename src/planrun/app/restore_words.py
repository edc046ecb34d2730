"""What is wanted of a restore, and the question before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.moments import to_the_minute
from planrun.core.policy import OnConflict
from planrun.errors import Refused
from planrun.frozen import frozen

if TYPE_CHECKING:
    from pathlib import Path

    from planrun.core.manifest import Manifest
    from planrun.ports import Person


@frozen
class Wanted:
    """What is to be restored, and how.

    Attributes:
        steps: the backup steps that saved it; none: the only dump of the set.
        tables: of a dump only the rows of these tables, each NAME or SCHEMA.NAME as SQL writes it.
        clean: drop what is in the database and in the dump first.
        in_use: restore though others are connected to the database.
        on_conflict: what becomes of rows that the application changed since.
        dry_run: compare and count, and write nothing.
        identity: the file of the private keys, for encrypted sets.
        yes: do not ask.
    """

    steps: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    clean: bool = False
    in_use: bool = False
    on_conflict: OnConflict = OnConflict.ABORT
    dry_run: bool = False
    identity: Path | None = None
    yes: bool = False


def confirm(question: str, wanted: Wanted, person: Person) -> None:
    """Ask whether to go on.

    Raises:
        Refused: the answer is no.
        UsageFault: nobody is there to answer.
    """
    if not wanted.yes and not person.asks(question, option="--yes"):
        raise Refused("not confirmed; nothing was done")


def origin(manifest: Manifest) -> str:
    """Return which set it is, for people."""
    when = to_the_minute(manifest.started)
    return f"{manifest.plan}, run {manifest.run}, {when}, from database {manifest.origin.database}"
