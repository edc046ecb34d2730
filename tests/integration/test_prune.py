"""What prune deletes and what it leaves, on folders with a real history; by the app, in this process."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from planrun.app import pruning
from planrun.app.plans import plan_of
from planrun.app.stores import stores_of
from planrun.app.surveying import LeftBecause, mark_of
from planrun.core.hold import Hold, of_person
from planrun.core.manifest import seal
from planrun.core.retention import Action, Because
from planrun.core.verification import Level
from planrun.errors import EnvironmentFault, Refused, UsageFault
from projects import Watcher
from sets import CONTENT, ago, make_set, origin_of, place_hold, tree, verify_set, write_private

STEPS = "- {id: one, check: {sql: SELECT 1, expect: {rows: 1}}}\n"


class Pruned:
    """A project with a folder of backups, and prune on it."""

    def __init__(self, project, keep):
        self.project = project
        self.root = project.folder / "backups"
        self.origin = origin_of(project.database)
        self.ahead = timedelta()
        project.write(STEPS, storage=[{"path": "backups", "keep": keep}])

    def set(self, days, **more):
        return make_set(self.root, ago(days), self.origin, **more)

    def __call__(self, *, person=None, yes=True, dry_run=False, stores=None):
        plan = plan_of(self.project.plan)
        self.shown = []
        return pruning.prune(
            plan,
            self.project.database.params,
            stores or stores_of(plan),
            person or Watcher(),
            lambda: datetime.now(UTC) + self.ahead,
            shown=self.shown.append,
            yes=yes,
            dry_run=dry_run,
        )

    def actions(self, **more):
        (store,) = self(**more).stores
        return {item.name: item.action for item in store.sets}


@pytest.fixture
def pruned(project):
    return Pruned(project, {"at_least": 1})


def by_name(report, path):
    (store,) = report.stores
    return next(item for item in store.sets if item.name == path.name)


def others(report):
    (store,) = report.stores
    return {item.name: item.because for item in store.others}


# --- what goes ---------------------------------------------------------------------------------


def test_what_no_rule_keeps_goes_with_all_that_is_ours(pruned):
    old, new = pruned.set(9), pruned.set(1)
    verify_set(new)
    place_hold(old, Hold("restore_1", "restored", ago(3), ago(2)))
    (old / "verification.json").write_text("{}")
    before = tree(new)
    report = pruned()
    found = by_name(report, old)
    assert (found.action, found.deleted, found.left, found.bytes) == (Action.DELETE, True, (), 2 * len(CONTENT))
    assert [path.name for path in pruned.root.iterdir()] == [new.name]
    assert tree(new) == before
    assert not by_name(report, new).deleted


def test_a_dry_run_deletes_nothing_and_says_what_would_go(pruned):
    old, _ = pruned.set(9), pruned.set(1)
    before = tree(pruned.root)
    report = pruned(dry_run=True, yes=False)
    assert report.dry_run
    assert by_name(report, old).action is Action.DELETE
    assert tree(pruned.root) == before


def test_a_second_prune_finds_nothing_to_do(pruned):
    for days in (9, 8, 1):
        pruned.set(days)
    pruned()
    before = tree(pruned.root)
    assert set(pruned(yes=False).stores[0].sets[0].reasons)  # with nothing to delete nothing is asked
    assert tree(pruned.root) == before


def test_each_store_has_its_own_rules(project):
    pruned = Pruned(project, {"at_least": 1})
    project.write(
        STEPS,
        storage=[{"path": "backups", "keep": {"at_least": 1}}, {"path": "copies", "keep": "30d"}, {"path": "all"}],
    )
    for root in ("backups", "copies", "all"):
        for days in (40, 20, 1):
            make_set(project.folder / root, ago(days), pruned.origin)
    report = pruned()
    assert [[item.deleted for item in store.sets] for store in report.stores] == [
        [True, True, False],
        [True, False, False],
        [False, False, False],
    ]
    assert [len(list((project.folder / root).iterdir())) for root in ("backups", "copies", "all")] == [1, 2, 3]
    assert report.stores[2].sets[0].reasons[0].because is Because.NO_RULE


# --- what stays --------------------------------------------------------------------------------


def test_the_last_restored_set_stays(pruned):
    older, verified, last = pruned.set(9), pruned.set(8), pruned.set(1)
    verify_set(older)
    verify_set(verified)
    pruned()
    assert {path.name for path in pruned.root.iterdir()} == {verified.name, last.name}


def test_a_verification_of_another_manifest_counts_for_nothing(pruned):
    sound, forged, last = pruned.set(9), pruned.set(8), pruned.set(1)
    verify_set(sound)
    (forged / "verification.json").write_bytes((sound / "verification.json").read_bytes())
    (last / "verification.json").write_text("not JSON")
    pruned()
    assert {path.name for path in pruned.root.iterdir()} == {sound.name, last.name}


def test_a_verification_of_bytes_protects_beside_one_of_rows(pruned):
    restored, listed, between, last = pruned.set(9), pruned.set(8), pruned.set(7), pruned.set(1)
    verify_set(restored)
    verify_set(listed, Level.BYTES)
    pruned()
    assert not between.exists()
    assert {path.name for path in pruned.root.iterdir()} == {restored.name, listed.name, last.name}


@pytest.mark.parametrize(
    ("hold", "stays"),
    [
        (of_person("audit", ago(400)), True),
        (Hold("restore_1", "restored into d", ago(0.5), ago(-0.5)), True),
        (Hold("restore_1", "restored into d", ago(3), ago(2)), False),
    ],
)
def test_a_hold_keeps_a_set_as_long_as_it_lasts(pruned, hold, stays):
    old, _ = pruned.set(9), pruned.set(1)
    place_hold(old, hold)
    found = by_name(pruned(), old)
    assert old.exists() is stays
    assert (str(hold) in [reason.text for reason in found.reasons]) is stays


def test_a_hold_that_makes_no_sense_holds(pruned):
    old, _ = pruned.set(9), pruned.set(1)
    write_private(old / "hold_x.json", '{"until": "2020')
    assert by_name(pruned(), old).reasons[0].because is Because.HOLD
    assert old.exists()


def test_a_hold_in_one_store_keeps_the_copies_in_the_others(project):
    pruned = Pruned(project, {"at_least": 1})
    project.write(STEPS, storage=[{"path": path, "keep": {"at_least": 1}} for path in ("backups", "copies")])
    moment = ago(9)
    old, copy = (make_set(project.folder / root, moment, pruned.origin) for root in ("backups", "copies"))
    for root in ("backups", "copies"):
        make_set(project.folder / root, ago(1), pruned.origin)
    place_hold(copy, of_person("audit", ago(1)))
    pruned()
    assert old.exists()
    assert copy.exists()


def test_a_hold_beside_a_copy_that_is_cut_off_keeps_the_set(project):
    pruned = Pruned(project, {"at_least": 1})
    project.write(STEPS, storage=[{"path": path, "keep": {"at_least": 1}} for path in ("backups", "copies")])
    moment = ago(9)
    old, copy = (make_set(project.folder / root, moment, pruned.origin) for root in ("backups", "copies"))
    pruned.set(1)
    (copy / "manifest.json").unlink()
    place_hold(copy, of_person("audit", ago(1)))
    pruned()
    assert old.exists()
    (copy / of_person("audit", ago(1)).name).unlink()
    pruned()
    assert not old.exists()


def test_sets_of_others_stay_and_are_told(pruned):
    mine = pruned.set(1)
    plan = pruned.set(9, plan="other")
    database = make_set(pruned.root, ago(8), origin_of_other(pruned.origin, database="staging"))
    cluster = make_set(pruned.root, ago(7), origin_of_other(pruned.origin, system_identifier="1"))
    renamed = pruned.set(6).rename(pruned.root / "before_the_move")
    copied = pruned.set(5).rename(pruned.root / "20200101_000000_small_run9")
    assert others(pruned()) == {
        plan.name: LeftBecause.OTHER_PLAN,
        database.name: LeftBecause.OTHER_DATABASE,
        cluster.name: LeftBecause.OTHER_DATABASE,
        renamed.name: LeftBecause.FOREIGN,
        copied.name: LeftBecause.FOREIGN,
    }
    assert all(path.exists() for path in (mine, plan, database, cluster, renamed, copied))


def origin_of_other(origin, **changes):
    return type(origin)(**{name: getattr(origin, name) for name in origin.__slots__} | changes)


def test_a_set_whose_server_is_unknown_is_ours_by_its_database(pruned):
    old = make_set(pruned.root, ago(9), origin_of_other(pruned.origin, system_identifier=None))
    pruned.set(1)
    pruned()
    assert not old.exists()


def test_what_is_no_set_stays_and_is_told(pruned):
    pruned.set(1)
    half = pruned.set(9)
    (half / "manifest.json").unlink()
    damaged = pruned.set(8)
    damaged.joinpath("manifest.json").write_text("{}")
    cut = pruned.set(7)
    (cut / "configs" / "configs").write_bytes(b"")
    empty = pruned.root / "20200101_000000_small_run1"
    empty.mkdir(0o700)
    (pruned.root / "notes.txt").write_text("mine")
    outside = pruned.project.folder / "outside"
    outside.mkdir()
    (outside / "manifest.json").write_text("{}")
    (pruned.root / "20200102_000000_small_run2").symlink_to(outside)
    before = tree(pruned.root)
    assert others(pruned()) == {
        half.name: LeftBecause.INCOMPLETE,
        damaged.name: LeftBecause.INCOMPLETE,
        cut.name: LeftBecause.INCOMPLETE,
        empty.name: LeftBecause.INCOMPLETE,
        "notes.txt": LeftBecause.FOREIGN,
        "20200102_000000_small_run2": LeftBecause.FOREIGN,
    }
    assert tree(pruned.root) == before


def test_a_set_without_its_files_takes_no_other_one_s_place(pruned):
    whole, cut = pruned.set(9), pruned.set(1)
    (cut / "configs" / "configs").unlink()
    assert by_name(pruned(), whole).reasons[0].because is Because.NEWEST
    assert whole.exists()


def test_files_of_others_in_a_set_stay_and_are_told(pruned):
    old, _ = pruned.set(9), pruned.set(1)
    (old / "configs" / "mine.txt").write_text("mine")
    (old / "link").symlink_to("/etc/passwd")
    assert by_name(pruned(), old).left == ("configs/mine.txt", "link")
    assert tree(old) == {"configs", "configs/mine.txt", "link"}
    assert others(pruned())[old.name] is LeftBecause.INCOMPLETE


def test_what_lies_behind_a_link_stays(pruned):
    old, _ = pruned.set(9), pruned.set(1)
    outside = pruned.project.folder / "outside"
    (old / "configs").rename(outside)
    (old / "configs").symlink_to(outside)
    pruned()
    assert tree(outside) == {"configs", "configs_2"}


@pytest.mark.parametrize("path", ["../../victim", "/etc/victim", "configs/../../victim", "database/../victim"])
def test_a_manifest_that_leads_out_of_its_set_deletes_nothing(pruned, path):
    old, _ = pruned.set(9), pruned.set(1)
    victim = pruned.project.folder / "victim"
    victim.write_text("mine")
    document = json.loads((old / "manifest.json").read_text())
    document["artifacts"][0]["files"][0]["path"] = path
    (old / "manifest.json").write_text(json.dumps(document | {"sha256": seal(document)}))
    before = tree(pruned.root)
    assert others(pruned()) == {old.name: LeftBecause.INCOMPLETE}
    assert tree(pruned.root) == before
    assert victim.read_text() == "mine"


# --- clocks ------------------------------------------------------------------------------------


def test_a_set_from_the_future_stays_and_takes_no_place(pruned):
    old, future = pruned.set(9), pruned.set(-2)
    assert pruned.actions() == {old.name: Action.KEEP, future.name: Action.LEAVE}


def test_a_client_ahead_of_the_server_changes_nothing(project):
    pruned = Pruned(project, "30d")
    old, new = pruned.set(20), pruned.set(1)
    pruned.ahead = timedelta(days=100)
    report = pruned()
    assert pruned.actions() == {old.name: Action.KEEP, new.name: Action.KEEP}
    assert report.clock_ahead == pytest.approx(100 * 86_400, abs=60)


def test_a_client_behind_the_server_deletes_less(project):
    pruned = Pruned(project, "30d")
    old, new = pruned.set(40), pruned.set(1)
    place_hold(old, Hold("restore_1", "x", ago(12), ago(5)))
    pruned.ahead = timedelta(days=-11)
    report = pruned()
    assert {item.name: item.action for item in report.stores[0].sets} == {
        old.name: Action.KEEP,
        new.name: Action.LEAVE,
    }
    assert Because.HOLD in [reason.because for reason in by_name(report, old).reasons]


# --- who is asked ------------------------------------------------------------------------------


def test_where_nobody_answers_the_option_is_named(pruned):
    old, _ = pruned.set(9), pruned.set(1)
    with pytest.raises(UsageFault, match="nobody is there") as caught:
        pruned(person=Watcher(answer=None), yes=False)
    assert "--yes" in caught.value.hint
    assert old.exists()


def test_a_no_deletes_nothing_and_the_decision_was_shown(pruned):
    old, _ = pruned.set(9), pruned.set(1)
    with pytest.raises(Refused, match="nothing was deleted"):
        pruned(person=Watcher(answer=False), yes=False)
    assert by_name(pruned.shown[0], old).action is Action.DELETE
    assert old.exists()


class Slow(Watcher):
    """Somebody who says yes after something else has happened."""

    def __init__(self, meanwhile):
        super().__init__(answer=True)
        self.meanwhile = meanwhile

    def asks(self, question, *, option):
        self.meanwhile()
        return super().asks(question, option=option)


def test_a_hold_that_comes_while_it_is_asked_is_heeded(pruned):
    old, _ = pruned.set(9), pruned.set(1)
    person = Slow(lambda: place_hold(old, of_person("audit", ago(0))))
    assert by_name(pruned(person=person, yes=False), old).action is Action.KEEP
    assert old.exists()


def test_what_became_old_while_it_was_asked_is_not_deleted_unasked(pruned):
    first, second = pruned.set(9), pruned.set(1)
    report = pruned(person=Slow(lambda: pruned.set(0.01)), yes=False)
    assert by_name(report, second).reasons[0].because is Because.NOT_ASKED
    assert not first.exists()
    assert second.exists()


# --- the history -------------------------------------------------------------------------------


def test_a_database_that_cannot_be_asked_deletes_nothing(pruned):
    old, _ = pruned.set(9), pruned.set(1)
    plan = plan_of(pruned.project.plan)
    nowhere = {**pruned.project.database.params, "port": "1"}
    with pytest.raises(EnvironmentFault):
        pruning.prune(plan, nowhere, stores_of(plan), Watcher(), lambda: ago(0), shown=print, yes=True)
    assert old.exists()


def test_a_history_of_somebody_else_deletes_nothing(pruned):
    old, _ = pruned.set(9), pruned.set(1)
    with pruned.project.database.superuser() as connection:
        connection.execute("CREATE SCHEMA planrun")
    with pytest.raises(Refused):
        pruned()
    assert old.exists()


def test_a_store_that_cannot_be_listed_deletes_nothing_anywhere(project):
    pruned = Pruned(project, {"at_least": 1})
    project.write(STEPS, storage=[{"path": "backups", "keep": {"at_least": 1}}, {"path": "copies"}])
    old, _ = pruned.set(9), pruned.set(1)
    (project.folder / "copies").mkdir(0o777)
    (project.folder / "copies").chmod(0o777)
    with pytest.raises(EnvironmentFault, match="can be written by others"):
        pruned()
    assert old.exists()


def test_an_interrupted_deletion_is_told_and_brought_to_its_end(pruned):
    old, new = pruned.set(9), pruned.set(1)
    (old / "manifest.json").rename(pruned.root / mark_of(old.name))
    report = pruned(dry_run=True)
    assert by_name(report, old).reasons[0].because is Because.BEGUN
    assert old.exists()
    assert by_name(pruned(), old).deleted
    assert [path.name for path in pruned.root.iterdir()] == [new.name]


def test_a_set_that_is_held_after_its_deletion_was_begun_comes_back(pruned):
    old, _ = pruned.set(9), pruned.set(1)
    before = tree(pruned.root)
    (old / "manifest.json").rename(pruned.root / mark_of(old.name))
    hold = of_person("audit", ago(0))
    place_hold(old, hold)
    assert by_name(pruned(), old).action is Action.KEEP
    assert tree(pruned.root) == before | {f"{old.name}/{hold.name}"}


def test_a_mark_of_somebody_else_deletes_nothing(pruned):
    old, _ = pruned.set(9, plan="other"), pruned.set(1)
    (old / "manifest.json").rename(pruned.root / mark_of(old.name))
    (pruned.root / mark_of("20200101_000000_small_run1")).write_text("{}")
    before = tree(pruned.root)
    assert others(pruned()) == {
        old.name: LeftBecause.OTHER_PLAN,
        "20200101_000000_small_run1": LeftBecause.UNREADABLE,
    }
    assert tree(pruned.root) == before
