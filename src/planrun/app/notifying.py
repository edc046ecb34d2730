"""Tells the people that a plan names how a command ended: `notify:`.

A message that cannot be sent is a warning. It never ends a run, and never hides the error that it was about.
"""

from __future__ import annotations

import os
import platform
from contextlib import contextmanager
from typing import TYPE_CHECKING

from planrun.core.notice import Notice, line, notice, quotation
from planrun.core.plan import Event
from planrun.core.redaction import secrets
from planrun.edges import notify
from planrun.edges.postgres.unreached import describe
from planrun.errors import Conflict, EnvironmentFault, PlanrunError, Refused, UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from planrun.core.plan import Plan
    from planrun.ports import Person


class Ending:
    """What a command says of its end; a success is told only if it says one."""

    def __init__(self) -> None:
        self.success: tuple[str, ...] | None = None

    def well(self, *lines: str) -> None:
        """Say that the command did what it was for, and what that was."""
        self.success = lines


@contextmanager
def told_to_others(plan: Plan, command: str, params: Mapping[str, str], person: Person) -> Iterator[Ending]:
    """Send the notification that the plan wants of how the block ends.

    Args:
        plan: names the events, and where the addresses are.
        command: ``execute`` or ``rollback``.
        params: of the target; what may be printed of it is told.
        person: gets the warning when a message of a success cannot be sent.
    """
    ending = Ending()
    try:
        yield ending
    except BaseException as error:
        event = _event(error, person)
        if event is not None and (trouble := _tell(plan, event, _failed(plan, command, params, error))):
            error.add_note(trouble)
        raise
    if ending.success is not None:
        said = [*_head(command, "done", params), "", *map(line, ending.success)]
        if trouble := _tell(plan, Event.SUCCESS, message(plan, f"{command} done", said)):
            person.tells(f"warning: {trouble}")


def _event(error: BaseException, person: Person) -> Event | None:
    """Return what an error is to others; None for one that only whoever started the command has to know."""
    if isinstance(error, UsageFault) or (type(error) is Refused and person.present):
        return None
    return Event.CONFLICT if isinstance(error, Conflict) else Event.FAILURE


def _failed(plan: Plan, command: str, params: Mapping[str, str], error: BaseException) -> Notice:
    what = f"{command} met conflicts" if isinstance(error, Conflict) else f"{command} FAILED"
    return message(plan, what, [*_head(command, "failed", params), "", *explained(error)])


def _head(command: str, how: str, params: Mapping[str, str]) -> tuple[str, ...]:
    return (f"planrun {command}: {how}", line(f"target: {describe(params)}"), *origin())


def origin() -> tuple[str, ...]:
    """Return the line that says from where a message comes."""
    return (line(f"from: {platform.node()}"),)


def explained(error: BaseException) -> tuple[str, ...]:
    """Return an error as lines of a message: what it says, what to do, what was noted after it."""
    if not isinstance(error, PlanrunError):
        return (type(error).__name__ if isinstance(error, Exception) else "interrupted",)
    known = secrets(os.environ)
    hint = (f"hint: {line(error.hint, known)}",) if error.hint else ()
    notes = (f"note: {line(note, known)}" for note in getattr(error, "__notes__", ()))
    return (quotation(error.message, known), *hint, *notes)


def message(plan: Plan, what: str, parts: Iterable[str]) -> Notice:
    """Return a message about a plan, without the passwords that the environment holds."""
    return notice(what, plan.name, parts, secrets(os.environ))


def _tell(plan: Plan, event: Event, said: Notice) -> str | None:
    """Send a message if the plan wants it; return why that could not be done, or None."""
    if plan.notify is None or event not in plan.notify.on:
        return None
    try:
        notify.send(said, plan.notify.urls_from)
    except EnvironmentFault as second:
        return f"the notification could not be sent: {second.message}"
    return None
