"""validate, show and the dry run: everything that needs no database."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from planrun.app.plans import schedule_of
from planrun.cli import program
from planrun.core import listing

GOOD = """\
planrun: 1
name: small
steps:
  - id: ask
    check: {confirm: "Is it night?"}
  - id: change
    needs: [ask]
    migrate: {sql: "UPDATE tenants SET name = 'é';"}
  - id: look
    needs: [change]
    check: {sql: "SELECT id FROM tenants", expect: {rows: 3}}
"""
BAD = """\
planrun: 1
name: bad
steps:
  - id: one
    needs: [nobody]
    migrate: {sql: "UPDATE tenants SET name = {{ name }}"}
  - id: one
    check: {sql: "SELECT 1", expect: {rows: 1}}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text(GOOD, encoding="utf-8")
    Path("bad.yaml").write_text(BAD, encoding="utf-8")
    return tmp_path


def run(*args):
    return CliRunner().invoke(program, args)


# --- validate ----------------------------------------------------------------------------------


def test_a_valid_plan(project):
    result = run("validate", "good.yaml")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "good.yaml: 3 steps, valid\n", "")


def test_all_plans_are_checked_and_all_faults_told(project):
    result = run("validate", "bad.yaml", "missing.yaml", "good.yaml", ".")
    assert result.exit_code == 2
    assert result.stdout == "good.yaml: 3 steps, valid\n"
    assert "bad.yaml:5:13: error: " in result.stderr
    assert "bad.yaml:7:5: error: " in result.stderr
    assert "missing.yaml: error: wanted a plan, found no such file" in result.stderr
    assert "wanted a plan, found a folder" in result.stderr
    assert result.stderr.endswith("3 of 4 plans not valid\n")


def test_a_project_without_plans_is_wrong_usage(project):
    result = run("validate")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "wanted a plan, found none in plans" in result.stderr


def test_without_a_name_all_plans_of_the_project_are_checked(project):
    for name in ("plans/first.yaml", "plans/old/second.yml", "plans/notes.txt"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(GOOD, encoding="utf-8")
    result = run("validate")
    assert (result.exit_code, result.stdout) == (
        0,
        "plans/first.yaml: 3 steps, valid\nplans/old/second.yml: 3 steps, valid\n",
    )
    Path("plans/old/second.yml").write_text(BAD, encoding="utf-8")
    assert run("validate").exit_code == 2


def test_validate_as_json(project):
    result = run("validate", "bad.yaml", "good.yaml", "--json")
    document = json.loads(result.stdout)
    bad, good = document["plans"]
    assert (result.exit_code, document["command"], document["ok"]) == (2, "validate", False)
    assert good == {"file": "good.yaml", "name": "small", "steps": 3, "valid": True, "faults": []}
    assert (bad["file"], bad["valid"], bad["steps"]) == ("bad.yaml", False, None)
    assert {"file": "bad.yaml", "line": 5, "column": 13} in [fault["place"] for fault in bad["faults"]]
    assert "good.yaml: 3 steps, valid" in result.stderr
    assert json.loads(run("validate", "good.yaml", "--json").stdout)["ok"] is True


def test_a_name_cannot_steer_the_terminal(project):
    name = "\x1b]0;x\x07.yaml"
    Path(name).write_text(GOOD, encoding="utf-8")
    shown = run("validate", name).stdout
    assert shown == "\\x1b]0;x\\x07.yaml: 3 steps, valid\n"


# --- show --------------------------------------------------------------------------------------


def test_show_as_text(project):
    result = run("show", "good.yaml")
    assert result.exit_code == 0
    assert result.stdout == listing.outline(schedule_of(Path("good.yaml")))


@pytest.mark.parametrize("words", [["--format", "json"], ["--json"]])
def test_show_as_json(project, words):
    document = json.loads(run("show", "good.yaml", *words).stdout)
    assert (document["command"], document["ok"], document["plan"]) == ("show", True, "small")
    assert [step["id"] for step in document["steps"]] == ["ask", "change", "look"]


def test_show_as_mermaid(project):
    assert run("show", "good.yaml", "--format", "mermaid").stdout.startswith("flowchart TD\n")


@pytest.mark.parametrize("words", [["--format", "json"], ["--json"]])
def test_show_of_a_wrong_plan_is_an_error_as_json(project, words):
    result = run("show", "bad.yaml", *words)
    document = json.loads(result.stdout)
    assert (result.exit_code, document["ok"], document["error"]["kind"]) == (2, False, "PlanInvalid")
    assert len(document["error"]["faults"]) >= 2


# --- the dry run -------------------------------------------------------------------------------


def test_a_dry_run_prints_the_whole_sql(project):
    result = run("execute", "good.yaml", "--dry-run")
    assert result.exit_code == 0
    assert result.stdout_bytes == listing.script_of(schedule_of(Path("good.yaml"))).encode()


def test_a_dry_run_as_json(project):
    document = json.loads(run("execute", "good.yaml", "--dry-run", "--json", "--until", "change").stdout)
    schedule = schedule_of(Path("good.yaml"))
    assert document == {
        "command": "execute",
        "ok": True,
        "dry_run": True,
        "plan": "small",
        "sha256": listing.digest_of(schedule),
        "sql": listing.script_of(schedule, "change"),
        "files": [],
    }


def test_a_dry_run_into_files(project):
    result = run("execute", "good.yaml", "--dry-run", "--out", "sql/new")
    assert result.exit_code == 0
    names = Path("sql/new/order.txt").read_text(encoding="utf-8").splitlines()
    assert names == ["1_ask.sql", "2_change.sql", "3_look.sql"]
    assert sorted(path.name for path in Path("sql/new").iterdir()) == [*names, "order.txt"]
    parts = [Path("sql/new", name).read_bytes().decode() for name in names]
    # The parts, one after the other, are the whole script without its head.
    assert listing.script_of(schedule_of(Path("good.yaml"))).endswith("\n".join(["", *parts]))


def test_a_folder_that_is_not_empty_is_not_written(project):
    result = run("execute", "good.yaml", "--dry-run", "--out", ".")
    assert result.exit_code == 2
    assert "not empty" in result.stderr
    assert not Path("order.txt").exists()


def test_a_folder_that_cannot_be_made_is_an_environment_fault(project):
    result = run("execute", "good.yaml", "--dry-run", "--out", "good.yaml/sql")
    assert result.exit_code == 3
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["--until", "chnge"], "no step 'chnge'", "did you mean 'change'?"),
        (["--confirm", "aks"], "no such confirm step", "did you mean ask?"),
        (["--confirm", "zzzzzz"], "no such confirm step", "the plan asks at: ask"),
    ],
)
def test_a_step_that_is_not_there(project, words, message, hint):
    result = run("execute", "good.yaml", "--dry-run", *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert hint in result.stderr


@pytest.mark.parametrize("command", ["show", "execute", "rollback", "finalize", "status"])
def test_a_missing_plan(project, command):
    result = run(command, "missing.yaml")
    assert result.exit_code == 2
    assert "found no such file" in result.stderr


@pytest.mark.parametrize(
    "words",
    [["execute", "good.yaml"], ["rollback", "good.yaml"], ["finalize", "good.yaml"], ["status"]],
)
def test_a_password_in_url_is_refused_and_not_echoed(project, words):
    result = run(*words, "--url", "postgresql://me:canary@localhost/db", "--json")
    assert result.exit_code == 2
    assert "--url holds a password" in result.stderr
    assert "PGPASSWORD" in json.loads(result.stdout)["error"]["hint"]
    assert "canary" not in result.stdout + result.stderr


def test_a_server_that_is_not_there_is_an_environment_fault(project):
    result = run("status", "--url", f"host={project} port=1 dbname=none", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["error"]["kind"] == "EnvironmentFault"
