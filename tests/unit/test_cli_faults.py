"""Errors as people and programs read them, and that no password is among them."""

import dataclasses
import json
import re
import sys

import click
import pytest

from planrun.cli import faults
from planrun.cli.conflicts import SHOWN, conflict_text
from planrun.core import redaction
from planrun.core.record import ConflictRecord
from planrun.errors import (
    ChangedSinceRun,
    CheckFailed,
    Conflict,
    EnvironmentFault,
    Fault,
    NotReversible,
    Place,
    PlanInvalid,
    PlanrunError,
    Refused,
    StatementFailed,
    StepFailed,
    UsageFault,
)

PLACE = Place("plans/a.yaml", 3, 5)
CONFLICT = ConflictRecord("move", "public.tenants", "id = 7", "rent", "100", None, "120", "changed")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PlanrunError("x"), 1),
        (StepFailed("x"), 1),
        (CheckFailed("x"), 1),
        (StatementFailed("x"), 1),
        (UsageFault("x"), 2),
        (PlanInvalid((Fault("x"),)), 2),
        (EnvironmentFault("x"), 3),
        (Refused("x"), 4),
        (NotReversible("x"), 4),
        (Conflict("x"), 4),
        (ChangedSinceRun("x"), 4),
        (faults.Interrupted(["execute"]), 130),
    ],
)
def test_every_error_has_its_exit_code_and_the_same_keys(error, code, capsys):
    assert faults.tell(error, ["execute", "p", "--json"]) == code
    shown = capsys.readouterr()
    document = json.loads(shown.out)
    assert (document["command"], document["ok"]) == ("execute", False)
    assert document["error"]["exit_code"] == code
    assert document["error"]["kind"] == type(error).__name__
    assert set(document["error"]) == {
        "kind", "message", "exit_code", "place", "hint", "faults", "sqlstate", "excerpt", "conflicts", "not_compared",
        "notes",
    }  # fmt: skip
    assert shown.err.count("error: ") == 1


def test_without_json_stdout_stays_empty(capsys):
    assert faults.tell(Refused("no"), ["execute", "p"]) == 4
    assert capsys.readouterr().out == ""


def test_every_fault_of_a_plan_is_told_with_its_place_and_hint():
    text = faults.text_of(PlanInvalid((Fault("one", PLACE, "do it"), Fault("two"))))
    assert text.splitlines()[0].startswith("plans/a.yaml:3:5: ")
    assert text.splitlines()[0].endswith(": one")
    assert text.splitlines()[1] == "    hint: do it"
    assert text.splitlines()[-1] == "2 faults"
    document = faults.document_of(PlanInvalid((Fault("one", PLACE, "do it"),)))
    assert document["faults"] == [
        {"message": "one", "place": {"file": "plans/a.yaml", "line": 3, "column": 5}, "hint": "do it"}
    ]


def test_a_statement_is_shown_with_its_caret_between_message_and_hint():
    error = StatementFailed(
        "column x does not exist", sqlstate="42703", excerpt="    SELECT x\n           ^", place=PLACE, hint="look"
    )
    lines = faults.text_of(error).splitlines()
    assert lines[1:] == ["    SELECT x", "           ^", "    hint: look"]
    assert faults.document_of(error)["sqlstate"] == "42703"


def test_what_happened_after_the_first_error_is_told_after_it():
    error = StepFailed("first")
    error.add_note("on_failure: rollback took run 3 back: a, b")
    assert faults.text_of(error).splitlines()[-1] == "on_failure: rollback took run 3 back: a, b"
    assert faults.document_of(error)["notes"] == ["on_failure: rollback took run 3 back: a, b"]


def test_control_characters_of_an_error_are_escaped():
    error = StatementFailed("\x1b[2J", excerpt="\x1b[31m", place=Place("\x1b]0;x\x07"), hint="\x9b1m")
    error.add_note("\x1b[0m")
    text = faults.text_of(error).replace("\x1b[31m\x1b[1merror\x1b[0m", "error")
    assert not {"\x1b", "\x9b", "\x07"} & set(text)


# --- conflicts ---------------------------------------------------------------------------------


def test_conflicts_are_listed_by_table_with_what_to_do():
    others = ConflictRecord("make", "public.leases", "id = 1", None, None, None, "notes id = 2", "referenced")
    error = Conflict("2 conflicts", conflicts=(CONFLICT, others))
    text = faults.text_of(error)
    assert text.index("public.leases: 1 conflict") < text.index("public.tenants: 1 conflict")
    (row,) = [line for line in text.splitlines() if "id = 7" in line]
    assert re.split("  +", row) == ["", "id = 7", "rent", "100", "NULL", "120", "value changed since", "move"]
    assert "value changed since: set the column to what it was after the run" in text
    assert "another row refers to it since: delete the row that refers to it" in text
    assert faults.document_of(error)["conflicts"][0] == dataclasses.asdict(CONFLICT)


def test_conflicts_of_a_restore_speak_of_the_backup_and_advise_no_value_that_nobody_wrote():
    error = Conflict("1 conflict", conflicts=(CONFLICT,), of_backup=True)
    text = click.unstyle(faults.text_of(error))
    (row,) = [line for line in text.splitlines() if "id = 7" in line]
    assert re.split("  +", row) == ["", "id = 7", "rent", "100", "120", "value changed since", "move"]
    assert "in the backup" in text
    assert "--on-conflict restore brings back what the backup holds" in text
    assert "after the run" not in text
    assert "leave the run in effect" not in text


def test_a_conflict_on_a_table_as_a_whole_has_no_line_without_text():
    whole = ConflictRecord("make", "public.leases", "", None, None, "3 rows" * 9, "4 rows" * 9, "rows")
    lines = click.unstyle(conflict_text([whole])).splitlines()
    assert all(line == line.rstrip() for line in lines)
    assert lines[1:3] == ["public.leases: 1 conflict", f"      after the run  {'3 rows' * 9}"]


def test_conflicts_are_listed_in_the_order_of_their_keys():
    keys = ["id = 10", "id = 9", "name = 'b', id = 2", "id = 1"]
    text = click.unstyle(conflict_text([dataclasses.replace(CONFLICT, key=key) for key in keys]))
    assert re.findall(r"^  (\S.*?) +rent", text, re.MULTILINE) == ["id = 1", "id = 9", "id = 10", "name = 'b', id = 2"]


def test_of_many_conflicts_some_are_shown_and_the_rest_is_counted():
    many = [dataclasses.replace(CONFLICT, key=f"id = {number}") for number in range(SHOWN + 5)]
    text = conflict_text(many)
    assert text.count("id = ") == SHOWN
    assert "(and 5 more; --json lists them all)" in text


def test_conflicts_that_a_line_cannot_hold_are_a_paragraph_each():
    long = dataclasses.replace(CONFLICT, key="id = 003424bb-56eb-5606-8041-8133e1fe6c60", now="word " * 8)
    text = click.unstyle(conflict_text([long]))
    assert f"  {long.key} {long.column}\n      before         " in text
    assert "      what happened  value changed since\n" in text
    assert max(map(len, text.splitlines())) <= 90


def test_values_of_conflicts_cannot_steer_the_terminal():
    text = conflict_text([dataclasses.replace(CONFLICT, relation="\x1b[2J", key="\n\x1b[2J", now="\x9b")])
    assert r"\x1b[2J" in text
    assert "\x9b" not in text
    assert "\x1b[2J" not in text


# --- passwords ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://me:canary@host/db",
        "postgresql://me:can@nary:canary@host/db",
        "postgresql://:canary@host/db",
        "host=h password=canary dbname=d",
        "host=h password = 'two canary words' dbname=d",
        "postgresql://me@host/db?sslpassword=canary&sslmode=require",
    ],
)
def test_a_password_of_a_connection_string_is_masked(text):
    masked = redaction.redacted(f"cannot read {text} at all")
    assert "canary" not in masked
    assert "********" in masked
    assert masked.endswith(" at all")


def test_text_without_a_password_stays():
    text = "cannot connect to me@host:5432/db: a password comes from PGPASSWORD, see https://example.org/a@b"
    assert redaction.redacted(text) == text


def test_the_secrets_of_the_environment_as_written_and_as_meant():
    environment = {
        "PGPASSWORD": "plain",
        "PLANRUN_URL": "postgresql://me:p%40ss@h/d",
        "DATABASE_URL": "host=h password='two words'",
    }
    assert set(redaction.secrets(environment)) == {"two words", "p%40ss", "p@ss", "plain"}
    assert redaction.secrets(environment)[0] == "two words"
    assert redaction.secrets({}) == ()


def test_a_defect_shows_its_traceback_without_any_password(monkeypatch, capsys):
    monkeypatch.setenv("PGPASSWORD", "canary-env")
    monkeypatch.setattr(sys, "argv", ["planrun", "execute", "p", "--json"])
    defect = RuntimeError("postgresql://me:canary-url@h/d canary-env")
    faults.tell_defect(type(defect), defect, None)
    shown = capsys.readouterr()
    assert "RuntimeError: " in shown.err
    assert "this is a defect of planrun" in shown.err
    assert json.loads(shown.out)["error"]["kind"] == "Defect"
    assert "canary" not in shown.out + shown.err


def test_where_no_word_settles_all_those_of_each_table_are_told():
    filled = dataclasses.replace(CONFLICT, relation='"app"."units"', kind="filled")
    changed = dataclasses.replace(CONFLICT, relation='"leases"', kind="changed")
    said = "table by table, by on_conflict of the steps in the plan: app.units: restore; leases: keep or restore"
    assert said in conflict_text([changed, filled])
    made = dataclasses.replace(filled, kind="altered", after="none", now="made since")
    for others in ([changed], [filled], [filled, dataclasses.replace(filled, kind="type")], [changed, made]):
        assert "table by table" not in conflict_text(others)
    of_no_table = dataclasses.replace(CONFLICT, relation='view "v"', kind="altered")
    assert "table by table" not in conflict_text([changed, of_no_table])
