"""Prune on a real S3 server: rules of its own, and whatever the network does the bucket never lists half a set."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from planrun.app import pruning
from planrun.app.plans import plan_of
from planrun.app.sets import StoredSet, sets
from planrun.app.stores import upload
from planrun.app.surveying import LeftBecause, mark_of
from planrun.core.address import address
from planrun.core.hold import of_person, to_document
from planrun.edges.storage.folder import FolderStore
from planrun.edges.storage.opening import Patience, open_bucket
from planrun.errors import EnvironmentFault
from projects import Watcher
from s3_server import CREDENTIALS, Bucket, Cut, error, proxy_to, s3_server
from sets import ago, make_set, origin_of

STEPS = "- {id: one, check: {sql: SELECT 1, expect: {rows: 1}}}\n"
URL = "s3://backups/some/prefix"


@pytest.fixture(scope="module")
def proxies():
    with s3_server() as port, proxy_to(port) as proxy:
        assert Bucket(port, "backups").ask("PUT")[0] == 200
        yield proxy, Bucket(port, "backups")


@pytest.fixture
def scene(proxies, project, monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    proxies[0].reset()
    return Scene(project, *proxies)


class Scene:
    """A folder and a bucket with the same sets."""

    def __init__(self, project, proxy, bucket):
        self.project = project
        self.proxy = proxy
        self.bucket = bucket
        self.origin = origin_of(project.database)
        self.folder = FolderStore(project.folder / "backups")
        patience = Patience(retries=0, pause=timedelta(milliseconds=1), timeout=timedelta(seconds=20))
        self.store = open_bucket(address(URL), endpoint_url=proxy.url, patience=patience)
        project.write(
            STEPS, storage=[{"path": "backups", "keep": "400d"}, {"url": URL, "keep": {"at_least": 1, "age": "30d"}}]
        )
        self.new = self.copied(1)

    def copied(self, days):
        path = make_set(self.folder.root, ago(days), self.origin)
        upload(path, self.store)
        return path

    def prune(self):
        return pruning.prune(
            plan_of(self.project.plan),
            self.project.database.params,
            (self.folder, self.store),
            Watcher(),
            lambda: datetime.now(UTC),
            shown=print,
            yes=True,
        )

    def names(self):
        return {name.removeprefix("some/prefix/") for name in self.bucket.names()}

    def of(self, path):
        return {name for name in self.names() if name.startswith(path.name)}

    def clear(self):
        self.store.delete([found.name for found in self.store.list()])


@pytest.fixture(autouse=True)
def emptied(scene):
    yield
    scene.proxy.reset()
    scene.clear()


def test_the_bucket_has_its_own_rule(scene):
    old = scene.copied(40)
    report = scene.prune()
    assert [[item.deleted for item in store.sets] for store in report.stores] == [[False, False], [True, False]]
    assert old.exists()
    assert scene.of(old) == set()
    assert len(scene.of(scene.new)) == 3


def test_what_is_no_set_of_ours_stays_and_is_told(scene):
    half, old = scene.copied(50), scene.copied(40)
    scene.store.delete([f"{half.name}/manifest.json"])
    for name in ("notes.txt", f"{old.name}/notes.txt", f"{old.name}x/manifest.json"):
        scene.store.write(name, b"mine")
    left = scene.prune().stores[1].others
    assert {item.name: item.because for item in left} == {
        half.name: LeftBecause.INCOMPLETE,
        "notes.txt": LeftBecause.FOREIGN,
        f"{old.name}x": LeftBecause.FOREIGN,
    }
    assert scene.of(old) == {f"{old.name}/notes.txt", f"{old.name}x/manifest.json"}
    assert len(scene.of(half)) == 2


def test_a_hold_in_the_bucket_keeps_the_set(scene):
    old = scene.copied(40)
    hold = of_person("audit", ago(1))
    scene.store.write(f"{old.name}/{hold.name}", str(to_document(hold)).encode())  # not even JSON: it holds
    scene.prune()
    assert len(scene.of(old)) == 4


@pytest.mark.parametrize("verdict", [error(503, "SlowDown"), Cut(after=10)])
def test_a_service_that_fails_from_any_request_on_shows_no_half_set(scene, verdict):
    failed = 0
    for first in range(1, 60):
        old = scene.copied(40)
        scene.proxy.reset(lambda request, first=first: verdict if request.number >= first else None)
        try:
            scene.prune()
        except EnvironmentFault:
            failed += 1
        finally:
            done = len(scene.proxy.seen) < first
            scene.proxy.reset()
        listed = {item.name: item for item in sets(scene.store)}
        found = listed.get(old.name)
        assert not isinstance(found, StoredSet) or not found.missing
        assert isinstance(found, StoredSet) or found is None or mark_of(old.name) in listed
        scene.prune()
        assert scene.of(old) == set()
        assert len(scene.of(scene.new)) == 3
        if done:
            break
    assert failed > 5
