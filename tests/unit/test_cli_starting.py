"""A new project: what is written validates, and nothing is overwritten."""

import json
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from planrun.app import starting
from planrun.app.plans import schedule_of
from planrun.cli import program

FILES = [
    *("plans/first.yaml", "templates/first/lower_emails.sql", "schemas/plan.schema.json"),
    *(".gitignore", ".pre-commit-config.yaml"),
]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*args):
    return CliRunner().invoke(program, args)


@pytest.mark.parametrize("folder", [".", "new/project"])
def test_the_first_plan_validates(folder):
    result = run("init", folder)
    assert result.exit_code == 0
    assert [line for line in result.stdout.splitlines() if line.startswith("wrote")] == [
        f"wrote {Path(folder, name)}" for name in FILES
    ]
    schedule = schedule_of(Path(folder, starting.PLAN))
    assert {step.step.kind for step in schedule.steps} == {"backup", "migrate", "check"}
    assert run("validate", str(Path(folder, starting.PLAN))).exit_code == 0


def test_the_plan_names_the_schema_to_editors():
    starting.init(Path())
    first, *_ = Path(starting.PLAN).read_text(encoding="utf-8").splitlines()
    word, name = first.split("$schema=")
    assert word == "# yaml-language-server: "
    schema = Path(starting.PLAN).parent / name
    assert json.loads(schema.read_text(encoding="utf-8"))["required"] == ["planrun", "name", "steps"]
    assert run("validate", "--schema").stdout == schema.read_text(encoding="utf-8")


def test_a_schema_that_is_there_is_left_alone():
    Path("schemas").mkdir()
    Path(starting.SCHEMA).write_text("{}", encoding="utf-8")
    assert Path(starting.SCHEMA) not in starting.init(Path())
    assert Path(starting.SCHEMA).read_text(encoding="utf-8") == "{}"


def test_the_hook_finds_the_plan():
    starting.init(Path())
    (repo,) = yaml.safe_load(Path(starting.HOOKS).read_text(encoding="utf-8"))["repos"]
    (hook,) = repo["hooks"]
    assert (hook["id"], hook["entry"]) == ("planrun-validate", "planrun validate")
    assert hook["pass_filenames"] is False
    changed = (starting.PLAN, "templates/first/lower_emails.sql", "README.md")
    assert [bool(re.search(hook["files"], name)) for name in changed] == [True, True, False]
    assert run(*hook["entry"].split()[1:]).exit_code == 0
    Path("templates/first/lower_emails.sql").write_text("UPDATE {{ nothing }}", encoding="utf-8")
    assert run(*hook["entry"].split()[1:]).exit_code == 2


def test_a_plan_that_is_there_is_not_overwritten():
    Path("plans").mkdir()
    Path(starting.PLAN).write_text("mine", encoding="utf-8")
    result = run("init", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["message"] == ". holds plans/first.yaml already; nothing was written"
    assert Path(starting.PLAN).read_text(encoding="utf-8") == "mine"
    assert [path.name for path in Path().iterdir()] == ["plans"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("*.pyc", "*.pyc\n/backups/\n"),
        ("*.pyc\n", "*.pyc\n/backups/\n"),
        ("", "/backups/\n"),
        ("backups/\n", "backups/\n"),
    ],
)
def test_gitignore_gets_one_line_if_it_lacks_it(before, after):
    Path(".gitignore").write_text(before, encoding="utf-8")
    written = starting.init(Path())
    assert Path(".gitignore").read_text(encoding="utf-8") == after
    assert (Path(".gitignore") in written) is (before != after)


def test_hooks_that_are_there_are_left_alone_and_that_is_said():
    Path(starting.HOOKS).write_text("repos: []\n", encoding="utf-8")
    result = run("init", "--json")
    assert result.exit_code == 0
    assert Path(starting.HOOKS).read_text(encoding="utf-8") == "repos: []\n"
    assert json.loads(result.stdout)["written"] == FILES[:4]
    assert "add the hook planrun-validate" in result.stderr


def test_a_folder_that_cannot_be_made_is_an_environment_fault():
    Path("file").write_text("", encoding="utf-8")
    result = run("init", "file/project")
    assert result.exit_code == 3
    assert "cannot be written" in result.stderr
