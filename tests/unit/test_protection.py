"""Which runs need their backup set: by what the history says of them."""

from datetime import UTC, datetime

import pytest

from planrun.core.protection import runs_that_need_their_set
from planrun.core.record import RunRecord, StepRecord
from planrun.core.undo import Tracked, Undo

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def step(run, status="done", *, reversed_by=None, logged=False, ddl=False):
    saved = (Tracked(1, "t", "t", (), (), "planrun.undo_1"),) if logged else ()
    undo = Undo(before_data=("DROP",), saved=saved) if logged or ddl else None
    return StepRecord(1, run, "s", "migrate", status, "", "", NOW, NOW, undo=undo, reversed_by=reversed_by)


def forward(number, status="done", *steps, finalized=None):
    return RunRecord(number, "p", "execute", status, "step", NOW, NOW, "me", finalized=finalized, steps=steps)


def back(number, reverses, status="done", *steps, finalized=None):
    return RunRecord(
        number, "p", "rollback", status, "step", NOW, NOW, "me", reverses, finalized=finalized, steps=steps
    )


@pytest.mark.parametrize(
    ("runs", "needed"),
    [
        ([forward(1, "done", step(1, ddl=True))], {1}),
        ([forward(1, "failed", step(1))], {1}),
        ([forward(1, "running")], {1}),  # its first step is under way
        ([forward(1, "failed", step(1, "failed"))], set()),
        ([forward(1, "rolled back", step(1, reversed_by=2))], set()),
        ([forward(1, "done", step(1), finalized=NOW)], set()),
        # The first made the backups that the second wants when it is rolled back.
        ([forward(1, "done", step(1)), forward(2, "done", step(2, ddl=True))], {1, 2}),
        # Backups of two nights: nothing to roll back.
        ([forward(1, "done", step(1)), forward(2, "done", step(2))], set()),
        # Taken back; that can be taken back itself, as long as its undo log is there.
        ([forward(1, "done", step(1, reversed_by=2)), back(2, 1, "done", step(2, logged=True))], {1}),
        ([forward(1, "done", step(1, reversed_by=2)), back(2, 1, "done", step(2))], set()),
        ([forward(1, "done", step(1, reversed_by=2)), back(2, 1, "done", step(2, logged=True), finalized=NOW)], set()),
        ([forward(1, "done", step(1, reversed_by=2)), back(2, 1, "running")], {1}),
        # Without rows in an undo log nothing is finalized, but a later run is in its way.
        ([forward(1, "done", step(1, reversed_by=2)), back(2, 1, "done", step(2, ddl=True))], {1}),
        ([forward(1), back(2, 1, "done", step(2, ddl=True)), forward(3, "done", step(3), finalized=NOW)], set()),
        ([back(2, 1, "failed")], set()),  # it met a conflict
        # A rollback of a rollback is about the run that it brings again.
        ([forward(1), back(2, 1), back(3, 2, "done", step(3, logged=True))], {1}),
    ],
)
def test_a_run_needs_its_set_as_long_as_it_can_be_gone_on_with_or_taken_back(runs, needed):
    assert runs_that_need_their_set(runs).keys() == needed


def test_each_reason_says_what_ends_it():
    found = runs_that_need_their_set(
        [
            forward(1, "done", step(1, reversed_by=2)),
            back(2, 1, "done", step(2, logged=True)),
            forward(3, "done", step(3)),
        ]
    )
    assert found == {
        1: ("run 2, which takes back what run 1 did, can be taken back itself",),
        3: ("run 3 can be rolled back: finalize ends that",),
    }
