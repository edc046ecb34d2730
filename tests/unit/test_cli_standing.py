"""How a status report reads."""

import dataclasses
import re
from datetime import UTC, datetime, timedelta

import click
import pytest

from planrun.app.reports import StatusReport
from planrun.cli.standing import DayOfBackups, last_day, standing_text
from planrun.core.batches import Page
from planrun.core.record import ArtifactRecord, ConflictRecord, RunRecord, StatementRecord, StepRecord
from planrun.core.undo import Copy, Undo

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
EVIL = "\x1b]0;x\x07"

STEP = StepRecord(
    id=1,
    run=1,
    step="move",
    kind="migrate",
    status="done",
    digest="0" * 64,
    source="UPDATE t",
    started=NOW,
    finished=NOW + timedelta(seconds=0.5),
    rows=1234,
    statements=(StatementRecord("update", 1234, 0.25), StatementRecord("update", 0, 0.25)),
    undo=Undo(before_data=("DROP",)),
    undo_bytes=2_000_000,
)
RUN = RunRecord(1, "consolidation", "execute", "done", "step", NOW, NOW, "app", steps=(STEP,))
BACK = RunRecord(
    2, "consolidation", "rollback", "failed", "plan", NOW, NOW, "app", reverses=1, error="1 conflict\nmore"
)
CONFLICT = ConflictRecord("move", "public.tenants", "id = 7", "rent", "100", "110", "120", "changed")
REPORT = StatusReport(
    target="app@host:5432/propo",
    now=NOW,
    installed=True,
    holder=None,
    runs=(RUN, BACK),
    artifacts=(),
    conflicts=(CONFLICT,),
    can_roll_back=(("consolidation", 1),),
    leftovers=(),
    undo_bytes=2_000_000,
)


def shown(**changes):
    return click.unstyle(standing_text(dataclasses.replace(REPORT, **changes)))


def paged(number, **changes):
    page = Page(number, (str(number),), (str(number),), 500)
    return dataclasses.replace(STEP, id=number, page=page, rows=500, undo_bytes=1000, **changes)


def test_the_pages_of_a_step_that_was_begun_are_one_line():
    text = shown(runs=(dataclasses.replace(RUN, steps=(paged(1), paged(2), paged(3, reversed_by=2))),), conflicts=())
    first, second = (re.split("  +", line.strip()) for line in text.splitlines() if line.strip().startswith("move"))
    assert first[:5] == ["move", "migrate", "begun", "1,000", "1.00 s"]
    assert second[-1] == "taken back by run 2"
    assert [line.strip() for line in text.splitlines() if "ran" in line.split()] == ["2 pages ran", "1 page ran"]


def row(text, beginning):
    line = next(line for line in text.splitlines() if line.strip().startswith(beginning))
    return re.split("  +", line.strip())


def artifact(kind, status, age):
    return ArtifactRecord(1, 1, "dump", kind, "/b", 10, status, NOW - age, None, None)


def test_without_a_history():
    assert shown(installed=False, runs=()) == "app@host:5432/propo: no history; planrun ran nothing here"


def test_runs_steps_and_what_can_be_rolled_back():
    text = shown()
    assert row(text, "1  consolidation") == [
        "1", "consolidation", "execute", "done", "2026-01-31 12:00:00", "0.00 s",
    ]  # fmt: skip
    assert "runs, by app\n" in text
    assert row(text, "2  consolidation")[2:4] == ["takes run 1 back", "failed"]
    assert "\n      1 conflict\n" in text
    assert "steps of run 1" in text
    assert row(text, "move ") == ["move", "migrate", "done", "1,234", "0.50 s", "2.0 MB", "exact"]
    assert row(text, "consolidation") == ["consolidation", "1", "2.0 MB"]


def test_runs_that_go_back_one_by_one_are_listed_in_that_order():
    older = dataclasses.replace(RUN, id=1, steps=(dataclasses.replace(STEP, undo_bytes=500),))
    newer = dataclasses.replace(RUN, id=4, steps=(dataclasses.replace(STEP, id=9, run=4),))
    text = shown(runs=(older, newer), conflicts=(), can_roll_back=(("consolidation", 4),))
    lines = text.partition("can be rolled back")[2].splitlines()
    assert [re.split("  +", line.strip()) for line in lines[2:4]] == [
        ["consolidation", "4", "2.0 MB"],
        ["consolidation", "1", "500 bytes", "after run 4"],
    ]


def test_undo_logs_of_rollbacks_are_told_where_nothing_else_goes_back():
    assert "undo logs of rollbacks: 2.0 MB, until planrun finalize" in shown(can_roll_back=())
    assert "undo logs" not in shown(can_roll_back=(), undo_bytes=0).partition("can be rolled back")[2]


def test_the_steps_of_all_runs_of_the_plan_that_stand_are_shown():
    other = dataclasses.replace(RUN, id=2, plan="other", steps=(dataclasses.replace(STEP, id=2, run=2),))
    gone = dataclasses.replace(RUN, id=3, steps=(dataclasses.replace(STEP, id=3, run=3, reversed_by=4),))
    last = dataclasses.replace(RUN, id=5, steps=(dataclasses.replace(STEP, id=5, run=5),))
    text = shown(runs=(RUN, other, gone, last), conflicts=(), can_roll_back=(("consolidation", 5),))
    assert re.findall(r"steps of run (\d)", text) == ["1", "5"]


def test_a_plan_that_is_for_another_database_is_said():
    text = shown(mismatches=("the plan is for database shop, this is propo",))
    assert text.splitlines()[1] == "  this is not the database that the plan is for: the plan is for database shop,"
    assert "this is not the database" in shown(installed=False, mismatches=("the plan is for role a, this is b",))


def test_a_restore_of_rows_is_no_run_of_the_plan():
    step = dataclasses.replace(STEP, step="restore:export")
    text = shown(runs=(dataclasses.replace(RUN, steps=(step,)),), conflicts=())
    assert row(text, "1  consolidation")[2] == "brings rows back"


def test_a_run_that_no_rollback_takes_back_as_a_whole_says_how_far_it_goes():
    lost = dataclasses.replace(STEP, step="gone", undo=Undo(irreversible=True))
    after = dataclasses.replace(STEP, id=2)
    text = shown(runs=(dataclasses.replace(RUN, steps=(lost, after)),), conflicts=())
    assert "      gone is irreversible: --to gone takes back what ran after it\n" in text
    text = shown(runs=(dataclasses.replace(RUN, steps=(lost,)),), conflicts=())
    assert "      gone is irreversible\n" in text


@pytest.mark.parametrize(
    ("changes", "way_back"),
    [
        ({"undo": Undo(irreversible=True)}, "irreversible"),
        ({"undo": Undo(caveats=("the order of columns",))}, "exact, with a caveat"),
        ({"undo": Undo(copy=Copy(1, (1,), "kept"))}, "dropped last"),
        ({"undo": Undo(by_hand="undo_move")}, "by step undo_move"),
        ({"undo": Undo()}, "not needed"),
        ({"undo": None, "kind": "check"}, "not needed"),
        ({"undo": Undo(objects=()), "statements": ()}, "exact"),
        ({"reversed_by": 4}, "taken back by run 4"),
    ],
)
def test_how_a_step_comes_back(changes, way_back):
    step = dataclasses.replace(STEP, **changes)
    assert row(shown(runs=(dataclasses.replace(RUN, steps=(step,)),)), "move ")[-1] == way_back


@pytest.mark.parametrize(
    ("error", "line"),
    [
        ("a: check failed\n  wanted: no row\n  found:  5 rows", "a: check failed: wanted no row, found 5 rows"),
        ("step a was not committed:\n    table t\n    table u", "step a was not committed: table t (and 1 more)"),
        ("1 conflict\nmore", "1 conflict"),
    ],
)  # fmt: skip
def test_an_error_is_told_on_a_line_that_says_what_it_is(error, line):
    text = shown(runs=(dataclasses.replace(RUN, status="failed", error=error),), conflicts=())
    assert " ".join(line.split()) in " ".join(text.split())


def test_the_caveats_are_listed():
    step = dataclasses.replace(STEP, undo=Undo(caveats=("column b comes back as the last one",)))
    text = shown(runs=(dataclasses.replace(RUN, steps=(step,)),))
    assert "what comes back a little different" in text
    assert "  move\n      column b comes back as the last one\n" in text


@pytest.mark.parametrize(
    ("changes", "rows"),
    [
        ({"rows": 0, "statements": (StatementRecord("alter_table", 0, 0.1),)}, ""),
        ({"rows": 0, "statements": (StatementRecord("update", 0, 0.1),)}, "0"),
        ({"rows": 7, "statements": (StatementRecord("create_table_as", 7, 0.1),)}, "7"),
        ({"rows": 0, "statements": (), "kind": "backup"}, "0"),
        ({"rows": None, "statements": (), "kind": "check"}, ""),
    ],
)
def test_rows_are_blank_only_where_a_step_writes_none_by_its_kind(changes, rows):
    text = shown(runs=(dataclasses.replace(RUN, steps=(dataclasses.replace(STEP, **changes),)),))
    cells = row(text, "move ")
    assert cells[3] == (rows or "0.50 s")
    assert "0.50 s" in cells


def test_runs_of_several_roles_name_each():
    text = shown(runs=(RUN, dataclasses.replace(BACK, role="owner")))
    assert row(text, "1  consolidation")[-1] == "app"
    assert row(text, "2  consolidation")[-1] == "owner"


def test_an_error_and_a_note_stand_beneath_in_lines_that_fit():
    long = "word " * 60
    text = shown(runs=(dataclasses.replace(RUN, error=long, steps=(dataclasses.replace(STEP, note=long),)),))
    beneath = [line for line in text.splitlines() if "word word" in line]
    assert len(beneath) > 4
    assert max(map(len, beneath)) <= 80


def test_a_run_of_which_a_part_was_taken_back():
    gone = dataclasses.replace(STEP, id=9, step="other", reversed_by=2)
    run = dataclasses.replace(RUN, steps=(STEP, gone))
    text = shown(runs=(run, dataclasses.replace(BACK, status="done")))
    assert row(text, "1  consolidation")[3] == "done, 1 of 2 steps in effect"
    assert row(text, "2  consolidation")[2] == "takes back a part of run 1"


def test_a_step_of_a_finalized_run_has_no_way_back():
    assert row(shown(runs=(dataclasses.replace(RUN, finalized=NOW),)), "move ")[-1] == "given up: finalized"


def test_the_steps_are_those_of_the_last_forward_run():
    steps = (dataclasses.replace(STEP, step="other", kind="rollback"),)
    text = shown(runs=(RUN, dataclasses.replace(BACK, status="done", steps=steps)))
    assert "steps of run 1" in text
    assert "other" not in text


def test_a_run_that_nobody_runs_any_more_was_interrupted():
    killed = dataclasses.replace(RUN, status="running", finished=None)
    assert row(shown(runs=(killed,)), "1  consolidation")[3] == "interrupted"
    assert row(shown(runs=(killed,), holder="execute by app"), "1  consolidation")[3] == "running"
    assert "running  execute by app" in shown(runs=(killed,), holder="execute by app")


def test_a_finalized_run_is_called_so():
    assert row(shown(runs=(dataclasses.replace(RUN, finalized=NOW),)), "1  consolidation")[3] == "done, finalized"


def test_conflicts_that_stand_in_the_way_are_listed():
    assert "id = 7" in shown()
    assert "conflicts" not in shown(conflicts=())


def test_many_runs_are_cut_and_counted():
    runs = tuple(dataclasses.replace(RUN, id=number) for number in range(1, 16))
    text = shown(runs=runs, conflicts=())
    assert "(and 5 before; --json lists them all)" in text
    assert not [line for line in text.splitlines() if line.startswith("    5  consolidation")]


def test_leftovers_of_a_killed_run_are_listed():
    text = shown(leftovers=(f"trigger on {EVIL}",))
    assert "left behind by a killed run" in text
    assert r"trigger on \x1b]0;x\x07" in text


def test_the_summary_of_a_day_of_backups():
    found = last_day(
        (
            artifact("database", "completed", timedelta(hours=1)),
            artifact("csv", "completed", timedelta(hours=23)),
            artifact("csv", "failed", timedelta(hours=2)),
            artifact("csv", "running", timedelta()),
            artifact("csv", "failed", timedelta(hours=25)),
        ),
        NOW,
    )
    assert found == (DayOfBackups("csv", 3, 1, 1, 0, 0, 0, None), DayOfBackups("database", 1, 1, 0, 0, 0, 0, None))


def test_the_summary_tells_stores_apart_and_counts_what_is_verified_or_gone():
    there = dataclasses.replace(artifact("csv", "completed", timedelta()), store="/b", verified=NOW)
    gone = dataclasses.replace(there, status="missing", store="s3://x", error="it is gone", step="rents")
    assert last_day((there, gone), NOW) == (
        DayOfBackups("csv", 1, 1, 0, 0, 0, 1, "/b"),
        DayOfBackups("csv", 1, 0, 0, 1, 0, 1, "s3://x"),
    )
    text = shown(artifacts=(gone,), unseen=(("s3://y", "no\x1bway"),))
    assert row(text, "rents") == ["rents", "/b", "it is gone"]
    assert row(text, "s3://y") == ["s3://y", r"no\x1bway"]


def test_the_summary_is_shown_with_the_columns_of_the_procedure():
    recent = dataclasses.replace(artifact("csv", "failed", timedelta()), created=datetime.now(UTC))
    text = shown(artifacts=(recent,))
    assert row(text, "backup_type") == list(DayOfBackups._fields)
    assert row(text, "csv") == ["csv", "1", "0", "1", "0", "0", "0", "(the database)"]


def test_nothing_of_a_database_steers_the_terminal():
    evil = dataclasses.replace(STEP, step=EVIL, note=EVIL)
    run = dataclasses.replace(RUN, plan=EVIL, role=EVIL, error=EVIL, steps=(evil,))
    text = shown(
        target=EVIL,
        holder=EVIL,
        runs=(run,),
        can_roll_back=((EVIL, 1),),
        artifacts=(dataclasses.replace(artifact(EVIL, "failed", timedelta()), created=datetime.now(UTC)),),
    )
    assert "\x07" not in text
    assert "\x1b]" not in text
