"""backup list and backup verify, on sets that lie in a folder."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from planrun.cli import program
from planrun.core.manifest import Artifact, ArtifactKind, Origin, StoredFile
from planrun.edges.backups.folder import BackupSet, relative

STARTED = datetime(2026, 1, 31, 12, tzinfo=UTC)
CONTENT = b"setting = 1\n"


def run(*args):
    return CliRunner().invoke(program, ["backup", *map(str, args)])


@pytest.fixture
def root(tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def made(root):
    origin = Origin(database="propo", server_version="16.14", tool_version="0.1")
    with BackupSet.create(root, STARTED, "consolidation", 12, origin=origin) as backup_set:
        with backup_set.new_file(ArtifactKind.FILES, "configs") as file:
            file.write(CONTENT)
        backup_set.add(
            Artifact(
                step="configs",
                kind=ArtifactKind.FILES,
                format="raw",
                files=(StoredFile(relative(ArtifactKind.FILES, file.name), file.bytes, file.sha256),),
                finished=STARTED,
                server_version="16.14",
                source="*.env",
                original="app.env",
            )
        )
    return backup_set.path


def test_list_shows_sets_and_what_is_none(root, made):
    (root / "\x1b[2J").mkdir()
    result = run("list", root)
    assert result.exit_code == 0
    assert f"{root}: 1 backup set\n" in result.stdout
    assert "20260131_120000_consolidation_run12  consolidation   12  2026-01-31 12:00:00 UTC  propo" in result.stdout
    assert "no backup sets" in result.stdout
    assert "\\x1b[2J" in result.stdout


def test_a_folder_of_a_plan_that_is_not_there_is_said(tmp_path):
    plan = tmp_path / "plans" / "p.yaml"
    plan.parent.mkdir()
    plan.write_text("{planrun: 1, name: p, steps: [{id: a, check: {confirm: well?}}]}", encoding="utf-8")
    assert f"{tmp_path / 'backups'}: there is no such folder\n" in run("list", plan).stdout
    (tmp_path / "backups").mkdir()
    assert f"{tmp_path / 'backups'}: 0 backup sets\n" in run("list", plan).stdout


def test_list_of_a_set_says_that_it_is_one(made):
    result = run("list", made)
    assert result.exit_code == 2
    assert "is a backup set, not a folder of them" in result.stderr
    assert f"planrun backup list {made.parent}" in result.stderr


def test_a_set_in_the_usual_folder_goes_by_its_bare_name(made, root, monkeypatch):
    monkeypatch.chdir(root.parent)
    assert f"{made}: every byte" in run("verify", made.name).stdout
    assert run("hold", made.name, "--reason", "audit").exit_code == 0
    # A folder of that name here comes first, and no other word is looked for there.
    (root.parent / made.name).mkdir()
    assert run("hold", made.name, "--reason", "audit").exit_code == 3
    (root / "other").mkdir()
    assert "there is no folder other" in run("verify", "other").stderr


def test_list_as_json(root, made):
    (root / "20260131_130000_consolidation_run13").mkdir()
    document = json.loads(run("list", root, "--json").stdout)
    assert (document["command"], document["ok"]) == ("backup list", True)
    (shelf,) = document["stores"]
    assert shelf["address"] == str(root)
    (found,) = shelf["sets"]
    assert (found["name"], found["plan"], found["run"]) == (made.name, "consolidation", 12)
    assert (found["bytes"], found["missing"]) == (len(CONTENT), [])
    assert found["artifacts"][0]["files"][0]["bytes"] == len(CONTENT)
    assert [other["because"] for other in shelf["others"]] == ["incomplete"]


def test_backups_is_the_folder_when_none_is_named(made, root, monkeypatch):
    monkeypatch.chdir(root.parent)
    assert json.loads(run("list", "--json").stdout)["stores"][0]["address"] == "backups"
    assert run("verify").exit_code == 0


@pytest.mark.parametrize("one", [True, False])
def test_a_good_set_is_sound(root, made, one):
    result = run("verify", made if one else root, "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["ok"]) == (0, True)
    (found,) = document["sets"]
    assert (found["path"], found["name"], found["sound"], found["level"]) == (str(made), made.name, True, "bytes")
    assert (found["tables"], found["rows"], found["findings"]) == (0, 0, [])
    assert f"{made}: every byte is as it was saved\n" in run("verify", root).stdout


@pytest.mark.parametrize("one", [True, False])
def test_a_damaged_set_is_exit_code_1(root, made, one):
    (made / "configs" / "configs").write_bytes(CONTENT.replace(b"1", b"2"))
    path = made if one else root
    result = run("verify", path)
    assert result.exit_code == 1
    assert f"{made}: cannot be relied on" in result.stdout
    assert "SHA-256 does not fit" in result.stdout
    document = json.loads(run("verify", path, "--json").stdout)
    assert (document["ok"], document["sets"][0]["sound"]) == (False, False)
    assert document["sets"][0]["findings"][0]["level"] == "error"


def test_a_warning_leaves_a_set_sound(made):
    (made / "notes.txt").write_text("", encoding="utf-8")
    (made / "notes.txt").chmod(0o600)
    result = run("verify", made, "--json")
    assert result.exit_code == 0
    assert [found["level"] for found in json.loads(result.stdout)["sets"][0]["findings"]] == ["warning"]


def test_a_set_without_its_manifest_cannot_be_relied_on(root, made):
    (made / "manifest.json").unlink()
    result = run("verify", root)
    assert result.exit_code == 1
    assert "cannot be relied on" in result.stdout


def test_to_verify_nothing_is_no_success(root):
    root.mkdir(0o700)
    (root / "notes").mkdir()
    result = run("verify", root, "--json")
    assert result.exit_code == 1
    assert "no backup set" in json.loads(result.stdout)["error"]["message"]


@pytest.mark.parametrize("command", ["list", "verify"])
def test_a_folder_that_is_not_there_is_an_environment_fault(root, command):
    result = run(command, root)
    assert result.exit_code == 3
    assert "there is no folder" in result.stderr
    assert "Traceback" not in result.stderr
