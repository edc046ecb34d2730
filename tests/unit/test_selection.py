"""Which steps go, from records alone: what the history of several runs holds, and what a plan says needs what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from planrun.core.overlap import Overlap, Shared, touched
from planrun.core.record import RunRecord, StepRecord
from planrun.core.selection import After, Everything, Only, part
from planrun.core.undo import Captured, SideColumn, Undo
from planrun.errors import Refused, UsageFault

NOW = datetime(2026, 1, 31, tzinfo=UTC)
KEY = SideColumn(1, "id", "id", "integer", exact=True)


@dataclass(frozen=True)
class Node:
    id: str
    needs: tuple[str, ...] = ()


NODES = (Node("a"), Node("b", ("a",)), Node("c", ("b",)), Node("d"))


def step(number, name, run=1, **values):
    return StepRecord(number, run, name, "migrate", "done", "", "", NOW, NOW, **values)


def run(number, *steps, **values):
    return RunRecord(number, "p", "execute", "done", "step", NOW, NOW, "r", steps=steps, **values)


def table(oid=7, **values):
    values = {"key": (KEY,), "side": f"side{oid}", **values}
    return Captured(oid=oid, before="t", after="t", columns=(KEY,), **values)


def undo(*tables, **values):
    return Undo(captured=tables, **{"objects": (), **values})


def chosen(runs, selection, **options):
    return [item.step for item in part(runs, "p", NODES, selection, **options).going]


FOUR = run(1, *(step(number, name) for number, name in enumerate("abcd", 1)))


@pytest.mark.parametrize(
    ("selection", "going"),
    [(Everything(), "abcd"), (After("b"), "cd"), (Only("b"), "bc"), (Only("d"), "d"), (Only("a"), "abc")],
)
def test_what_goes(selection, going):
    assert "".join(chosen([FOUR], selection)) == going


def test_a_batched_step_ends_with_its_last_record():
    pages = run(1, step(1, "a"), step(2, "b"), step(3, "b"), step(4, "d"))
    assert chosen([pages], After("b")) == ["d"]
    assert chosen([pages], Only("b")) == ["b", "b"]


def test_only_what_is_in_effect_counts():
    partly = run(1, step(1, "a"), step(2, "b", reversed_by=9), step(3, "c"))
    assert chosen([partly], Only("a")) == ["a", "c"]
    with pytest.raises(UsageFault, match="step b is not in effect"):
        part([partly], "p", NODES, After("b"))


def test_a_part_leaves_the_steps_of_other_runs_where_they_are():
    found = part([run(1, step(1, "a")), run(2, step(2, "b", 2), step(3, "d", 2))], "p", NODES, Only("d"))
    assert (found.run.id, [item.step for item in found.staying]) == (2, ["a", "b"])
    assert [item.step for item in found.remaining] == ["b"]


def test_an_older_run_waits_for_the_later_one():
    runs = [run(1, step(1, "a")), run(2, step(2, "d", 2))]
    with pytest.raises(Refused, match="run 2 came after run 1"):
        part(runs, "p", NODES, Everything(), 1)
    assert part(runs, "p", NODES, Only("a"), 1).run.id == 1


def test_a_finalized_run_has_no_parts():
    with pytest.raises(Refused, match="was finalized"):
        part([run(1, step(1, "a"), step(2, "d"), finalized=NOW)], "p", NODES, After("a"))


def between(mine, theirs, **later):
    runs = [run(1, step(1, "a", undo=mine)), run(2, step(2, "d", 2, undo=theirs), **later)]
    return touched(part(runs, "p", NODES, Only("a")))


def test_rows_of_a_table_that_both_wrote_are_asked_for():
    (item,) = between(undo(table()), undo(table()))
    assert isinstance(item, Shared)
    assert between(undo(table()), undo(table(8))) == ()


@pytest.mark.parametrize("odd", [{"key": ()}, {"whole": True}])
def test_rows_that_cannot_be_told_count_as_the_same(odd):
    for pair in ((table(**odd), table()), (table(), table(**odd))):
        (item,) = between(*map(undo, pair))
        assert isinstance(item, Overlap)
        assert "cannot be told apart" in item.what


def test_rows_whose_undo_log_was_dropped_count_as_the_same():
    (item,) = between(undo(table()), undo(table()), finalized=NOW)
    assert isinstance(item, Overlap)


def test_what_was_not_looked_at_counts_as_touched():
    (item,) = between(undo(table()), Undo())
    assert "what d touched is not known" in item.what


def test_a_step_without_a_way_back_of_its_own_is_in_nobodys_way():
    assert between(undo(table()), None) == ()
