"""The folder of a backup set: private whatever the umask, never through a link, whole files or none."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import stat
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest

from planrun.core.manifest import Artifact, ArtifactKind, Origin, StoredFile
from planrun.edges.backups import manifest
from planrun.edges.backups.folder import BackupSet
from planrun.errors import EnvironmentFault

STARTED = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
ORIGIN = Origin(database="propo", server_version="16.14", tool_version="0.1")
NOBODY = 65534


def create(root, plan="plan", run=1):
    return BackupSet.create(root, STARTED, plan, run, origin=ORIGIN)


def write(backup_set, content=b"x", stem="export"):
    with backup_set.new_file(ArtifactKind.CSV, stem, ".csv") as file:
        file.write(content)
    return file


def artifact(name, content=b"x"):
    return Artifact(
        step="export",
        kind=ArtifactKind.CSV,
        format="csv",
        files=(StoredFile(f"csv_exports/{name}", len(content), sha256(content).hexdigest()),),
        finished=STARTED,
        server_version="16.14",
        source="SELECT 1",
        columns=(),
        rows=1,
        null_marker=r"\N",
    )


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@contextlib.contextmanager
def umask(mask):
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o277])
def test_everything_is_private_whatever_the_umask(tmp_path, mask):
    with umask(mask), create(tmp_path / "a" / "backups") as backup_set:
        write(backup_set)
        backup_set.add(artifact("export.csv"))
    for path in (tmp_path / "a", *(tmp_path / "a").rglob("*")):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path
    assert names(backup_set.path) == ["csv_exports", "csv_exports/export.csv", "manifest.json"]


def test_the_name_tells_time_plan_and_run_in_utc(tmp_path):
    started = STARTED.astimezone(timezone(timedelta(hours=-3)))
    with BackupSet.create(tmp_path, started, "plan", 12, origin=ORIGIN) as backup_set:
        assert backup_set.path == tmp_path / "20260131_120000_plan_run12"


def test_a_name_that_is_taken_gets_a_suffix(tmp_path):
    with create(tmp_path) as first, create(tmp_path) as second, create(tmp_path) as third:
        assert [s.path.name.removeprefix(first.path.name) for s in (first, second, third)] == ["", "_2", "_3"]
        assert [write(first).name for _ in range(3)] == ["export.csv", "export_2.csv", "export_3.csv"]


@pytest.mark.parametrize("plan", ["../../etc", "a/b", "a\nb", "é" * 500, ".."])
def test_a_plans_name_cannot_lead_out_of_the_root(tmp_path, plan):
    with create(tmp_path, plan) as backup_set:
        assert backup_set.path.parent == tmp_path
        assert [entry.name for entry in tmp_path.iterdir()] == [backup_set.path.name]
        backup_set.add(artifact(write(backup_set).name))
    assert manifest.read(backup_set.path).plan == plan


@pytest.mark.parametrize("stem", ["../x", "a/b", ".x", "A", "", "a\n"])
def test_a_files_name_is_made_by_the_tool(tmp_path, stem):
    with create(tmp_path) as backup_set, pytest.raises(ValueError, match="not a name"):
        write(backup_set, stem=stem)


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o720, 0o1777])
def test_a_root_that_others_can_write_to_is_refused(tmp_path, mode):
    root = tmp_path / "backups"
    root.mkdir()
    root.chmod(mode)
    with pytest.raises(EnvironmentFault, match="written by others") as caught:
        create(root)
    assert caught.value.hint == f"chmod go-w {root}"
    assert not list(root.iterdir())


def test_a_root_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "backups").symlink_to("elsewhere")
    with pytest.raises(EnvironmentFault, match="symbolic link"):
        create(tmp_path / "backups")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_link_that_leads_nowhere_is_refused_as_a_root(tmp_path):
    (tmp_path / "backups").symlink_to("elsewhere")
    with pytest.raises(EnvironmentFault, match="symbolic link"):
        create(tmp_path / "backups")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_root_of_another_account_is_refused(tmp_path):
    root = tmp_path / "backups"
    root.mkdir(mode=0o700)
    os.chown(root, NOBODY, NOBODY)
    with pytest.raises(EnvironmentFault, match="another account"):
        create(root)


def test_a_folder_without_permission_is_told_with_the_cure(tmp_path):
    root = tmp_path / "closed"
    root.mkdir(mode=0o500)
    account = os.geteuid()
    try:
        if account == 0:  # root is refused nothing
            os.seteuid(NOBODY)
        with pytest.raises(EnvironmentFault, match="Permission denied") as caught:
            create(root)
    finally:
        os.seteuid(account)
    assert "right to write" in caught.value.hint


def test_a_link_laid_in_the_way_of_the_manifest_is_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    with create(tmp_path / "backups") as backup_set:
        write(backup_set)
        (backup_set.path / ".manifest.json.part").symlink_to(victim)
        with pytest.raises(EnvironmentFault):
            backup_set.add(artifact("export.csv"))
        assert backup_set.manifest.artifacts == ()
    assert victim.read_text() == "precious"


def test_a_link_in_the_place_of_a_subfolder_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    with create(tmp_path / "backups") as backup_set:
        (backup_set.path / "csv_exports").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(EnvironmentFault, match="symbolic link"):
            write(backup_set)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_nothing_stays_of_a_file_whose_writing_failed(tmp_path):
    def be_interrupted(backup_set):
        with backup_set.new_file(ArtifactKind.CSV, "export") as file:
            file.write(b"half")
            file.flush()
            assert names(backup_set.path) == ["csv_exports", "csv_exports/.export.part"]
            raise KeyboardInterrupt

    with create(tmp_path) as backup_set:
        with pytest.raises(KeyboardInterrupt):
            be_interrupted(backup_set)
        assert names(backup_set.path) == ["csv_exports"]


def test_a_file_counts_only_once_the_manifest_names_it(tmp_path):
    with create(tmp_path) as backup_set:
        assert write(backup_set).name == "export.csv"
        with pytest.raises(EnvironmentFault, match="No such file"):
            manifest.read(backup_set.path)
        backup_set.add(artifact("export.csv"))
        write(backup_set)
        assert [file.path for file in manifest.read(backup_set.path).files] == ["csv_exports/export.csv"]


def test_the_manifest_that_stands_survives_one_that_cannot_be_written(tmp_path):
    with create(tmp_path) as backup_set:
        write(backup_set)
        backup_set.add(artifact("export.csv"))
        before = (backup_set.path / "manifest.json").read_bytes()
        with pytest.raises(EnvironmentFault, match="stands twice"):
            backup_set.add(artifact("export.csv"))
        with pytest.raises(EnvironmentFault, match="files: wanted"):
            backup_set.add(replace(artifact("export.csv"), files=(StoredFile("../x", 1, "0" * 64),)))
        assert (backup_set.path / "manifest.json").read_bytes() == before


def test_a_backup_is_never_discarded(tmp_path):
    with create(tmp_path) as backup_set:
        write(backup_set)
        backup_set.add(artifact("export.csv"))
        write(backup_set)
        with pytest.raises(ValueError, match="backup already"):
            backup_set.discard(artifact("export.csv").files)
        backup_set.discard(artifact("export_2.csv").files)
        assert names(backup_set.path) == ["csv_exports", "csv_exports/export.csv", "manifest.json"]


def test_size_and_hash_are_those_of_the_file(tmp_path):
    content = os.urandom(3_000_001)
    with create(tmp_path) as backup_set, backup_set.new_file(ArtifactKind.CSV, "export") as file:
        for start in range(0, len(content), 70_001):
            file.write(memoryview(content)[start : start + 70_001])
    assert (file.bytes, file.sha256) == (len(content), sha256(content).hexdigest())
    assert (backup_set.path / "csv_exports" / "export").read_bytes() == content


def test_a_set_that_vanished_is_told(tmp_path):
    with create(tmp_path) as backup_set:
        shutil.rmtree(backup_set.path)
        with pytest.raises(EnvironmentFault, match="No such file") as caught:
            write(backup_set)
    assert str(backup_set.path) in caught.value.message
    assert "vanished" in caught.value.hint


@contextlib.contextmanager
def largest_file(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_that_grows_over_the_limit_leaves_nothing(tmp_path):
    with create(tmp_path) as backup_set:
        with largest_file(2 << 20), pytest.raises(EnvironmentFault, match="File too large") as caught:
            write(backup_set, bytes(5 << 20))
        assert names(backup_set.path) == ["csv_exports"]
    assert "limit" in caught.value.hint


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if os.geteuid() != 0 or mount is None or umount is None:
        pytest.skip("only root can mount a small disk; the limit on file sizes stands in for it above")
    command = [mount, "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", folder]
    if subprocess.run(command, check=False).returncode != 0:
        pytest.skip("this container may not mount; the limit on file sizes stands in for it above")
    yield folder
    subprocess.run([umount, folder], check=True)


def test_a_full_disk_is_told_with_the_cure_and_leaves_nothing(small_disk):
    with create(small_disk / "backups") as backup_set:
        with pytest.raises(EnvironmentFault, match="No space left on device") as caught:
            write(backup_set, bytes(5 << 20))
        assert names(backup_set.path) == ["csv_exports"]
        write(backup_set)
        backup_set.add(artifact("export.csv"))
    assert "free space" in caught.value.hint
