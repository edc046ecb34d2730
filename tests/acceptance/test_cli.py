"""The program as people start it: a process, on a real database, judged by what it prints and how it ends."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import programs

HEAVY = {"psycopg", "jinja2", "networkx", "jsonschema", "yaml", "postgast", "obstore", "botocore"}
SELDOM = {"jinja2", "networkx", "jsonschema", "obstore", "botocore"}
"""What is for templates, cycles, faults and buckets alone."""

WORKING = {"planrun.app.forward", "planrun.app.reversing", "planrun.core.inverse.derive", "planrun.core.accounting"}
"""What carries steps out, and takes them back."""

BACKUPS = {"planrun.app.forms", "planrun.app.copying", "planrun.app.table_copy"}
"""What a plan without backup steps does not need."""
DOCS = Path(__file__).parents[2] / "docs" / "json.md"
PLAN = """\
planrun: 1
name: rents
steps:
  - id: night
    check: {confirm: "Is it night?"}
  - id: raise
    needs: [night]
    migrate: {sql: "UPDATE tenants SET rent = rent + 10 WHERE rent IS NOT NULL"}
  - id: raised
    needs: [raise]
    check: {sql: "SELECT id FROM tenants WHERE rent < 110", expect: {empty: true}}
"""
ANSWERED = ("--yes", "--confirm", "night")


class Program:
    """planrun in a folder with a plan, and the database that it is to use."""

    def __init__(self, folder, url=None):
        self.folder = folder
        self.environment = os.environ | {"PYTHONWARNINGS": "error"} | ({"PLANRUN_URL": url} if url else {})

    def write(self, text, name="plan.yaml"):
        (self.folder / name).write_text(text, encoding="utf-8")

    def command(self, *args):
        return [sys.executable, "-m", "planrun", *args]

    def __call__(self, *args, **environment):
        return programs.run(self.folder, self.environment | environment, *args)

    def python(self, *args, **environment):
        return programs.python(self.folder, self.environment | environment, *args)

    def start(self, *args, **options):
        return subprocess.Popen(self.command(*args), cwd=self.folder, env=self.environment, **options)

    def json(self, *args):
        """Run with --json; return the object, which has to be all of stdout, and check it against the documentation."""
        result = self(*args, "--json")
        document = json.loads(result.stdout)
        assert (result.returncode == 0) is document["ok"]
        assert not undocumented(document)
        return document


def undocumented(document):
    """Return the keys of an object that its section of docs/json.md does not name."""
    sections = dict(
        re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", DOCS.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    )
    known = set(re.findall(r"`(\w+)`", sections[document["command"]]))
    body = {key: value for key, value in document.items() if key not in {"command", "ok", "error"}}
    found = {key for key in body if key not in known}
    if "error" in document:
        found |= set(document["error"]) - set(re.findall(r"`(\w+)`", sections["error"]))
    found |= {key for run in body.get("runs", ()) if isinstance(run, dict) for key in run if key not in known}
    found |= {key for step in body.get("steps", ()) if isinstance(step, dict) for key in step if key not in known}
    return found


@pytest.fixture
def planrun(tmp_path):
    program = Program(tmp_path)
    program.write(PLAN)
    return program


@pytest.fixture
def on_database(any_database, tmp_path):
    with any_database.connect() as connection:
        connection.execute("CREATE TABLE tenants (id int PRIMARY KEY, rent numeric)")
        connection.execute("INSERT INTO tenants VALUES (1, 100), (2, 200), (3, NULL)")
    program = Program(tmp_path, any_database.url)
    program.write(PLAN)
    return program


def rents(database):
    with database.connect() as connection:
        return [
            None if rent is None else int(rent)
            for (rent,) in connection.execute("SELECT rent FROM tenants ORDER BY id")
        ]


# --- what is loaded ----------------------------------------------------------------------------

LOADED = """\
import sys
sys.argv = ["planrun", *sys.argv[1:]]
from planrun.cli import main
try:
    main()
except SystemExit as end:
    print("exit", end.code, *sorted(set(sys.modules) & {watched}), file=sys.stderr)
""".replace("{watched}", repr(HEAVY | WORKING | BACKUPS))


def loaded(planrun, *args):
    """Run a command; return its exit code, and which of the modules that take long it has loaded."""
    _, code, *found = planrun.python("-c", LOADED, *args).stderr.splitlines()[-1].split()
    return code, set(found)


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        (["--help"], set()),
        (["--version"], set()),
        (["excute"], set()),
        (["init", "new"], set()),
        (["validate", "plan.yaml"], {"yaml", "postgast"}),
        (["show", "plan.yaml"], {"yaml", "postgast"}),
        (["backup", "list", "plan.yaml"], {"yaml"}),
        (["execute", "plan.yaml", "--dry-run"], {"yaml", "postgast"}),
    ],
)
def test_a_command_loads_no_library_that_it_does_not_need(planrun, args, wanted):
    assert loaded(planrun, *args) == ("2" if args == ["excute"] else "0", wanted)


def test_a_command_on_a_database_loads_no_more_than_it_needs(on_database):
    planrun = on_database
    code, found = loaded(planrun, "execute", "plan.yaml", *ANSWERED)
    assert (code, found & (SELDOM | BACKUPS)) == ("0", set())
    assert loaded(planrun, "status") == ("0", {"psycopg"})
    for command in ("status", "alert"):  # they read the plan, and none of its SQL
        assert loaded(planrun, command, "plan.yaml") == ("0", {"psycopg", "yaml"})
    assert loaded(planrun, "execute", "plan.yaml", *ANSWERED) == ("0", {"psycopg", "yaml", "postgast"})
    for option in ("--dry-run", "--preview", "--yes"):  # no script of a forward step is read
        code, found = loaded(planrun, "rollback", "plan.yaml", option)
        assert (code, found & (SELDOM | BACKUPS | {"postgast"})) == ("0", set()), option
    planrun.write(PLAN + '  - {id: lower, rollback: {of: raise, sql: "UPDATE tenants SET rent = rent - 10"}}\n')
    loaded(planrun, "execute", "plan.yaml", *ANSWERED)
    code, found = loaded(planrun, "rollback", "plan.yaml", "--yes")
    assert (code, found & (SELDOM | BACKUPS | {"postgast"})) == ("0", {"postgast"})


# --- the story ---------------------------------------------------------------------------------


def test_execute_status_rollback_finalize(on_database, any_database):
    planrun = on_database
    done = planrun("execute", "plan.yaml", *ANSWERED)
    assert done.returncode == 0, done.stderr
    assert [line.split()[:4] for line in done.stderr.splitlines() if "raise " in line] == [
        ["2", "raise", "migrate", "done"]
    ]
    assert "run 1 of rents on " in done.stdout
    assert "planrun rollback plan.yaml" in done.stdout
    assert rents(any_database) == [110, 210, None]

    again = planrun("execute", "plan.yaml", *ANSWERED)
    assert (again.returncode, again.stdout.count("nothing to do")) == (0, 1)

    status = planrun("status")
    assert status.returncode == 0
    assert re.search(r"rents +1 +\S", status.stdout)

    preview = planrun("rollback", "plan.yaml", "--preview")
    assert (preview.returncode, "can be taken back, nothing was changed" in preview.stdout) == (0, True)
    assert rents(any_database) == [110, 210, None]

    script = planrun("rollback", "plan.yaml", "--dry-run")
    assert script.returncode == 0
    assert "COMMIT;" in script.stdout
    assert rents(any_database) == [110, 210, None]

    back = planrun("rollback", "plan.yaml", "--yes")
    assert back.returncode == 0, back.stderr
    assert "run 1 of rents on " in back.stdout
    assert rents(any_database) == [100, 200, None]

    planrun("execute", "plan.yaml", *ANSWERED)
    end = planrun("finalize", "plan.yaml", "--yes")
    assert (end.returncode, "way back  none any more" in end.stdout) == (0, True)
    assert planrun("rollback", "plan.yaml", "--yes").returncode == 4


def test_the_same_as_json(on_database):
    planrun = on_database
    assert planrun.json("status")["installed"] is False
    assert planrun.json("validate", "plan.yaml")["plans"][0]["steps"] == 3
    assert planrun.json("show", "plan.yaml")["plan"] == "rents"
    assert planrun.json("execute", "plan.yaml", "--dry-run")["dry_run"] is True
    done = planrun.json("execute", "plan.yaml", *ANSWERED, "--until", "raise")
    assert (done["run"], done["status"]) == (1, "done")
    assert [(step["id"], step["status"]) for step in done["steps"]] == [
        ("night", "done"),
        ("raise", "done"),
        ("raised", "waiting"),
    ]
    preview = planrun.json("rollback", "plan.yaml", "--preview")
    assert (preview["preview"], preview["rows"]) == (True, [{"step": "raise", "rows": 2}])
    assert "COMMIT;" in planrun.json("rollback", "plan.yaml", "--dry-run")["sql"]
    status = planrun.json("status", "plan.yaml")
    assert status["can_roll_back"] == [{"plan": "rents", "run": 1}]
    assert planrun.json("rollback", "plan.yaml", "--yes")["reverses"] == 1
    planrun.json("execute", "plan.yaml", *ANSWERED)
    # The run, and the rollback of the one before it.
    assert len(planrun.json("finalize", "plan.yaml", "--yes")["runs"]) == 2


# --- how it ends -------------------------------------------------------------------------------


def test_a_failed_check_is_1(on_database):
    on_database.write(PLAN.replace("rent < 110", "rent < 211"))
    result = on_database("execute", "plan.yaml", *ANSWERED)
    assert result.returncode == 1
    assert "raised" in result.stderr
    assert "Traceback" not in result.stderr
    document = on_database.json("execute", "plan.yaml", *ANSWERED)
    assert (document["error"]["kind"], document["error"]["exit_code"]) == ("CheckFailed", 1)


def test_a_statement_that_the_server_refuses_is_1_with_its_place(on_database):
    on_database.write(PLAN.replace("SET rent", "SET rant"))
    error = on_database.json("execute", "plan.yaml", *ANSWERED)["error"]
    assert (error["kind"], error["sqlstate"], error["place"]["line"]) == ("StatementFailed", "42703", 8)
    assert "^" in error["excerpt"]


def test_a_wrong_plan_is_2(planrun):
    planrun.write("planrun: 1\nname: [")
    result = planrun("validate", "plan.yaml")
    assert result.returncode == 2
    assert "plan.yaml:3:1: error: " in result.stderr
    assert "Traceback" not in result.stderr


def test_without_a_database_it_is_3(planrun):
    result = planrun("execute", "plan.yaml", "--yes", "--url", f"host={planrun.folder} port=1 dbname=d")
    assert result.returncode == 3
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr


def test_a_conflict_is_4_and_listed(on_database, any_database):
    assert on_database("execute", "plan.yaml", *ANSWERED).returncode == 0
    with any_database.connect() as connection:
        connection.execute("UPDATE tenants SET rent = 999 WHERE id = 2")
    for words in (["--yes"], ["--preview"]):
        result = on_database("rollback", "plan.yaml", *words)
        assert result.returncode == 4
        text = result.stdout if words == ["--preview"] else result.stderr
        assert re.search(r"id = 2 +rent +200 +210 +999 +value changed since +raise", text)
    assert rents(any_database) == [110, 999, None]
    (conflict,) = on_database.json("rollback", "plan.yaml", "--yes")["error"]["conflicts"]
    assert (conflict["key"], conflict["now"]) == ("id = 2", "999")
    assert on_database.json("rollback", "plan.yaml", "--preview")["conflicts"] == [conflict]
    assert "id = 2" in on_database("status").stdout


@pytest.mark.parametrize(
    ("word", "expected", "said"),
    [("keep", [100, 999, None], "1 kept, 0 restored"), ("restore", [100, 200, None], "0 kept, 1 restored")],
)
def test_conflicts_are_settled_as_told(on_database, any_database, word, expected, said):
    assert on_database("execute", "plan.yaml", *ANSWERED).returncode == 0
    with any_database.connect() as connection:
        connection.execute("UPDATE tenants SET rent = 999 WHERE id = 2")
    settled = ("rollback", "plan.yaml", "--on-conflict", word)
    preview = on_database(*settled, "--preview")
    assert preview.returncode == 0, preview.stderr
    outcome = {"keep": "kept", "restore": "restored"}[word]
    told = re.split(r"\s{2,}", preview.stdout.partition("id = 2 rent")[2].strip())
    assert told[:6] == ["before", "200", "after the run", "210", "now", "999"]
    assert told[6:12] == ["what happened", "value changed since", "step", "raise", "outcome", outcome]
    assert said in preview.stdout
    (conflict,) = on_database.json(*settled, "--preview")["conflicts"]
    assert conflict["outcome"] == outcome
    assert f"-- Conflicts: on conflict: {word}" in on_database(*settled, "--dry-run").stdout
    assert rents(any_database) == [110, 999, None]
    asked = on_database(*settled)
    assert asked.returncode == 2
    assert f"(on conflict: {word})" in asked.stderr
    assert said in on_database(*settled, "--yes").stdout
    assert rents(any_database) == expected
    listed = on_database.json("status", "--conflicts")["conflicts"]
    assert [(item["key"], item["outcome"]) for item in listed] == [("id = 2", outcome)]
    assert outcome in on_database("status", "--conflicts").stdout
    assert on_database("status", "--conflicts", "--csv", "conflicts.csv").returncode == 0
    head, row = (on_database.folder / "conflicts.csv").read_text(encoding="utf-8").splitlines()
    assert dict(zip(head.split(","), row.split(","), strict=True))["outcome"] == outcome


def test_a_settled_rollback_counts_in_its_document(on_database, any_database):
    assert on_database("execute", "plan.yaml", *ANSWERED).returncode == 0
    with any_database.connect() as connection:
        connection.execute("DELETE FROM tenants WHERE id = 2")
    document = on_database.json("rollback", "plan.yaml", "--on-conflict", "keep", "--yes")
    assert (document["kept"], document["restored"], document["conflicts"]) == (1, 0, [])


@pytest.mark.parametrize("words", [["--on-conflict", "skip"], ["--on-conflict", "KEEP"], ["--on-conflict"]])
def test_a_wrong_word_for_conflicts_is_2(planrun, words):
    result = planrun("rollback", "plan.yaml", "--yes", *words)
    assert result.returncode == 2
    assert "--on-conflict" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_step_that_was_edited_since_is_4(on_database):
    assert on_database("execute", "plan.yaml", *ANSWERED).returncode == 0
    on_database.write(PLAN.replace("+ 10", "+ 20"))
    result = on_database("execute", "plan.yaml", *ANSWERED)
    assert result.returncode == 4
    assert "+ 20" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_is_130_and_leaves_nothing_of_the_step(on_database, any_database, number):
    slow = PLAN.replace("UPDATE", "UPDATE tenants SET rent = 0; SELECT pg_sleep(60); UPDATE", 1)
    on_database.write(slow)
    running = on_database.start(
        "execute", "plan.yaml", *ANSWERED, "--json", stdin=subprocess.DEVNULL, stdout=-1, stderr=-1, text=True
    )
    try:
        wait_until_asleep(any_database)
        running.send_signal(number)
        out, err = running.communicate(timeout=180)
    finally:
        running.kill()
    assert running.returncode == 130
    assert "nothing of the step under way stays; run execute again to go on" in err
    assert "Traceback" not in err
    assert json.loads(out)["error"]["kind"] == "Interrupted"
    assert rents(any_database) == [100, 200, None]
    on_database.write(slow.replace("pg_sleep(60)", "pg_sleep(0)"))
    assert on_database("execute", "plan.yaml", *ANSWERED).returncode == 1  # the rents are 0 + 10 by then
    assert rents(any_database) == [10, 10, 10]


def wait_until_asleep(database):
    with database.connect() as connection:
        for _ in range(300):
            row = connection.execute(
                "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
            )
            if row.fetchone() is not None:
                return
            time.sleep(0.1)
    pytest.fail("the step never began")


def test_a_reader_who_leaves_ends_nothing(planrun):
    planrun.write(
        "planrun: 1\nname: long\nsteps:\n"
        + "".join(
            f"  - id: s{number}\n    check: {{sql: SELECT {number}, expect: {{rows: 1}}}}\n" for number in range(3000)
        )
    )
    for words in (["show", "plan.yaml"], ["execute", "plan.yaml", "--dry-run"], ["show", "plan.yaml", "--json"]):
        running = planrun.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        running.stdout.read(10)
        running.stdout.close()
        err = running.stderr.read()
        running.stderr.close()
        assert (running.wait(timeout=180), err) == (0, b"")


# --- who is asked ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "option"),
    [
        (["execute", "plan.yaml", "--yes"], "--confirm night"),
        (["execute", "plan.yaml", "--confirm", "night"], "--yes"),
        (["rollback", "plan.yaml"], "--yes"),
        (["finalize", "plan.yaml"], "--yes"),
    ],
)
def test_where_nobody_can_answer_the_option_is_named(on_database, args, option):
    if args[0] != "execute":
        assert on_database("execute", "plan.yaml", *ANSWERED).returncode == 0
    result = on_database(*args)
    assert result.returncode == 2
    assert option in result.stderr


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 4), ("", 4)])
def test_at_a_terminal_it_asks_about_the_database(on_database, any_database, answer, code):
    ours, theirs = pty.openpty()
    running = on_database.start(
        "execute", "plan.yaml", "--confirm", "night", stdin=theirs, stderr=theirs, stdout=subprocess.PIPE
    )
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    running.stdout.read()
    running.stdout.close()
    assert running.wait(timeout=180) == code
    shown = read_all(ours)
    assert f"/{any_database.name}" in shown
    assert "[y/N]" in shown
    assert rents(any_database) == ([110, 210, None] if code == 0 else [100, 200, None])


def read_all(terminal):
    blocks = []
    try:
        while block := os.read(terminal, 65536):
            blocks.append(block)
    except OSError:  # Linux ends a terminal that nobody holds any more with an error
        pass
    finally:
        os.close(terminal)
    return b"".join(blocks).decode()


# --- passwords ---------------------------------------------------------------------------------


def test_a_password_is_never_shown(on_database, any_database):
    parts = any_database.url.replace("postgresql://app_owner@", "postgresql://app_owner:canary-1@")
    environment = {"PLANRUN_URL": parts, "PGPASSWORD": "canary-2"}
    for args in (
        ["execute", "plan.yaml", *ANSWERED, "--json"],
        ["status"],
        ["execute", "plan.yaml", "--url", parts],
        ["execute", "plan.yaml", parts],
        ["execute", parts],
        ["rollback", "plan.yaml", "--yes"],
    ):
        result = on_database(*args, **environment)
        assert "canary" not in result.stdout + result.stderr
    broken = on_database("status", PLANRUN_URL="postgresql://me:canary-1@[broken/db")
    assert broken.returncode == 2
    assert "canary" not in broken.stdout + broken.stderr


DEFECT = """\
import sys
import planrun.app.plans
def broken(path):
    raise RuntimeError("postgresql://me:canary-1@host/db and canary-2")
planrun.app.plans.schedule_of = broken
from planrun.cli import main
sys.argv = ["planrun", "show", "plan.yaml", "--json"]
main()
"""


def test_a_defect_has_a_traceback_but_no_password(planrun):
    result = planrun.python("-c", DEFECT, PLANRUN_URL="postgresql://me:canary-1@host/db", PGPASSWORD="canary-2")
    assert result.returncode == 1
    assert "Traceback" in result.stderr
    assert "please report it" in result.stderr
    assert json.loads(result.stdout)["error"]["kind"] == "Defect"
    assert "canary" not in result.stdout + result.stderr


# --- the outside world -------------------------------------------------------------------------


def test_any_encoding_of_the_terminal_will_do(planrun):
    planrun.write(PLAN.replace("Is it night?", "Είναι νύχτα;"))
    result = planrun("show", "plan.yaml", PYTHONIOENCODING="latin-1")
    assert result.returncode == 0
    assert r"\u03bd\u03b1\u03b9" in result.stdout


def test_init_then_validate_then_dry_run(planrun):
    assert planrun("init", "shop").returncode == 0
    assert planrun("validate", "shop/plans/first.yaml").returncode == 0
    assert "lower(email)" in planrun("execute", "shop/plans/first.yaml", "--dry-run").stdout


@pytest.mark.parametrize(
    "command",
    [
        *("demo", "init", "status", "finalize", "rollback"),
        *("backup list", "backup verify", "backup prune", "backup hold", "backup release"),
    ],
)
def test_each_object_has_a_section_in_the_documentation(command):
    assert f"\n## {command}\n" in DOCS.read_text(encoding="utf-8")
