"""A prune that is killed, fails, is overtaken or meets a hold at every call: the next one brings it to its end."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from planrun.app import pruning
from planrun.app.plans import plan_of
from planrun.app.stores import stores_of
from planrun.app.surveying import mark_of
from planrun.core.hold import of_person
from planrun.core.manifest import seal
from planrun.edges.backups import verify
from planrun.edges.storage.folder import FolderStore
from planrun.errors import EnvironmentFault
from projects import Watcher
from sets import ago, make_set, origin_of, place_hold, tree, verify_set, write_private

STEPS = "- {id: one, check: {sql: SELECT 1, expect: {rows: 1}}}\n"
MORE = 40
"""More calls than a prune of one set makes."""


class KilledError(BaseException):
    """Nothing of ours goes on after it, and nothing of ours catches it."""


class Watched:
    """A store that counts its calls, and does something before or after one of them."""

    def __init__(self, root, number=0, *, before=None, after=None):
        self.inner = FolderStore(root)
        self.address = self.inner.address
        self.number = number
        self.before = before
        self.after = after
        self.calls = 0

    def __getattr__(self, name):
        call = getattr(self.inner, name)

        def watched(*args):
            self.calls += 1
            mine = self.calls == self.number
            if mine and self.before:
                self.before()
            result = list(call(*args)) if name in {"list", "read"} else call(*args)
            if mine and self.after:
                self.after()
            return result

        return watched


def sound(path):
    return all(found.level is not verify.Severity.ERROR for found in verify.verify(path))


class Scene:
    """An old set that goes, a new one that stays, and the row of the old one in the history."""

    def __init__(self, project):
        self.project = project
        self.root = project.folder / "backups"
        project.write(STEPS, storage=[{"path": "backups", "keep": {"at_least": 1}}])
        project.execute()
        self.origin = origin_of(project.database)
        self.new = make_set(self.root, ago(1), self.origin)
        self.again()

    def again(self):
        """Make the old set anew."""
        self.old = make_set(self.root, ago(9), self.origin, run=8)
        verify_set(self.old)
        verify_set(self.new)
        with self.project.database.connect() as connection:
            connection.execute("DELETE FROM planrun.artifact")
            connection.execute(
                "INSERT INTO planrun.artifact (run_id, step, backup_type, backup_path, backup_status, set_name, store)"
                " VALUES (1, 'one', 'files', %s, 'completed', %s, %s)",
                (str(self.old), self.old.name, str(self.root)),
            )

    def prune(self, store=None):
        plan = plan_of(self.project.plan)
        stores = (store,) if store else stores_of(plan)
        return pruning.prune(
            plan, self.project.database.params, stores, Watcher(), lambda: datetime.now(UTC), shown=print, yes=True
        )

    def require_nothing_half(self):
        """What is listed as a set is whole, and what is left of one that is not is named by its mark."""
        assert sound(self.new)
        if (self.old / "manifest.json").exists():
            assert sound(self.old)
        elif self.old.exists():
            named = json.loads((self.root / mark_of(self.old.name)).read_text())
            assert {file["path"] for artifact in named["artifacts"] for file in artifact["files"]}

    def require_gone(self):
        assert [path.name for path in self.root.iterdir()] == [self.new.name]
        assert sound(self.new)
        with self.project.database.connect() as connection:
            rows = connection.execute("SELECT backup_status, pruned_at IS NOT NULL FROM planrun.artifact").fetchall()
        assert rows == [("pruned", True)]

    def require_whole(self):
        assert sound(self.old)
        assert not (self.root / mark_of(self.old.name)).exists()


@pytest.fixture
def scene(project):
    return Scene(project)


def every_call(scene, **hooks):
    """Yield a store for each call that a prune makes; stop when it makes no more."""
    for number in range(1, MORE):
        store = Watched(scene.root, number, **hooks)
        yield store
        if store.calls < number:
            return
        scene.again()
    pytest.fail(f"a prune makes more than {MORE} calls")


def stop():
    raise KilledError


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_call_it_is_brought_to_its_end(scene, when):
    killed = 0
    for store in every_call(scene, **{when: stop}):
        try:
            scene.prune(store)
        except KilledError:
            killed += 1
            scene.require_nothing_half()
            scene.prune()
        scene.require_gone()
    assert killed > 10


def test_a_store_that_fails_at_every_call_is_brought_to_its_end(scene):
    def fail():
        raise EnvironmentFault("the disk refuses")

    failed = 0
    for store in every_call(scene, before=fail):
        try:
            scene.prune(store)
        except EnvironmentFault:
            failed += 1
            scene.require_nothing_half()
        scene.prune()
        scene.require_gone()
    assert failed >= 8


def test_a_second_prune_at_every_call_does_no_harm(scene):
    for store in every_call(scene, before=scene.prune):
        with contextlib.suppress(EnvironmentFault):  # what it was about to read is gone: run again, it says
            scene.prune(store)
        scene.prune()
        scene.require_gone()


def test_a_restore_that_comes_at_every_call_has_a_whole_set_or_none(scene):
    """A restore places its hold, then reads the manifest; a set that it sees stays."""
    hold = of_person("restored", ago(0))
    seen = []

    def restore():
        if scene.old.exists():
            place_hold(scene.old, hold)
        seen.append((scene.old / "manifest.json").exists())

    outcomes = set()
    for store in every_call(scene, before=restore):
        seen.clear()
        scene.prune(store)
        outcomes.add(tuple(seen))
        if seen == [True]:
            scene.require_whole()
        elif (scene.old / "manifest.json").exists():
            scene.require_whole()  # its hold came when the manifest was away for a moment
        else:
            assert not (scene.old / "configs").exists()
        shutil.rmtree(scene.old, ignore_errors=True)
    assert {(True,), (False,)} <= outcomes


def test_a_set_that_changes_after_it_was_decided_stays(scene):
    def change():
        manifest = scene.old / "manifest.json"
        if manifest.exists():
            document = json.loads(manifest.read_text()) | {"tool_version": "0.2"}
            write_private(manifest, json.dumps(document | {"sha256": seal(document)}))

    messages = []
    for store in every_call(scene, before=change):
        (report,) = scene.prune(store).stores
        outcome = next(item for item in report.sets if item.name == scene.old.name)
        messages.append(outcome.outcome)
        assert outcome.deleted is not scene.old.exists()
        if outcome.outcome:
            scene.require_whole()
        shutil.rmtree(scene.old, ignore_errors=True)
    assert "it was changed since this was decided" in messages


KILL = """
import os, signal, sys
from planrun.cli import main
from planrun.edges.postgres import monitoring
left = int(sys.argv.pop(1))
def counted(call):
    def wrapper(*args, **options):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **options)
    return wrapper
os.unlink, os.rmdir, os.rename, os.mkdir = map(counted, (os.unlink, os.rmdir, os.rename, os.mkdir))
monitoring.pruned = counted(monitoring.pruned)
main()
"""


def test_kill_9_at_every_change_of_the_disk_and_of_the_history(scene):
    killed = 0
    for number in range(1, MORE):
        done = subprocess.run(
            [sys.executable, "-c", KILL, str(number), "backup", "prune", str(scene.project.plan), "--yes"],
            env={**os.environ, "PLANRUN_URL": scene.project.database.url},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode == 0:
            scene.require_gone()
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        killed += 1
        scene.require_nothing_half()
        scene.prune()
        scene.require_gone()
        scene.again()
    assert killed >= 8


def test_an_interrupted_prune_leaves_other_files_alone(scene):
    (scene.old / "configs" / "mine.txt").write_text("mine")
    (scene.old / "manifest.json").rename(scene.root / mark_of(scene.old.name))
    scene.prune()
    assert tree(scene.old) == {"configs", "configs/mine.txt"}
    scene.prune()
    assert tree(scene.old) == {"configs", "configs/mine.txt"}
