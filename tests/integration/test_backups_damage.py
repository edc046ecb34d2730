"""Every flipped bit and every cut of every kind of backup is found; seeded, so that a failure can be repeated."""

from __future__ import annotations

import os
import random
import shutil
import threading
from dataclasses import replace

import pyrage
import pytest

from planrun.edges.backups import disk, encryption, manifest, streams, verify
from planrun.edges.backups.encryption import Identities
from planrun.errors import EnvironmentFault

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
def made(request, project, identity):
    """A set of every kind, and whether it is encrypted."""
    project.database.connect().execute(
        "CREATE TABLE items AS SELECT i AS id, md5(i::text) AS name FROM generate_series(1, 300) i"
    )
    if request.param == "encrypted":
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


def errors(folder):
    return [finding.path for finding in verify.verify(folder) if finding.level is verify.Level.ERROR]


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
