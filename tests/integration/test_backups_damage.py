"""Every flipped bit and every cut of every kind of backup is found; seeded, so that a failure can be repeated."""

from __future__ import annotations

import os
import random
import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pyrage
import pytest

from planrun.app import restoring
from planrun.app.restore_words import Wanted
from planrun.core.manifest import ArtifactKind
from planrun.edges.backups import disk, encryption, manifest, streams, verify
from planrun.edges.backups.encryption import Identities
from planrun.errors import EnvironmentFault, StepFailed
from projects import Watcher

PLACES = 200
STEPS = """
- {id: custom, backup: {database: {format: custom}}}
- {id: plain, backup: {database: {format: plain}}}
- {id: csv, backup: {csv: {sql: SELECT * FROM items}}}
- {id: gzip, backup: {csv: {sql: SELECT * FROM items, compress: gzip}}}
- {id: zstd, backup: {csv: {sql: SELECT * FROM items, compress: zstd}}}
- {id: files, backup: {files: [plans/*.yaml]}}
"""
DIRECTORY = "- {id: directory, backup: {database: {format: directory, jobs: 2}}}\n"


@pytest.fixture
def identity():
    return pyrage.x25519.Identity.generate()


@pytest.fixture(params=["bare", "encrypted"])
def form(request):
    return request.param


@pytest.fixture
def made(project, identity, form):
    """A set of every kind."""
    return every_kind(project, identity, form, rows=300)


@pytest.fixture
def made_small(project, identity, form):
    return every_kind(project, identity, form, rows=2)


def every_kind(project, identity, form, *, rows):
    with project.database.connect() as owner:
        owner.execute("CREATE TABLE items (id int PRIMARY KEY, name text)")
        owner.execute("INSERT INTO items SELECT i, md5(i::text) FROM generate_series(1, %s) i", [rows])
    if form == "encrypted":
        project.write(STEPS, encrypt={"recipients": [str(identity.to_public())]})
    else:
        project.write(STEPS + DIRECTORY)
    project.execute()
    (path,) = (project.folder / "backups").iterdir()
    return path


def alone(made, artifact, folder):
    """A set that holds one backup of another."""
    for file in artifact.files:
        (folder / file.path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy(made / file.path, folder / file.path)
    whole = manifest.read(made)
    descriptor = disk.open_folder(folder)
    manifest.write(descriptor, folder, replace(whole, artifacts=(artifact,)))
    os.close(descriptor)
    return folder


@pytest.fixture
def smallest(made_small, tmp_path):
    """One set for each kind of backup, with as few bytes in it as there can be."""
    found = {}
    for artifact in manifest.read(made_small).artifacts:
        folder = tmp_path / artifact.step
        folder.mkdir(mode=0o700)
        found[artifact.step] = (alone(made_small, artifact, folder), artifact)
    return found


def errors(folder):
    return [finding.path for finding in verify.verify(folder) if finding.level is verify.Severity.ERROR]


def test_every_flip_and_every_cut_of_every_kind_is_found(made, tmp_path):
    dice = random.Random(4)  # noqa: S311 - seeded
    kinds = manifest.read(made).artifacts
    assert len(kinds) in (6, 7)
    for artifact in kinds:
        (tmp_path / artifact.step).mkdir(mode=0o700)
        folder = alone(made, artifact, tmp_path / artifact.step)
        assert errors(folder) == []
        contents = {file.path: (folder / file.path).read_bytes() for file in artifact.files}
        assert_every_change_is_found(folder, contents, dice)
    # The last byte of the manifest is a line break, which JSON does not need.
    assert_every_change_is_found(folder, {manifest.NAME: (folder / manifest.NAME).read_bytes()[:-1]}, dice)


def assert_every_change_is_found(folder, contents, dice):
    """Flip a bit at some places of the files, and cut them there."""
    every = [(name, place) for name, content in contents.items() for place in range(len(content))]
    for name, place in dice.sample(every, min(PLACES, len(every))):
        path, content = folder / name, contents[name]
        path.write_bytes(content[:place] + bytes([content[place] ^ 1 << dice.randrange(8)]) + content[place + 1 :])
        assert errors(folder) == [name], place
        path.write_bytes(content[:place])
        assert errors(folder) == [name], place
        path.write_bytes(content)


def test_every_cut_of_every_kind_is_found(smallest):
    cuts = 0
    for folder, artifact in smallest.values():
        assert errors(folder) == []
        for file in artifact.files:
            path = folder / file.path
            content = path.read_bytes()
            for size in reversed(range(len(content))):
                os.truncate(path, size)
                assert errors(folder) == [file.path], size
                cuts += 1
            path.write_bytes(content)
        assert errors(folder) == []
    assert cuts == sum(file.bytes for _, artifact in smallest.values() for file in artifact.files)


def test_no_cut_is_restored_and_nothing_is_written_of_it(smallest, project, identity, tmp_path):
    key = tmp_path / "key"
    key.write_text(str(identity))
    before = written(project)
    for step, (folder, artifact) in smallest.items():
        if artifact.kind is ArtifactKind.FILES:
            continue  # no database takes them back
        wanted = Wanted(steps=(step,), yes=True, clean=True, in_use=True, identity=key)
        for file in artifact.files:
            path = folder / file.path
            content = path.read_bytes()
            for size in {0, len(content) // 2, len(content) - 1}:
                path.write_bytes(content[:size])
                with pytest.raises(StepFailed, match="cannot be relied on, and nothing was written"):
                    restore(folder, wanted, project)
            path.write_bytes(content)
    assert written(project) == before


def restore(folder, wanted, project):
    return restoring.restore(str(folder), project.database.params, wanted, Watcher(), lambda: datetime.now(UTC))


def written(project):
    """What a restore could have changed: rows, tables, and the history of the runs."""
    with project.database.connect() as connection:
        return [
            connection.execute(query).fetchall()
            for query in (
                "SELECT xmin::text, * FROM items ORDER BY id",
                "SELECT oid, relname FROM pg_class ORDER BY oid",
                "SELECT * FROM planrun.run",
            )
        ]


@pytest.fixture
def stored(tmp_path, identity):
    """Writes content to an encrypted, compressed file; returns its path."""
    tmp_path.chmod(0o700)
    recipients = (str(identity.to_public()),)

    def write(compression, content):
        descriptor = disk.open_folder(tmp_path)
        with disk.new_file(descriptor, tmp_path, "file") as file:
            streams.write(iter(content), file, compression=compression, recipients=recipients)
        os.close(descriptor)
        return tmp_path / "file"

    return write


def read(path, compression, keys):
    return b"".join(streams.reading(path, compression, encryption.WORD, keys))


@pytest.mark.parametrize("compression", [None, "gzip", "zstd"])
def test_an_encrypted_file_itself_tells_every_flip_cut_and_addition(stored, identity, compression):
    dice = random.Random(5)  # noqa: S311 - seeded
    keys = Identities((identity,))
    content = [dice.randbytes(70_000), b"", b"x" * 70_000]
    path = stored(compression and streams.Compression(compression), content)
    whole = path.read_bytes()
    assert read(path, compression, keys) == b"".join(content)
    for place in dice.sample(range(len(whole)), PLACES):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << dice.randrange(8)]) + whole[place + 1 :])
        with pytest.raises(EnvironmentFault, match=r"damaged|other keys"):
            read(path, compression, keys)
    # Where a block of the format ends is where a cut is hardest to see.
    ends = [len(whole) - len(whole) % 65552 + step for step in (-1, 0, 1)]
    for place in [0, 1, *ends, len(whole) - 1, *dice.sample(range(len(whole)), PLACES)]:
        path.write_bytes(whole[:place])
        with pytest.raises(EnvironmentFault, match=r"damaged|cut"):
            read(path, compression, keys)
    path.write_bytes(whole + b"\0")
    with pytest.raises(EnvironmentFault, match="damaged"):
        read(path, compression, keys)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_compressed_file_itself_tells_a_cut_and_an_addition(tmp_path, compression):
    tmp_path.chmod(0o700)
    descriptor = disk.open_folder(tmp_path)
    with disk.new_file(descriptor, tmp_path, "file") as file:
        streams.write([b"abc" * 100_000], file, compression=streams.Compression(compression))
    os.close(descriptor)
    path = tmp_path / "file"
    whole = path.read_bytes()
    assert b"".join(streams.reading(path, compression)) == b"abc" * 100_000
    for damaged in (*(whole[:size] for size in range(len(whole))), whole + b"\0", whole + whole):
        path.write_bytes(damaged)
        with pytest.raises(EnvironmentFault, match="damaged or cut"):
            b"".join(streams.reading(path, compression))


def test_another_key_and_no_key_are_told_as_such(stored, identity, tmp_path):
    path = stored(None, [b"secret"])
    with pytest.raises(EnvironmentFault, match="encrypted for other keys"):
        read(path, None, Identities((pyrage.x25519.Identity.generate(),)))
    with pytest.raises(Exception, match="is encrypted, and wants the private key"):
        read(path, None, None)
    key = tmp_path / "key"
    for text in ("", "# nothing", "AGE-SECRET-KEY-1QQQ", str(identity.to_public()), "\u00e9"):
        key.write_text(text)
        with pytest.raises(Exception, match="holds no private key") as caught:
            encryption.read_identities(key)
        assert not text or text not in str(caught.value) or text == "# nothing"


def test_what_breaks_off_the_content_is_told_and_no_file_stays(stored, tmp_path):
    def content():
        yield b"x" * 200_000
        raise EnvironmentFault("the server went away")

    with pytest.raises(EnvironmentFault, match=r"^the server went away$"):
        stored(None, content())
    assert list(tmp_path.iterdir()) == []


def test_who_stops_reading_leaves_no_thread_behind(stored, identity):
    path = stored(None, [b"x" * 5_000_000])
    stream = streams.reading(path, None, encryption.WORD, Identities((identity,)))
    assert next(stream).startswith(b"x")
    stream.close()
    assert "planrun decrypt" not in {thread.name for thread in threading.enumerate()}
