"""Which steps go, from records alone: what the history of several runs holds, and what a plan says needs what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from planrun.core.batches import Page
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


# --- rollbacks of rollbacks --------------------------------------------------------------------


def back(number, reverses, *steps):
    return RunRecord(number, "p", "rollback", "done", "plan", NOW, NOW, "r", reverses, steps=steps)


def way(number, name, run, **values):
    return StepRecord(number, run, name, "rollback", "done", "", "", NOW, NOW, **{"undo": undo(table()), **values})


def again(*more):
    """Return runs: a, b ran in run 1; run 2 took b back, and run 3 brought it again."""
    return [
        run(1, step(1, "a", undo=undo(table())), step(2, "b", again_by=3)),
        back(2, 1, way(3, "b", 2, reversed_by=3)),
        back(3, 2, way(4, "b", 3)),
        *more,
    ]


def test_what_came_again_goes_with_the_run_that_brought_it():
    runs = again(run(4, step(5, "d", 4)))
    with pytest.raises(Refused, match="run 3 brought b again") as caught:
        part(runs, "p", NODES, Only("b"))
    assert "--run 3" in caught.value.hint
    with pytest.raises(Refused, match="run 4 came after run 3"):
        part(runs, "p", NODES, Everything(), 3)
    assert [item.run for item in part(again(), "p", NODES, Everything()).going] == [3]


def test_what_came_again_is_in_the_way_by_the_log_of_the_run_that_brought_it():
    free = (Node("a"), Node("b"))
    (item,) = touched(part(again(), "p", free, Only("a")))
    assert isinstance(item, Shared)
    assert (item.staying, item.theirs.oid) == ("b", 7)
    other = [*again()[:2], back(3, 2, way(4, "b", 3, undo=undo(table(8))))]
    assert touched(part(other, "p", free, Only("a"))) == ()
    unknown = [*again()[:2], back(3, 2, way(4, "b", 3, undo=None))]
    (item,) = touched(part(unknown, "p", free, Only("a")))
    assert "what b touched is not known" in item.what


def test_a_later_rollback_that_nets_to_nothing_is_in_nobodys_way():
    runs = again(run(4, step(5, "d", 4, reversed_by=5)), back(5, 4, way(6, "d", 5)))
    assert part(runs, "p", NODES, Everything()).run.id == 3


def redone(*, first, brought=None):
    """Return runs: 1 and 2 ran, 3 and 4 took them back, and 5 brought the first again, if it is said so."""
    fifth = [back(5, 4, way(5, "a", 5))] if brought else []
    return [
        run(1, step(1, "a", reversed_by=first, again_by=brought)),
        run(2, step(2, "b", 2, reversed_by=3)),
        back(3, 2, way(3, "b", 3)),
        back(4, 1, way(4, "a", 4, reversed_by=brought)),
        *fifth,
    ]


def test_a_rollback_comes_back_once_the_later_one_has():
    with pytest.raises(Refused, match="run 4 came after run 3") as caught:
        part(redone(first=4), "p", NODES, Everything(), 3)
    assert "--run 4" in caught.value.hint
    assert part(redone(first=None, brought=5), "p", NODES, Everything(), 3).run.id == 3


def test_a_step_that_ran_again_in_a_resumed_run_goes_before_a_rollback_comes_back():
    runs = [run(1, step(1, "a"), step(2, "b", reversed_by=2), step(4, "b")), back(2, 1, way(3, "b", 2))]
    with pytest.raises(Refused, match="step b of run 1 ran after run 2") as caught:
        part(runs, "p", NODES, Everything(), 2)
    assert "--only b" in caught.value.hint


def test_a_rollback_that_came_back_half_goes_on():
    pages = [Page(number, (str(number),), (str(number),), 1) for number in (1, 2)]
    runs = [
        run(1, step(1, "a", page=pages[0], again_by=3), step(2, "a", page=pages[1], reversed_by=2)),
        back(2, 1, way(3, "a", 2, page=pages[1]), way(4, "a", 2, page=pages[0], reversed_by=3)),
        back(3, 2, way(5, "a", 3, page=pages[0])),
    ]
    assert [item.id for item in part(runs, "p", NODES, Everything(), 2).going] == [3]
    assert part(runs, "p", NODES, Everything()).run.id == 3
