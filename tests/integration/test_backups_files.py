"""Copied files: what the patterns name, inside the project, through no link, or nothing at all."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from planrun.core.manifest import Origin
from planrun.edges.backups import files
from planrun.edges.backups.folder import BackupSet
from planrun.errors import EnvironmentFault, StepFailed

ORIGIN = Origin(database="propo", server_version="16.14", tool_version="0.1")


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    (folder / "conf" / "deep").mkdir(parents=True)
    (folder / ".env").write_text("SECRET=1")
    (folder / ".env").chmod(0o644)
    (folder / "conf" / "b.yml").write_text("b")
    (folder / "conf" / "a.yml").write_text("a")
    (folder / "conf" / "deep" / "c.yml").write_text("c")
    return folder


@pytest.fixture
def backup_set(project):
    started = datetime(2026, 1, 31, tzinfo=UTC)
    with BackupSet.create(project / "backups", started, "plan", 1, origin=ORIGIN) as backup_set:
        yield backup_set


def copied(backup_set):
    folder = backup_set.path / "configs"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_copies_are_exact_private_and_named_by_the_tool(project, backup_set):
    results = files.copy("config", ["conf/*.yml", ".env", "conf/a.yml"], project, backup_set)
    assert [(r.original, r.pattern, r.stored.path) for r in results] == [
        (".env", ".env", "configs/config_001"),
        ("conf/a.yml", "conf/*.yml", "configs/config_002"),
        ("conf/b.yml", "conf/*.yml", "configs/config_003"),
    ]
    for result in results:
        copy, content = backup_set.path / result.stored.path, (project / result.original).read_bytes()
        assert copy.read_bytes() == content
        assert (result.stored.bytes, result.stored.sha256) == (len(content), sha256(content).hexdigest())
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_folders_are_reached_into_only_when_asked(project, backup_set):
    found = [r.original for r in files.copy("config", ["conf/**/*"], project, backup_set)]
    assert found == ["conf/a.yml", "conf/b.yml", "conf/deep/c.yml"]


def test_hidden_files_are_copied_only_when_their_dot_is_named(project, backup_set):
    (project / "seen").write_text("")
    assert [r.original for r in files.copy("config", ["*"], project, backup_set)] == ["seen"]
    assert [r.original for r in files.copy("more", [".e*"], project, backup_set)] == [".env"]


def test_backups_are_not_copied_into_backups(project, backup_set):
    files.copy("config", [".env"], project, backup_set)
    assert "backups" not in {r.original.split("/")[0] for r in files.copy("all", ["**/*"], project, backup_set)}


def test_patterns_that_find_nothing_or_leave_the_project_are_all_told(project, backup_set):
    patterns = [".env", "*.toml", "conf/deep/..", "../project/.env", "/etc/hostname", "conf"]
    with pytest.raises(StepFailed) as caught:
        files.copy("config", patterns, project, backup_set)
    for pattern in patterns[1:]:
        assert repr(pattern) in str(caught.value)
    assert copied(backup_set) == []


def test_links_are_refused_by_name(project, backup_set, tmp_path):
    (tmp_path / "secret").write_text("other project")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "d.yml").write_text("other project")
    (project / "conf" / "link.yml").symlink_to(tmp_path / "secret")
    (project / "conf" / "lost.yml").symlink_to("nowhere")
    (project / "linked").symlink_to(tmp_path / "folder")
    with pytest.raises(StepFailed) as caught:
        files.copy("config", ["conf/*.yml", "linked/d.yml"], project, backup_set)
    for name in ("'conf/link.yml'", "'conf/lost.yml'", "'linked'"):
        assert f"{name} is a symbolic link" in str(caught.value)
    assert copied(backup_set) == []


@pytest.mark.parametrize("swapped", ["conf", "conf/a.yml"])
def test_a_link_that_appears_after_the_judgement_is_not_followed(project, backup_set, tmp_path, swapped, monkeypatch):
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil" / "a.yml").write_text("other project")
    judge = files._unfit

    def judge_then_swap(*arguments):
        yield from judge(*arguments)
        (project / swapped).rename(project / "aside")
        (project / swapped).symlink_to(tmp_path / "evil" / ("" if swapped == "conf" else "a.yml"))

    monkeypatch.setattr(files, "_unfit", judge_then_swap)
    with pytest.raises(StepFailed, match="became a symbolic link"):
        files.copy("config", ["conf/a.yml"], project, backup_set)
    assert copied(backup_set) == []


def test_a_pipe_is_refused_without_waiting_for_a_writer(project, backup_set):
    os.mkfifo(project / "conf" / "pipe.yml")
    with pytest.raises(StepFailed, match="not a regular file"):
        files.copy("config", ["conf/pipe.yml"], project, backup_set)


def test_copies_made_before_a_failure_are_removed(project, backup_set, monkeypatch):
    judge = files._unfit

    def judge_then_remove(folder, path):
        yield from judge(folder, path)
        if path == "conf/b.yml":
            (project / path).unlink()

    monkeypatch.setattr(files, "_unfit", judge_then_remove)
    with pytest.raises(EnvironmentFault, match=r"b\.yml cannot be read"):
        files.copy("config", ["conf/*.yml"], project, backup_set)
    assert copied(backup_set) == []


def test_names_of_any_bytes_are_copied(project, backup_set):
    name = os.fsdecode(b"conf/\xff \n.cfg")
    (project / name).write_text("odd")
    (result,) = files.copy("config", ["conf/*.cfg"], project, backup_set)
    assert result.original == name
    assert (backup_set.path / result.stored.path).read_text() == "odd"
