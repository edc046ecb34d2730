"""backup prune, hold and release as people start them: with a real run, its set, and what the history says of it."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from planrun.core.hold import Hold
from planrun.edges.backups import verify
from sets import ago, make_set, origin_of, place_hold, tree, verify_set

DOCS = Path(__file__).parents[2] / "docs" / "json.md"
STORAGE = [{"path": "backups", "keep": {"at_least": 1}}]
FIRST = """\
- {id: settings, backup: {files: [app.env]}}
- {id: raise, needs: [settings], migrate: {sql: UPDATE items SET price = price + 1}}
"""
SECOND = """\
- {id: settings_again, needs: [raise], backup: {files: [app.env]}}
- {id: lower, needs: [settings_again], migrate: {sql: UPDATE items SET price = price - 1}}
"""


@pytest.fixture
def shop(project):
    """A project whose first run has a set and can be rolled back."""
    with project.database.connect() as connection:
        connection.execute("CREATE TABLE items (id int PRIMARY KEY, price numeric)")
        connection.execute("INSERT INTO items VALUES (1, 10)")
    (project.folder / "app.env").write_text("A=1\n")
    project.write(FIRST, storage=STORAGE)
    assert project.run("execute", str(project.plan), "--yes").returncode == 0
    return project


def prune(project, *words):
    return project.run("backup", "prune", str(project.plan), *words)


def decided(project, *words):
    """Return the object, the action and the reasons of each set by the number of its run."""
    result = prune(project, "--json", *words)
    assert result.returncode == 0, result.stderr
    document = documented(result.stdout)
    assert (document["command"], document["ok"]) == ("backup prune", True)
    (store,) = document["stores"]
    return document, {
        item["run"]: (item["action"], [one["because"] for one in item["reasons"]]) for item in store["sets"]
    }


def documented(text):
    """Return the object of a command, every key of which has to stand in its section of the documentation."""
    document = json.loads(text)
    _, _, rest = DOCS.read_text(encoding="utf-8").partition(f"\n## {document['command']}\n")
    known = {"command", "ok", *re.findall(r"`(\w+)`", rest.partition("\n## ")[0])}
    assert keys_in(document) <= known
    return document


def keys_in(value):
    match value:
        case dict():
            return set(value).union(*map(keys_in, value.values()))
        case list():
            return set().union(*map(keys_in, value))
        case _:
            return set()


def sets_of(project):
    return sorted(path.name.rpartition("_run")[2] for path in (project.folder / "backups").iterdir())


def test_a_run_protects_its_set_until_it_is_finalized(shop):
    shop.write(FIRST + SECOND)
    assert shop.run("execute", str(shop.plan), "--yes").returncode == 0
    _, sets = decided(shop, "--yes")
    assert sets == {1: ("keep", ["run"]), 2: ("keep", ["newest", "run", "at_least"])}
    assert "run 1 can be rolled back: finalize ends that" in " ".join(prune(shop, "--yes").stdout.split())
    assert sets_of(shop) == ["1", "2"]

    assert shop.run("finalize", str(shop.plan), "--yes").returncode == 0
    _, sets = decided(shop, "--dry-run")
    assert sets[1] == ("delete", ["no reason to keep it"])
    assert sets_of(shop) == ["1", "2"]
    done = prune(shop, "--yes")
    assert done.returncode == 0, done.stderr
    assert re.search(r"deleted +\d+_\d+_small_run1 ", done.stdout)
    assert sets_of(shop) == ["2"]
    status = json.loads(shop.run("status", "--json").stdout)
    assert [(item["run"], item["status"]) for item in status["artifacts"]] == [(1, "pruned"), (2, "completed")]


def test_a_run_that_was_rolled_back_protects_its_set_while_that_can_be_taken_back(shop):
    assert shop.run("rollback", str(shop.plan), "--yes").returncode == 0
    shop.write(FIRST.replace("settings", "other"))
    assert shop.run("execute", str(shop.plan), "--yes").returncode == 0
    assert decided(shop, "--dry-run")[1][1] == ("keep", ["run"])
    assert shop.run("finalize", str(shop.plan), "--yes").returncode == 0
    assert decided(shop, "--dry-run")[1][1][0] == "delete"


def test_an_interrupted_run_protects_its_set(shop):
    broken = FIRST + SECOND.replace("price - 1", "nothing")
    shop.write(broken)
    assert shop.run("execute", str(shop.plan), "--yes").returncode == 1
    assert shop.run("finalize", str(shop.plan), "--yes").returncode == 0
    shop.write(broken.replace("settings_again", "settings_third"))  # resumed, with a set of its own
    assert shop.run("execute", str(shop.plan), "--yes").returncode == 1
    document, _ = decided(shop, "--dry-run")
    reasons = [[one["text"] for one in item["reasons"]] for item in document["stores"][0]["sets"]]
    assert [item["action"] for item in document["stores"][0]["sets"]] == ["delete", "keep", "keep"]
    assert "run 2 did not come to its end: it can be gone on with or rolled back" in reasons[1]


def test_hold_and_release(shop):
    root = shop.folder / "backups"
    old = make_set(root, ago(9), origin_of(shop.database))
    before = tree(old)
    held = shop.run("backup", "hold", str(old), "--reason", "audit of January")
    assert (held.returncode, f"held: {old}\n  audit of January\n") == (0, held.stdout)
    (file,) = tree(old) - before
    assert (old / file).stat().st_mode & 0o777 == 0o600
    again = documented(shop.run("backup", "hold", str(old), "--reason", "incident", "--json").stdout)
    assert [item["reason"] for item in again["changed"] + again["others"]] == ["incident", "audit of January"]
    shown = " ".join(prune(shop, "--yes").stdout.split())
    assert re.search(r"keep +\S+run9 .*held since \S+ \S+ UTC because: audit of January", shown)
    assert old.exists()

    place_hold(old, Hold("restore_1", "restored into d", ago(0), ago(-1)))
    released = documented(shop.run("backup", "release", str(old), "--json").stdout)
    assert {item["reason"] for item in released["changed"]} == {"audit of January", "incident"}
    assert [item["word"] for item in released["others"]] == ["restore_1"]
    assert decided(shop)[1][9] == ("keep", ["hold"])
    nobody = shop.run("backup", "release", str(old))
    assert (nobody.returncode, "nobody holds" in nobody.stderr) == (2, True)
    (old / "hold_restore_1.json").unlink()
    assert decided(shop, "--yes")[1][9][0] == "delete"
    assert not old.exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["hold", "backups/none", "--reason", "x"], 3, "no backup set none"),
        (["hold", "backups", "--reason", "x"], 3, "no backup set backups"),
        (["hold", "{set}", "--reason", "a\nb"], 2, "--reason: wanted a reason in one line"),
        (["hold", "{set}"], 2, "--reason"),
        (["release", "{set}"], 2, "nobody holds"),
        (["hold", "postgresql://me:canary@host/d", "--reason", "x"], 2, "wanted an address such as s3://"),
    ],
)
def test_what_cannot_be_held_or_released(shop, words, code, said):
    (path,) = (shop.folder / "backups").iterdir()
    before = tree(shop.folder / "backups")
    result = shop.run("backup", *(word.replace("{set}", str(path)) for word in words))
    assert result.returncode == code
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert "canary" not in result.stderr + result.stdout
    assert tree(shop.folder / "backups") == before


def test_where_nobody_can_answer_the_option_is_named(shop):
    old = make_set(shop.folder / "backups", ago(9), origin_of(shop.database))
    result = prune(shop)
    assert result.returncode == 2
    assert "--yes" in result.stderr
    assert re.search(r"delete +\S+run9 ", result.stderr)
    assert old.exists()


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 4)])
def test_at_a_terminal_it_shows_and_asks(shop, answer, code):
    old = make_set(shop.folder / "backups", ago(9), origin_of(shop.database))
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "planrun", "backup", "prune", str(shop.plan)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        env={**os.environ, "PLANRUN_URL": shop.database.url},
    ) as running:
        os.close(theirs)
        os.write(ours, f"{answer}\n".encode())
        out, _ = running.communicate(timeout=180)
    shown = read_all(ours)
    assert running.returncode == code
    assert f"About to delete 1 backup set of plan small in {shop.folder / 'backups'}. Go on?" in shown
    assert shown.index("run9") < shown.index("About to delete")
    assert old.exists() is (answer == "n")
    assert ("deleted" in out) is (answer == "y")


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


def test_without_a_database_nothing_is_deleted(shop):
    old = make_set(shop.folder / "backups", ago(9), origin_of(shop.database))
    result = prune(shop, "--yes", "--url", f"host={shop.folder} port=1 dbname=d")
    assert result.returncode == 3
    assert "Traceback" not in result.stderr
    assert old.exists()


def test_another_database_than_the_plan_s_is_refused(shop, bench):
    old = make_set(shop.folder / "backups", ago(9), origin_of(shop.database))
    shop.write(FIRST, target={"database": "another"})
    result = prune(shop, "--yes")
    assert (result.returncode, "this is not the database" in result.stderr) == (4, True)
    assert old.exists()


def test_a_wrong_plan_is_2(shop):
    shop.write(FIRST, storage=[{"path": "backups", "keep": "thirty days"}])
    result = prune(shop, "--yes")
    assert result.returncode == 2
    assert "a duration such as 30d, or {age, daily, weekly, monthly, at_least}" in result.stderr


def test_names_from_outside_do_not_steer_the_terminal(shop):
    old = make_set(shop.folder / "backups", ago(9), origin_of(shop.database))
    (shop.folder / "backups" / "\x1b[2J").write_text("")
    (old / "\x1b[31m").write_text("")
    shown = " ".join(prune(shop, "--yes").stdout.split())
    assert "\\x1b[2J" in shown
    assert "\\x1b[31m" in shown
    assert "\x1b" not in shown


def test_a_file_of_somebody_else_stays_and_is_told(shop):
    old = make_set(shop.folder / "backups", ago(9), origin_of(shop.database))
    (old / "notes.txt").write_text("mine")
    shown = " ".join(prune(shop, "--yes").stdout.split())
    assert f"left in {old.name}, since no manifest names it: notes.txt" in shown
    assert tree(old) == {"notes.txt"}
    assert re.search(rf"{old.name} +it has no manifest.json", prune(shop, "--yes").stdout)


def test_the_last_verified_set_outlives_every_rule(shop):
    root, origin = shop.folder / "backups", origin_of(shop.database)
    paths = [make_set(root, ago(days), origin, run=days) for days in (50, 40, 30)]
    for path in paths[:2]:
        verify_set(path)
    _, sets = decided(shop, "--yes")
    assert {run: sets[run] for run in (50, 40, 30)} == {
        50: ("delete", ["no reason to keep it"]),
        40: ("keep", ["verified"]),
        30: ("delete", ["no reason to keep it"]),
    }
    assert verify.verify(paths[1]) == ()
    assert sets_of(shop) == ["1", "40"]
