"""What a generator asks: one of several, yes or no, how many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

_T = TypeVar("_T")


@dataclass(frozen=True)
class Dice:
    """Thrown with a seed of hypothesis, so that a case can be repeated."""

    random: Random

    def number(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def pick(self, choices: Sequence[_T]) -> _T:
        return self.random.choice(choices)

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def some(self, choices: Sequence[_T], percent: int) -> list[_T]:
        return [choice for choice in choices if self.chance(percent)]
