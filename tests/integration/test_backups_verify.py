"""Verification: any damage to a set is found, and what is no set is never taken for one."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from planrun.app import shelves, verifying
from planrun.app.sets import Because, NotASet, StoredSet, sets
from planrun.app.verifying import Verifying
from planrun.core.manifest import Artifact, ArtifactKind, Column, Origin, StoredFile
from planrun.core.plan import DumpFormat
from planrun.edges.backups import csv_export, dump, libpq, tools
from planrun.edges.backups.folder import BackupSet, relative
from planrun.edges.backups.verify import Finding, Severity, verify
from planrun.edges.storage.folder import FolderStore
from planrun.errors import EnvironmentFault
from projects import Watcher

STARTED = datetime(2026, 1, 31, tzinfo=UTC)
ORIGIN = Origin(database="propo", server_version="16.14", tool_version="0.1")
CONTENT = b"x\n" + b"1\n" * 500
PLACES = 25


def begin(root):
    return BackupSet.create(root, STARTED, "plan", 1, origin=ORIGIN)


def add_csv(backup_set, content=CONTENT):
    with backup_set.new_file(ArtifactKind.CSV, "export", ".csv") as file:
        file.write(content)
    backup_set.add(
        Artifact(
            step="export",
            kind=ArtifactKind.CSV,
            format="csv",
            files=(StoredFile(relative(ArtifactKind.CSV, file.name), file.bytes, file.sha256),),
            finished=STARTED,
            server_version="16.14",
            source="TABLE t",
            columns=(Column("x", "integer"),),
            rows=500,
            null_marker=csv_export.NULL_MARKER,
        )
    )


def add_dump(backup_set, content, version="16.14"):
    with backup_set.new_file(ArtifactKind.DATABASE, "dump", ".dump") as file:
        file.write(content)
    backup_set.add(
        Artifact(
            step="dump",
            kind=ArtifactKind.DATABASE,
            format="custom",
            files=(StoredFile(relative(ArtifactKind.DATABASE, file.name), len(content), sha256(content).hexdigest()),),
            finished=STARTED,
            server_version="16.14",
            pg_dump_version=version,
        )
    )


@pytest.fixture
def made(tmp_path):
    with begin(tmp_path / "backups") as backup_set:
        add_csv(backup_set)
    return backup_set.path


def with_a_flipped_bit(content):
    damaged = bytearray(content)
    (index,) = random.sample(range(len(content)), 1)
    damaged[index] ^= random.choice([1 << bit for bit in range(8)])  # noqa: S311 - damage, not a secret
    return bytes(damaged)


def errors(folder):
    return [finding.path for finding in verify(folder) if finding.level is Severity.ERROR]


def test_a_good_set_has_nothing_to_tell(made):
    assert verify(made) == ()


@pytest.mark.parametrize("name", ["csv_exports/export.csv", "manifest.json"])
def test_any_flipped_bit_is_found(made, name):
    path, content = made / name, (made / name).read_bytes()
    for _ in range(PLACES):
        damaged = with_a_flipped_bit(content)
        path.write_bytes(damaged)
        assert errors(made) == [name], damaged


@pytest.mark.parametrize("name", ["csv_exports/export.csv", "manifest.json"])
def test_any_truncation_is_found(made, name):
    path, content = made / name, (made / name).read_bytes()
    # The last byte of the manifest is a line break, which JSON does not need.
    for size in (0, *random.sample(range(len(content) - 1), PLACES)):
        path.write_bytes(content[:size])
        assert errors(made) == [name], size


def test_a_real_archive_is_listed_and_its_damage_found(database, tmp_path):
    with database.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT generate_series(1, 1000) AS x")
        settings = libpq.settings_of(connection)
    chosen = tools.tools(database.major, settings)
    with begin(tmp_path / "backups") as backup_set:
        with backup_set.new_file(ArtifactKind.DATABASE, "dump", ".dump") as file:
            dump.dump(settings, dump.Request(format=DumpFormat.CUSTOM), chosen, file)
        path = backup_set.path / "database" / file.name
        content = path.read_bytes()
        path.unlink()
        add_dump(backup_set, content, chosen.version)
    assert verify(backup_set.path) == ()
    for _ in range(PLACES):
        path.write_bytes(with_a_flipped_bit(content))
        assert errors(backup_set.path) == ["database/dump.dump"]


def test_what_was_never_an_archive_is_found_in_spite_of_its_checksum(tmp_path):
    with begin(tmp_path / "backups") as backup_set:
        add_dump(backup_set, b"not an archive")
    (finding,) = verify(backup_set.path)
    assert (finding.level, finding.path) == (Severity.ERROR, "database/dump.dump")
    assert "pg_restore ended with exit code 1" in finding.message


def test_an_archive_that_no_tool_can_list_is_said(tmp_path):
    with begin(tmp_path / "backups") as backup_set:
        add_dump(backup_set, b"archive of the future", "99.1")
    (finding,) = verify(backup_set.path)
    assert finding.level is Severity.NOTE
    assert "no pg_restore for an archive of pg_dump 99.1 was found" in finding.message


def test_a_missing_file_and_a_link_in_its_place_are_found(made, tmp_path):
    path = made / "csv_exports" / "export.csv"
    path.rename(tmp_path / "aside")
    assert verify(made) == (Finding(Severity.ERROR, "csv_exports/export.csv", "the file is missing"),)
    path.symlink_to(tmp_path / "aside")
    assert errors(made) == ["csv_exports/export.csv"]


def test_a_link_in_the_place_of_a_folder_is_not_followed(made, tmp_path):
    (made / "csv_exports").rename(tmp_path / "aside")
    (made / "csv_exports").symlink_to(tmp_path / "aside")
    assert errors(made) == ["csv_exports/export.csv"]


def test_a_pipe_in_the_place_of_the_manifest_does_not_block(made):
    (made / "manifest.json").unlink()
    os.mkfifo(made / "manifest.json")
    assert errors(made) == ["manifest.json"]


def test_what_the_manifest_does_not_name_is_told(made):
    (made / "csv_exports" / ".export_2.csv.part").touch(0o600)
    (made / "configs").mkdir(0o700)
    unnamed = [(finding.level, finding.path) for finding in verify(made)]
    assert unnamed == [(Severity.WARNING, "configs"), (Severity.WARNING, "csv_exports/.export_2.csv.part")]


@pytest.mark.parametrize("name", [".", "csv_exports", "csv_exports/export.csv", "manifest.json"])
def test_what_others_can_use_is_told(made, name):
    (made / name).chmod(0o740)
    assert verify(made) == (Finding(Severity.WARNING, name, "other accounts can use it (mode 0740)"),)


def test_only_folders_with_a_good_manifest_are_sets(tmp_path):
    root = tmp_path / "backups"
    with begin(root) as good:
        add_csv(good)
    with begin(root) as unfinished, unfinished.new_file(ArtifactKind.CSV, "export"):
        pass
    with begin(root) as damaged:
        add_csv(damaged)
    (damaged.path / "manifest.json").write_text("[" * 100_000)
    (root / "notes").mkdir()
    (root / "z_link").symlink_to(good.path)
    (root / "z_note.txt").touch()
    found = {entry.name: getattr(entry, "because", None) for entry in sets(FolderStore(root))}
    assert found == {
        good.path.name: None,
        unfinished.path.name: Because.INCOMPLETE,
        damaged.path.name: Because.INCOMPLETE,
        "notes": Because.FOREIGN,
        "z_link": Because.FOREIGN,
        "z_note.txt": Because.FOREIGN,
    }
    first, *others = sets(FolderStore(root))
    assert isinstance(first, StoredSet)
    assert first.manifest == good.manifest
    assert all(isinstance(entry, NotASet) for entry in others)


@pytest.mark.parametrize("command", ["list", "verify"])
def test_a_root_that_is_missing_a_link_or_open_to_others_is_refused(made, command):
    def ask(root):
        if command == "list":
            return shelves.listing(str(root))
        return tuple(verifying.verify(str(root), Verifying(Watcher(), lambda: STARTED)))

    root = made.parent
    assert len(ask(root)) == 1
    with pytest.raises(EnvironmentFault, match="there is no folder"):
        ask(root.with_name("elsewhere"))
    root.with_name("link").symlink_to(root)
    with pytest.raises(EnvironmentFault, match="symbolic link"):
        ask(root.with_name("link"))
    root.chmod(0o777)
    with pytest.raises(EnvironmentFault, match="written by others"):
        ask(root)
