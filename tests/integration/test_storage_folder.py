"""A store that is a folder: private, whole files or none, and no way out of it through a link."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys

import pytest

from planrun.edges.storage.folder import FolderStore
from planrun.errors import EnvironmentFault

CONTENT = b"setting = 1\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source" / "a.env"
    path.parent.mkdir(0o700)
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def store(tmp_path):
    return FolderStore(tmp_path / "above" / "copies")


def test_what_is_copied_is_private_and_nothing_else_is_made(store, source):
    assert list(store.list()) == []
    mask = os.umask(0)
    try:
        store.put("set/configs/a.env", source, DIGEST)
    finally:
        os.umask(mask)
    paths = [store.root.parent, *store.root.parent.rglob("*")]
    assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o700, 0o700, 0o700, 0o700, 0o600]
    assert [(found.name, found.bytes) for found in store.list()] == [("set/configs/a.env", len(CONTENT))]
    assert b"".join(store.read("set/configs/a.env")) == CONTENT


def test_a_file_that_is_another_one_leaves_nothing(store, source):
    with pytest.raises(EnvironmentFault, match="was changed or damaged"):
        store.put("set/a.env", source, "0" * 64)
    assert [path.name for path in store.root.rglob("*")] == ["set"]


def test_more_than_was_announced_is_not_taken(store):
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield b"x" * 1000

    with pytest.raises(EnvironmentFault, match="was changed or damaged"):
        store.take("set/a", endless(), 1500, DIGEST)
    assert len(taken) == 2
    assert [path.name for path in store.root.rglob("*")] == ["set"]


def test_what_a_killed_copy_left_is_no_obstacle(store, source):
    store.put("set/a.env", source, DIGEST)
    (store.root / "set" / "a.env").rename(store.root / "set" / ".a.env.part")
    store.put("set/a.env", source, DIGEST)
    assert [found.name for found in store.list()] == ["set/a.env"]


def test_a_damaged_copy_is_made_again(store, source):
    store.put("set/a.env", source, DIGEST)
    (store.root / "set" / "a.env").write_bytes(CONTENT.swapcase())
    store.put("set/a.env", source, DIGEST)
    assert b"".join(store.read("set/a.env")) == CONTENT


@pytest.mark.parametrize("name", ["link/a.env", "set/link", "set/link/a.env"])
def test_no_link_is_followed(store, source, tmp_path, name):
    store.write("set/b", b"1")
    outside = tmp_path / "outside"
    outside.mkdir(0o700)
    (outside / "a.env").write_bytes(b"precious")
    first, _, _ = name.partition("/a.env")
    (store.root / first).symlink_to(outside if name.endswith("a.env") else outside / "a.env")
    with pytest.raises(EnvironmentFault):
        list(store.read(name))
    if name.endswith("a.env"):
        with pytest.raises(EnvironmentFault):
            store.put(name, source, DIGEST)
        store.delete([name])
    else:
        store.write(name, b"2")
        assert not (store.root / name).is_symlink()
    assert (outside / "a.env").read_bytes() == b"precious"
    assert "precious" not in " ".join(found.name for found in store.list())


def test_a_folder_that_others_can_write_is_no_store(store):
    store.root.mkdir(parents=True)
    store.root.chmod(0o777)
    for work in (lambda: list(store.list()), lambda: store.write("a", b"1"), lambda: list(store.read("a"))):
        with pytest.raises(EnvironmentFault, match="can be written by others"):
            work()


def test_removing_takes_the_folders_that_are_empty_then_and_nothing_else(store):
    for name in ("set/configs/a", "set/configs/b", "other/c"):
        store.write(name, b"1")
    store.delete(["set/configs/a", "set/configs/never_was"])
    assert [found.name for found in store.list()] == ["other/c", "set/configs/b"]
    store.delete(["set/configs/b"])
    assert sorted(path.name for path in store.root.rglob("*")) == ["c", "other"]


MEMORY = """
import sys
from pathlib import Path
from planrun.app import stores
from planrun.core.address import address
from planrun.edges.storage.opening import open_bucket
source, digest, where, url = sys.argv[1:]

def most():  # of this program alone: ru_maxrss begins with that of the test process
    return Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]

store = open_bucket(address(where), endpoint_url=url)
store.write("first", b"1")
before = most()
store.put("large", Path(source), digest)
print(before, most())
"""


def test_memory_does_not_grow_with_the_file(tmp_path, bucket, proxy, credentials):
    """With 48 MiB; the same was measured with 1 GiB, which takes too long here."""
    (tmp_path / "source").mkdir(0o700)
    source = tmp_path / "source" / "large"
    with source.open("wb") as file:
        file.truncate(48 << 20)
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    command = [
        sys.executable,
        "-c",
        MEMORY,
        str(source),
        digest,
        f"s3://{bucket.name}",
        f"http://127.0.0.1:{proxy.server}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
    before, after = map(int, done.stdout.split())
    assert after - before < 30 << 10
    assert after < 80 << 10
