"""Which backup sets of one store are kept, which may go, and why.

A set is kept when any reason keeps it; only what no reason keeps goes. Days, weeks (from Monday) and months are
those of UTC, and only such count as have a set: where no backup was made for a month, nothing is lost by waiting.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from planrun.core.console import plural
from planrun.core.moments import to_the_second
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from planrun.core.plan import Keep


class Action(StrEnum):
    """What becomes of a set. LEAVE: it takes no part, and is neither counted nor deleted."""

    KEEP = "keep"
    DELETE = "delete"
    LEAVE = "leave"


class Because(StrEnum):
    """Why, as a word for programs."""

    AGE = "age"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    AT_LEAST = "at_least"
    NEWEST = "newest"
    VERIFIED = "verified"
    RUN = "run"
    HOLD = "hold"
    NO_RULE = "no rule"
    NO_REASON = "no reason to keep it"
    FUTURE = "from the future"
    BEGUN = "deletion was begun"
    NOT_ASKED = "not asked"


@frozen
class Reason:
    """Why, as a word for programs and in words for people."""

    because: Because
    text: str


@frozen
class KnownSet:
    """A complete set as retention sees it.

    Attributes:
        name: of its folder.
        started: when it was begun, with a time zone.
        verified: whether its bytes were found to be those of its manifest.
        restored: whether it was restored and found equal.
    """

    name: str
    started: datetime
    verified: bool = False
    restored: bool = False


@frozen
class Decision:
    """What becomes of a set, with every reason."""

    name: str
    action: Action
    reasons: tuple[Reason, ...]


def decide(
    sets: Iterable[KnownSet], keep: Keep | None, now: datetime, protected: Mapping[str, Sequence[Reason]]
) -> tuple[Decision, ...]:
    """Decide about all sets of a plan in one store; oldest first, whatever the order of `sets`.

    Args:
        sets: the complete ones.
        keep: what the plan says of the store; None when it says nothing, so that nothing goes.
        now: with a time zone. A set that was begun later is left alone, and takes no other one's place.
        protected: why some sets must stay whatever `keep` says, by name.
    """
    ordered = sorted(sets, key=lambda item: (item.started, len(item.name), item.name))
    past = [item for item in reversed(ordered) if item.started <= now]
    kept: dict[str, list[Reason]] = {item.name: [] for item in past}
    for name, reason in _always(past):
        kept[name].append(reason)
    for item in past:
        kept[item.name] += protected.get(item.name, ())
    for name, reason in _by_rules(past, keep, now):
        kept[name].append(reason)
    return tuple(
        _decision(item, kept[item.name], keep) if item.name in kept else _from_the_future(item, now) for item in ordered
    )


def _decision(item: KnownSet, reasons: Sequence[Reason], keep: Keep | None) -> Decision:
    if reasons or keep is None:
        return Decision(item.name, Action.KEEP, tuple(reasons))
    return Decision(item.name, Action.DELETE, (Reason(Because.NO_REASON, _why_not(keep)),))


def _from_the_future(item: KnownSet, now: datetime) -> Decision:
    text = f"begun at {to_the_second(item.started)}, and it is {to_the_second(now)}: a clock is wrong"
    return Decision(item.name, Action.LEAVE, (Reason(Because.FUTURE, text),))


# --- reasons, the newest set first -------------------------------------------------------------


def _always(newest_first: Sequence[KnownSet]) -> Iterator[tuple[str, Reason]]:
    verified = next((item for item in newest_first if item.verified or item.restored), None)
    restored = next((item for item in newest_first if item.restored), None)
    if newest_first:
        yield newest_first[0].name, Reason(Because.NEWEST, "the newest set")
    if restored is not None:
        yield restored.name, Reason(Because.VERIFIED, "the last that was restored and found equal")
    if verified is not None and verified is not restored:
        yield verified.name, Reason(Because.VERIFIED, "the last whose bytes were verified")


def _by_rules(newest_first: Sequence[KnownSet], keep: Keep | None, now: datetime) -> Iterator[tuple[str, Reason]]:
    if keep is None:
        reason = Reason(Because.NO_RULE, "the plan does not say how long this store keeps sets")
        yield from ((item.name, reason) for item in newest_first)
        return
    if keep.age is not None:
        limit = timedelta(milliseconds=keep.age)
        reason = Reason(Because.AGE, f"not older than {_span(limit)}")
        yield from ((item.name, reason) for item in newest_first if now - item.started <= limit)
    for because, count, period in _calendar(keep):
        for name, label in _newest_of_each(newest_first, count, period):
            yield name, Reason(because, f"newest {because.value} of {label}")
    for item in newest_first[: keep.at_least]:
        yield item.name, Reason(Because.AT_LEAST, f"among the newest {keep.at_least}")


def _calendar(keep: Keep) -> tuple[tuple[Because, int, Callable[[datetime], str]], ...]:
    return (
        (Because.DAILY, keep.daily, _day),
        (Because.WEEKLY, keep.weekly, _week),
        (Because.MONTHLY, keep.monthly, _month),
    )


def _newest_of_each(
    newest_first: Sequence[KnownSet], count: int, period: Callable[[datetime], str]
) -> list[tuple[str, str]]:
    """Return the newest set of each of the last `count` periods that have one, and the name of the period."""
    newest: dict[str, str] = {}
    for item in newest_first:
        newest.setdefault(period(item.started.astimezone(UTC)), item.name)
    return [(name, label) for label, name in list(newest.items())[:count]]


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _week(moment: datetime) -> str:
    return f"{moment:%G-W%V}"


def _month(moment: datetime) -> str:
    return f"{moment:%Y-%m}"


# --- in words ----------------------------------------------------------------------------------


def _why_not(keep: Keep) -> str:
    parts = [] if keep.age is None else [f"older than {_span(timedelta(milliseconds=keep.age))}"]
    units = {Because.DAILY: "day", Because.WEEKLY: "week", Because.MONTHLY: "month"}
    if periods := [_count(count, units[because]) for because, count, _ in _calendar(keep) if count]:
        parts.append(f"not the newest of one of the last {', '.join(periods)} that have a set")
    if keep.at_least:
        parts.append(f"not among the newest {keep.at_least}")
    return "; ".join(parts) or "no rule keeps more than the newest"


def _span(length: timedelta) -> str:
    """Return a length of time in the largest unit that leaves no rest."""
    milliseconds = length // timedelta(milliseconds=1)
    units = ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second"), (1, "millisecond"))
    size, noun = next((size, noun) for size, noun in units if milliseconds % size == 0)
    return _count(milliseconds // size, noun)


def _count(number: int, noun: str) -> str:
    return f"{number} {plural(noun, number)}"
