"""The one tree of errors, and the exit code that each branch means.

A message is lower case, without a full stop; it names the thing, says what was wanted and what was found.
`hint` says what to do. Nothing here prints, and no error carries a password.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence


@frozen(order=True)
class Place:
    """Where something stands: a file, and a line and column counted from 1 (0 when unknown)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return ``file:line:column``, leaving out what is unknown."""
        known = [str(number) for number in (self.line, self.column) if number]
        return ":".join([self.file, *known])


@frozen
class Fault:
    """One thing that is wrong with a plan or a template."""

    message: str
    place: Place | None = None
    hint: str | None = None

    def __str__(self) -> str:
        """Return the fault as one line, and its hint as a second."""
        head = f"{self.place}: {self.message}" if self.place else self.message
        return f"{head}\n    hint: {self.hint}" if self.hint else head


@frozen
class ConflictRecord:
    """Something that the application changed since and a rollback would overwrite.

    `outcome` is what becomes of it, kept or restored; None while it stands in the way.
    """

    step: str
    relation: str
    key: str
    column: str | None
    before: str | None
    after: str | None
    now: str | None
    kind: str
    outcome: str | None = None


class PlanrunError(Exception):
    """The root of every error that planrun raises on purpose.

    Attributes:
        message: what was wanted and what was found.
        place: where, if a file is at fault.
        hint: what to do about it.
        exit_code: the exit code of the command that it ends.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, place: Place | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        """Return the error as people read it: place, message, hint."""
        return str(Fault(self.message, self.place, self.hint))


class UsageFault(PlanrunError):
    """A command was called in a way that cannot work."""

    exit_code = 2


class PlanInvalid(PlanrunError):
    """A plan, its templates or its scripts are wrong; carries every fault that was found."""

    exit_code = 2

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class StepFailed(PlanrunError):
    """A step could not be carried out; nothing of it stayed."""

    exit_code = 1


class StatementFailed(StepFailed):
    """The server refused a statement.

    Attributes:
        sqlstate: the five-character SQLSTATE, or an empty string.
        excerpt: the statement's line with a caret under the place, ready to print.
    """

    def __init__(
        self,
        message: str,
        *,
        sqlstate: str = "",
        excerpt: str = "",
        place: Place | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, place=place, hint=hint)
        self.sqlstate = sqlstate
        self.excerpt = excerpt

    def __str__(self) -> str:
        """Return place and message, the line with its caret, and the hint."""
        head = f"{self.place}: {self.message}" if self.place else self.message
        parts = [head, self.excerpt, f"    hint: {self.hint}" if self.hint else ""]
        return "\n".join(part for part in parts if part)


class CheckFailed(StepFailed):
    """A check or an assert found something other than what was wanted."""


class EnvironmentFault(PlanrunError):
    """The database cannot be reached or used, or a tool, a file or a disk is missing or full."""

    exit_code = 3


class Unreachable(EnvironmentFault):
    """A store cannot be reached, or refuses us: nothing is known of what lies in it."""


class NotAsSaved(EnvironmentFault):
    """A backup set is not there whole, or a byte of it is not what its manifest says."""


class Refused(PlanrunError):
    """planrun could do it, but would not be sure of it: nothing was changed."""

    exit_code = 4


class Outdated(Refused):
    """A way back was made before something that it has to know of; made anew it may go."""


class NotReversible(Refused):
    """A step did something whose way back could not be proved; it was rolled back before COMMIT."""


class Conflict(Refused):
    """The application changed something that the way back would overwrite; nothing was changed.

    Attributes:
        conflicts: what stands in the way; empty when the server itself refused.
        sqlstate: by which it refused, or an empty string.
        not_compared: the steps whose turn did not come: more may stand in their way than is listed.
        of_backup: whether rows of a backup would have overwritten it, not a way back.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        conflicts: Sequence[ConflictRecord] = (),
        sqlstate: str = "",
        not_compared: tuple[str, ...] = (),
        of_backup: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.conflicts = conflicts
        self.sqlstate = sqlstate
        self.not_compared = not_compared
        self.of_backup = of_backup


class Stopped(Conflict):
    """A way back of several transactions met a conflict; the parts before it are committed, the rest is as it was."""


class ChangedSinceRun(Refused):
    """A step that already ran reads otherwise now."""
