"""What wants a person, and what does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from planrun.core.alerts import Seen, Standing, Trouble, Unseen, problems, settled
from planrun.core.plan import Alert
from planrun.core.record import ArtifactRecord, RunRecord, StepRecord

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ONE_DAY = 86_400_000
STORE, BUCKET = "/srv/backups", "s3://bucket/p"
SET = "20260131_110000_small_run1"

RUN = RunRecord(1, "small", "execute", "done", "step", NOW - HOUR, NOW - HOUR, "app")
DUMP = ArtifactRecord(
    1, 1, "dump", "database", f"{STORE}/{SET}/database/dump.dump", 10, "completed", NOW - HOUR, NOW - HOUR, None,
    SET, STORE,
)  # fmt: skip
COPY = replace(DUMP, id=2, path=f"{BUCKET}/{SET}/database/dump.dump", store=BUCKET)
FILES = {f"{SET}/manifest.json": 1, f"{SET}/database/dump.dump": 10}


def found(*artifacts, runs=(RUN,), stores=None, holder=None, alert=None, window=2 * HOUR):
    looks = {STORE: Seen(FILES)} if stores is None else stores
    standing = Standing(NOW, NOW - window, holder, runs, artifacts or (DUMP,), looks)
    return problems(standing, alert or Alert(ONE_DAY, 7 * ONE_DAY))


def troubles(*artifacts, **given):
    return [problem.trouble for problem in found(*artifacts, **given)]


def test_all_is_well():
    assert found() == ()
    assert found(DUMP, COPY, stores={STORE: Seen(FILES), BUCKET: Seen(FILES)}) == ()


# --- events --------------------------------------------------------------------------------------


def test_a_failed_run_is_told_within_the_window_only():
    failed = replace(RUN, status="failed", error="no\nroom")
    (problem,) = found(DUMP, runs=(replace(failed, steps=(step("check", NOW),)),))
    assert (problem.trouble, problem.run, problem.error) == (Trouble.RUN_FAILED, 1, "no\nroom")
    back = replace(failed, status="rolled back")
    assert troubles(runs=(back,)) == [Trouble.RUN_FAILED]
    assert troubles(runs=(back,), window=timedelta(minutes=59)) == []


def test_a_killed_run_is_told_until_it_is_settled_but_not_one_at_work():
    killed = replace(RUN, status="running", finished=None, started=NOW - 3 * DAY, steps=(step("migrate", NOW),))
    assert troubles(runs=(killed,)) == [Trouble.RUN_INTERRUPTED]
    assert troubles(runs=(killed,), holder="execute small") == []


def test_a_failed_backup_is_told_within_the_window_and_a_killed_one_always():
    failed = replace(DUMP, id=3, status="failed", error="full", completed=NOW - HOUR, set_name="other")
    assert troubles(DUMP, failed) == [Trouble.BACKUP_FAILED]
    assert troubles(DUMP, replace(failed, completed=NOW - 3 * HOUR)) == []
    killed = replace(failed, status="running", completed=None, created=NOW - 5 * DAY)
    assert troubles(DUMP, killed) == [Trouble.BACKUP_FAILED]
    assert troubles(DUMP, killed, holder="execute small") == []


# --- states --------------------------------------------------------------------------------------


def step(kind, started):
    return StepRecord(1, 1, "s", kind, "done", "", "", started, started)


def test_overdue_is_judged_for_each_store():
    old = replace(DUMP, completed=NOW - 2 * DAY)
    assert troubles(old) == [Trouble.OVERDUE]
    (problem,) = found(DUMP, stores={STORE: Seen(FILES), BUCKET: Seen({})})
    assert (problem.trouble, problem.store) == (Trouble.OVERDUE, BUCKET)
    assert "within 1d in s3://bucket/p: there is none" in problem.message
    assert troubles(old, alert=Alert()) == []


@pytest.mark.parametrize("status", ["failed", "pruned", "running"])
def test_a_set_that_is_not_whole_does_not_count(status):
    other = replace(DUMP, id=3, step="csv", status=status, completed=NOW - 3 * HOUR)
    assert Trouble.OVERDUE in troubles(DUMP, other, holder="x")


def test_a_later_try_of_a_copy_wins():
    failed = replace(COPY, id=2, status="failed", completed=NOW - 3 * HOUR)
    again = replace(COPY, id=3)
    stores = {STORE: Seen(FILES), BUCKET: Seen(FILES)}
    assert troubles(DUMP, failed, again, stores=stores) == []
    assert troubles(DUMP, replace(failed, id=4), stores=stores) == [Trouble.OVERDUE]


def test_a_set_in_which_its_run_stopped_does_not_count():
    stopped = replace(RUN, status="failed", error="x", finished=NOW - 5 * HOUR)
    assert troubles(runs=(stopped,)) == [Trouble.OVERDUE]
    assert troubles(runs=(replace(stopped, steps=(step("backup", NOW),)),)) == [Trouble.OVERDUE]
    assert troubles(runs=(replace(stopped, steps=(step("migrate", NOW),)),)) == []


def test_unverified_counts_from_the_first_set_or_the_last_time():
    first = replace(DUMP, completed=NOW - 8 * DAY)
    assert troubles(first, alert=Alert(None, 7 * ONE_DAY)) == [Trouble.UNVERIFIED]
    checked = replace(first, verified=NOW - DAY, verified_level="bytes")
    assert troubles(checked, alert=Alert(None, 7 * ONE_DAY)) == []
    long_ago = replace(first, completed=NOW - 20 * DAY, verified=NOW - 8 * DAY)
    (problem,) = found(long_ago, alert=Alert(None, 7 * ONE_DAY))
    assert problem.message == "no backup set was verified within 7d: the last time was 2026-01-23 12:00:00 UTC"
    assert troubles(first, alert=Alert()) == []


@pytest.mark.parametrize(
    "files",
    [
        {},
        {f"{SET}/manifest.json": 1},
        {f"{SET}/database/dump.dump": 10},
        {**FILES, f"{SET}/database/dump.dump": 9},
    ],
)
def test_a_file_that_is_gone_or_cut_is_missing(files):
    assert troubles(stores={STORE: Seen(files)}, alert=Alert()) == [Trouble.MISSING]


def test_files_of_a_folder_and_what_cannot_be_seen():
    folder = replace(DUMP, path=f"{STORE}/{SET}/database/dump.dir", bytes=99)
    inside = {f"{SET}/manifest.json": 1, f"{SET}/database/dump.dir/toc.dat": 5}
    assert troubles(folder, stores={STORE: Seen(inside)}, alert=Alert()) == []
    assert troubles(stores={STORE: Unseen("no mount")}, alert=Alert()) == [Trouble.UNREACHABLE]
    assert troubles(replace(DUMP, store="/elsewhere"), alert=Alert()) == []
    assert troubles(replace(DUMP, status="missing"), stores={}, alert=Alert()) == [Trouble.MISSING]
    assert troubles(replace(DUMP, status="pruned"), stores={STORE: Seen({})}, alert=Alert()) == []


def test_backups_as_they_are():
    rows = (DUMP, replace(DUMP, id=2, status="running"))
    gone, killed = settled(rows, None, {STORE: Seen({})})
    assert (gone.status, killed.status, killed.error) == ("missing", "failed", "the run was interrupted")
    assert settled(rows, "execute small", {}) == rows
