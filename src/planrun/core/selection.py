"""Which steps a rollback takes back: a whole run, what ran after a step, or one step with what needs it.

A part of a run goes only if the rest can stay as it is: where a step that stays had run later and touched the same
objects or the same rows, the two cannot be told apart any more, and nothing goes.
"""

from __future__ import annotations

from dataclasses import field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from planrun.core.graph import dependants
from planrun.errors import Refused, UsageFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from planrun.core.batches import Page
    from planrun.core.graph import Node
    from planrun.core.record import RunRecord, StepRecord


@frozen
class Everything:
    """All of a run that is in effect."""


@frozen
class After:
    """All that ran after a step, which itself stays."""

    step: str


@frozen
class Only:
    """One step, and the steps that need it, directly or through others."""

    step: str


Selection = Everything | After | Only

_RUNS = "planrun status shows what ran"


@frozen
class Part:
    """What a rollback takes back.

    Attributes:
        run: the run that it belongs to.
        going: the steps to take back, in the order in which they ran.
        staying: the steps that stay in effect, of this and of all other runs of the plan, in that order.
        finalized: the runs among those whose undo logs are gone.
        brought: for each rollback that brought steps of those again its records, which hold their undo logs.
    """

    run: RunRecord
    going: tuple[StepRecord, ...]
    staying: tuple[StepRecord, ...]
    finalized: frozenset[int] = frozenset()
    brought: Mapping[int, tuple[StepRecord, ...]] = field(default_factory=dict)

    @property
    def remaining(self) -> tuple[StepRecord, ...]:
        """The steps of the run that stay."""
        return tuple(step for step in self.staying if step.run == self.run.id)

    @property
    def others(self) -> tuple[int, ...]:
        """The other runs of the plan that stay and can be taken back, in the order in which that goes."""
        if self.run.direction == "rollback":
            return ()
        runs = {step.run for step in self.staying if step.lasting} - {self.run.id} - self.finalized
        return tuple(sorted(runs, reverse=True))


def part(
    runs: Iterable[RunRecord], plan: str, nodes: Sequence[Node], selection: Selection, run: int | None = None
) -> Part:
    """Choose what goes.

    Args:
        runs: the runs of the plan, oldest first.
        plan: its name.
        nodes: its steps as they are now.
        selection: what is wanted.
        run: the run that is meant; None for the last one, or for that of the step.

    Raises:
        UsageFault: there is no such run or step, or nothing to take back.
        Refused: a later run has to go first, or the undo log was dropped.
    """
    listed = tuple(runs)
    forward = {record.id: record for record in listed if record.direction == "execute"}
    back = {record.id: record for record in listed if record.direction == "rollback"}
    if (turned := _turned(forward, back, selection, run)) is not None:
        return turned
    if run is not None and run not in forward:
        raise UsageFault(f"there is no run {run} of this plan", hint="planrun status shows the runs")
    effective = sorted(
        (step for record in forward.values() for step in record.steps if step.in_effect), key=lambda step: step.id
    )
    going = _going(selection, effective, run, plan, nodes)
    record = forward[_one_run(going)]
    _held(going)
    if record.finalized is not None:
        raise Refused(f"run {record.id} was finalized: its undo log is gone")
    gone = {step.id for step in going}
    return Part(
        run=record,
        going=tuple(going),
        staying=tuple(step for step in effective if step.id not in gone),
        finalized=frozenset(item.id for item in listed if item.finalized is not None),
        brought={number: record.steps for number, record in back.items()},
    )


def _held(going: Iterable[StepRecord]) -> None:
    """Refuse steps whose undo logs are those of a rollback, which goes back as a whole.

    Raises:
        Refused: steps among them were brought again.
    """
    brought = {step.step: step.again_by for step in going if step.again_by}
    if brought:
        last = max(brought.values())
        raise Refused(
            f"run {last} brought {', '.join(brought)} again, and holds the way back: it took a rollback back",
            hint=f"take that one back: planrun rollback PLAN --run {last}",
        )


def _turned(
    forward: Mapping[int, RunRecord], back: Mapping[int, RunRecord], selection: Selection, run: int | None
) -> Part | None:
    """Choose a rollback to be taken back: one that is named, or the last that brought steps again."""
    if run is None and not isinstance(selection, Everything):
        return None
    effective = [step for record in forward.values() for step in record.steps if step.in_effect]
    last = max((step.again_by or step.run for step in effective), default=0)
    number = last if run is None else run
    if number not in back:
        brought = sorted({step.again_by for step in effective if step.again_by and run in {None, step.run}})
        if brought and last == brought[-1]:
            raise Refused(
                f"its steps were brought again by run {last}, which took a rollback back",
                hint=f"take that one back: planrun rollback PLAN --run {last}",
            )
        return None
    if not isinstance(selection, Everything):
        raise UsageFault(f"run {number} is a rollback: it is taken back as a whole", hint="leave --to and --only out")
    return _rolled_back(back[number], effective, back, forward)


def _rolled_back(
    record: RunRecord, effective: list[StepRecord], back: Mapping[int, RunRecord], forward: Mapping[int, RunRecord]
) -> Part:
    going = tuple(step for step in record.steps if step.in_effect)
    if not going:
        raise UsageFault(f"run {record.id} has nothing that could be taken back", hint=_RUNS)
    _held(going)
    _last(record, effective, {**forward, **back})
    if record.finalized is not None:
        raise Refused(f"run {record.id} was finalized: its undo log is gone")
    if all(step.undo is None for step in going):
        # What a rollback of a rollback brought is in effect: there is nothing to run.
        brought = record.reverses in back
        raise Refused(
            f"run {record.id} left no undo log: it was run by psql, or in several transactions",
            hint="what it brought again stays in effect; undo it with a new plan"
            if brought
            else "run the plan again with planrun execute",
        )
    return Part(run=record, going=going, staying=tuple(effective))


def _last(record: RunRecord, effective: list[StepRecord], runs: Mapping[int, RunRecord]) -> None:
    """Refuse to take a rollback back while something else than it left stands.

    Raises:
        Refused: a step ran since, or a later rollback changed which of the steps of then are in effect.
    """
    since = [step for step in effective if step.id > record.steps[-1].id]
    later = [step.run for step in since if step.run > record.id] + list(_changed(record, runs))
    if later:
        number = max(later)
        raise Refused(
            f"run {number} came after run {record.id} and is in effect",
            hint=f"take it back first: planrun rollback PLAN --run {number}",
        )
    if since:
        raise Refused(
            f"step {since[-1].step} of run {since[-1].run} ran after run {record.id} and is in effect",
            hint=f"take it back first: planrun rollback PLAN --only {since[-1].step}",
        )


def _changed(record: RunRecord, runs: Mapping[int, RunRecord]) -> Iterator[int]:
    """Yield the rollbacks after a rollback that left other steps in effect than it did.

    One that took a later run back changed nothing of then, nor one that brought again what was taken back meanwhile.
    Steps come again only where all is as it was; they go as others do, also when earlier ones have gone.
    """
    go = _brings(record.id, runs)
    then: dict[tuple[int, str, Page | None], bool] = {}
    now: dict[tuple[int, str, Page | None], StepRecord] = {}
    for step in sorted((step for run in runs.values() for step in run.steps if step.ran), key=lambda step: step.id):
        key = (_origin(step.run, runs), step.step, step.page)
        now[key] = step
        if step.id <= record.steps[-1].id:
            # Where it was interrupted on its way back, what is through counts as it was before.
            then[key] = _brings(step.run, runs) is (step.run != record.id or step.in_effect)
    for key, step in now.items():
        came = _brings(step.run, runs)
        if runs[step.run].direction == "rollback" and came is not then.get(key, False) and (came or not go):
            yield step.run


def _origin(run: int, runs: Mapping[int, RunRecord]) -> int:
    """Return the run whose steps a run took back or brought again; itself when it ran them."""
    reverses = runs[run].reverses
    return run if reverses is None else _origin(reverses, runs)


def _brings(run: int, runs: Mapping[int, RunRecord]) -> bool:
    """Whether the steps of a run are in effect when it is done."""
    reverses = runs[run].reverses
    return reverses is None or not _brings(reverses, runs)


def _going(
    selection: Selection, effective: list[StepRecord], run: int | None, plan: str, nodes: Sequence[Node]
) -> list[StepRecord]:
    match selection:
        case Everything():
            return _whole(effective, run, plan)
        case After(step=name):
            return _after(_found(name, effective, run, nodes), effective)
        case Only(step=name):
            return _with_dependants(_found(name, effective, run, nodes), effective, nodes)


def _after(target: StepRecord, effective: list[StepRecord]) -> list[StepRecord]:
    going = [step for step in effective if step.id > target.id]
    if not going:
        raise UsageFault(f"nothing ran after step {target.step}, so that nothing can be taken back", hint=_RUNS)
    return going


def _whole(effective: list[StepRecord], run: int | None, plan: str) -> list[StepRecord]:
    numbers = [step.run for step in effective]
    if numbers and not any(step.lasting for step in effective):
        raise UsageFault(f"plan {plan} has nothing that could be taken back: backups and checks leave nothing behind")
    if not numbers or (run is not None and run not in numbers):
        what = f"run {run}" if run is not None else f"plan {plan}"
        raise UsageFault(f"{what} has nothing that could be taken back", hint=_RUNS)
    last = max(numbers)
    if run is not None and run != last:
        raise Refused(f"run {last} came after run {run} and is in effect", hint="take the later run back first")
    return [step for step in effective if step.run == last]


def _found(name: str, effective: list[StepRecord], run: int | None, nodes: Sequence[Node]) -> StepRecord:
    """Return the step of that name that is in effect."""
    here = [step for step in effective if run is None or step.run == run]
    # A batched step has a record for each page; the last one tells where the step ends.
    found = next((step for step in reversed(here) if step.step == name), None)
    if found is not None:
        return found
    where = "" if run is None else f" in run {run}"
    if any(node.id == name for node in nodes) or any(step.step == name for step in effective):
        raise UsageFault(
            f"step {name} is not in effect{where}: it did not run, or was taken back, so that it is no place to go by",
            hint=_RUNS,
        )
    names = list(dict.fromkeys(step.step for step in here))  # a batched step is there with each of its pages
    near = get_close_matches(name, names, 1)
    known = f"the steps in effect are {', '.join(names)}" if names else "no step is in effect"
    raise UsageFault(f"there is no step {name!r}{where}", hint=f"did you mean {near[0]!r}?" if near else known)


def _with_dependants(target: StepRecord, effective: list[StepRecord], nodes: Sequence[Node]) -> list[StepRecord]:
    if all(node.id != target.step for node in nodes):
        raise Refused(
            f"step {target.step} is no longer in the plan, which would say what needs it",
            hint="put it back into the plan, or name with --to the step before it",
        )
    names = {target.step, *dependants(nodes, target.step)}
    return [step for step in effective if step.step in names]


def _one_run(going: list[StepRecord]) -> int:
    """Return the run of the steps: a rollback takes back one."""
    runs = sorted({step.run for step in going})
    if len(runs) > 1:
        names = ", ".join(dict.fromkeys(step.step for step in going if step.run == runs[-1]))
        raise Refused(
            f"steps of runs {', '.join(map(str, runs))} would have to go, and a rollback takes back one run;"
            f" those of run {runs[-1]} are {names}",
            hint=f"take run {runs[-1]} back first: planrun rollback PLAN --run {runs[-1]}",
        )
    return runs[0]
