"""The rollback steps of a plan, each read when its step goes back.

A rollback is what is left when all else went wrong. What it runs is in the history, but for these; so that no script of
a forward step, which may be broken or deleted by then, keeps it from its work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.plan import Reverse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planrun.core.plan import Plan
    from planrun.core.script import Statement
    from planrun.core.selection import Part


class ByHand:
    """The ways back that a plan has by hand.

    Args:
        plan: the plan.
        read: the statements of those that were read already, by the step that they take back.
    """

    def __init__(self, plan: Plan, read: Mapping[str, tuple[Statement, ...]] | None = None) -> None:
        self._plan = plan
        self._steps = {step.action.of: step for step in plan.steps if isinstance(step.action, Reverse)}
        self._read = dict(read or {})

    def of(self, chosen: Part) -> dict[str, tuple[Statement, ...]]:
        """Return the statements by hand of what goes back, by step; what was read once is not read again.

        Raises:
            PlanInvalid: with every fault of their scripts.
        """
        # A rollback goes back as it was recorded, not by the scripts that take the steps of the plan back.
        going = {step.step for step in chosen.going} if chosen.run.direction == "execute" else set()
        wanted = self._steps.keys() & going
        if unread := [step for of, step in self._steps.items() if of in wanted - self._read.keys()]:
            from planrun.app.scheduling import ways_back  # noqa: PLC0415  it takes the parser

            self._read |= ways_back(self._plan, unread)
        return {of: self._read[of] for of in wanted}
