"""Generates whole cases, and writes them as the case files are written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from generated import alterations, definitions, patterns, schemas, writes
from generated.dice import Dice
from generated.model import Column, Model, Table
from undo_case import Case

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Written:
    """What the application writes or defines.

    Attributes:
        text: one statement.
        query: what finds it; nothing where nothing does.
        after: the number of the step after which it is written.
    """

    text: str
    query: str
    after: int


@dataclass(frozen=True)
class Generated:
    """A case, statement by statement.

    Attributes:
        superuser: what the superuser does first.
        setup: what is there.
        steps: the statements of each step.
        application: what the application writes and defines after the run and between its steps, in this order.
        settings: of the database.
        whole: whether all steps are one transaction.
        everyday: whether the steps hold nothing but what engineers do every day.
    """

    superuser: tuple[str, ...]
    setup: tuple[str, ...]
    steps: tuple[tuple[str, ...], ...]
    application: tuple[Written, ...]
    settings: tuple[str, ...]
    whole: bool
    everyday: bool

    def case(self) -> Case:
        sections = [("superuser", "\n".join(self.superuser)), ("setup", "\n".join(self.setup))]
        for number, step in enumerate(self.steps):
            sections.append(("change", "\n".join(step)))
            sections += [("application", written.text) for written in self.written(number)]
        sections += [("survives", written.query) for written in self.written(len(self.steps) - 1)]
        directives = [("expect", "restored"), *(("setting", setting) for setting in self.settings)]
        if self.whole:
            directives.append(("transaction", "plan"))
        return Case("generated", tuple((name, text) for name, text in sections if text), tuple(directives))

    def written(self, after: int) -> tuple[Written, ...]:
        """Return what the application writes after a step."""
        return tuple(written for written in self.application if written.after == after)

    def without(self, step: int) -> Generated:
        """Return the case without one of its steps; what is written after it then follows the one before.

        After the first one it goes too: behind the next one it would mean something else.
        """
        application = tuple(
            replace(written, after=written.after - (written.after >= step))
            for written in self.application
            if written.after or step
        )
        return replace(self, steps=(*self.steps[:step], *self.steps[step + 1 :]), application=application)

    def text(self) -> str:
        """Return it as a file for tests/cases/undo."""
        case = self.case()
        lines = [f"-- {name}: {value}" for name, value in case.directives]
        for name, text in case.sections:
            lines += [f"-- {name}", text]
        return "\n".join(lines) + "\n"

    def smaller(self) -> Iterator[Generated]:
        """Yield the same case without one of its parts, the later ones first."""
        if self.whole:
            yield replace(self, whole=False)
        yield from (replace(self, application=rest) for rest in _without_one(self.application))
        if len(self.steps) > 1:
            yield from (self.without(number) for number in reversed(range(len(self.steps))))
        for field in ("setup", "settings", "superuser"):
            yield from (replace(self, **{field: rest}) for rest in _without_one(getattr(self, field)))
        for number, step in enumerate(self.steps):
            for rest in filter(None, _without_one(step)):
                yield replace(self, steps=(*self.steps[:number], rest, *self.steps[number + 1 :]))


def _without_one(parts: tuple) -> Iterator[tuple]:
    for number in reversed(range(len(parts))):
        yield (*parts[:number], *parts[number + 1 :])


def generated() -> st.SearchStrategy[Generated]:
    """Return the strategy of all cases.

    True randomness with a seed of hypothesis: cases that are varied choice by choice would be too much like one
    another, and `smaller` takes statements away, which leaves shorter cases than shrinking choices would.
    """
    return st.randoms(use_true_random=True).map(lambda random: _generated(Dice(random)))


def _generated(dice: Dice) -> Generated:
    """Generate a case; what it holds fits only as far as the generator knows."""
    model = Model()
    settings = schemas.hostile(dice)
    setup = tuple(schemas.setup(dice, model))
    start = {table: set(table.written) for table in model.tables}
    everyday, whole, writes_too = not dice.chance(40), dice.chance(15), dice.chance(55)
    steps: list[tuple[str, ...]] = []
    application: list[Written] = []
    count = dice.pick((1, 1, 1, 2, 2, 3))
    for number in range(count):
        steps.append(_step(dice, model, everyday=everyday))
        # Between steps of one transaction nobody else could write to their tables.
        if writes_too and (number == count - 1 or (dice.chance(30) and not whole)):
            first = len(application)
            application += [Written(*found, number) for found in _application(dice, model, start, first)]
    superuser = () if everyday else ("GRANT case_writer TO app_owner;", "GRANT CREATE ON SCHEMA public TO case_writer;")
    return Generated(
        superuser if any("OWNER TO" in text for step in steps for text in step) else (),
        (*schemas.PLANTED, *setup) if any("evil" in setting for setting in settings) else setup,
        tuple(steps),
        tuple(application),
        settings,
        whole,
        everyday,
    )


def _step(dice: Dice, model: Model, *, everyday: bool) -> tuple[str, ...]:
    statements = []
    for _ in range(dice.number(1, 5)):
        room = writes if dice.chance(50) else definitions
        make = dice.pick(room.EVERYDAY if everyday or dice.chance(60) else room.RARE)
        table = dice.pick(model.tables)
        if dice.chance(10) and table.columns:
            statements.append(dice.pick(patterns.EVERYDAY)(dice, model, table))
            continue
        # A table that lost all columns but its key has nothing that could be set.
        statements.append((make if table.written or room is definitions else writes.delete)(dice, model, table))
    return tuple(statements)


def _application(dice: Dice, model: Model, start: dict[Table, set[Column]], first: int) -> Iterator[tuple[str, str]]:
    """Yield what means the same with the plan and without: it is about tables and columns that kept their names."""
    altered = dice.chance(60)
    for number in range(first, first + dice.number(1, 4)):
        tables = [t for t in model.tables if t in start and t.name == t.first_name and t.schema == "public"]
        if not tables:
            return
        table = dice.pick(tables)
        kept = [c for c in table.columns if c in start[table] and c.name == c.first_name]
        if kept and altered and dice.chance(70):
            alter = dice.pick(alterations.EVERYDAY if dice.chance(85) else alterations.RARE)
            yield from alter(dice, model, replace(table, columns=kept), f"app{number}")
        elif kept:
            yield writes.application(dice, replace(table, columns=kept), number)
