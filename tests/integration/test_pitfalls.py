"""The map of pitfalls, `tests/pitfalls.toml`: whole, and each row with something that shows it."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from planrun.errors import StatementFailed
from undo_case import Case

TESTS = Path(__file__).parent.parent
PITFALLS = tomllib.loads((TESTS / "pitfalls.toml").read_text(encoding="utf-8"))
OUTCOMES = {"restored", "refused", "caveat", "note"}

COMMITTING = Case(
    "committing",
    (
        ("setup", "CREATE TABLE t (id int PRIMARY KEY); CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN COMMIT; END'"),
        ("change", "INSERT INTO t VALUES (1);\nCALL p();"),
    ),
    (("expect", "refused"),),
)

FAILING = Case(
    "failing",
    (
        ("setup", "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1)"),
        ("change", "UPDATE t SET a = 2;\nCREATE TABLE made (id int);"),
        ("application", "UPDATE t SET a = 3"),
    ),
    (("expect", "conflict"),),
)


def _tests():
    """Return the names of all test functions."""
    found = set()
    for path in TESTS.rglob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return {name for name in found if name.startswith("test_")}


def test_no_pitfall_is_missing():
    assert list(PITFALLS) == [*map(str, range(1, 79)), "78b", *map(str, range(79, 118))]


def test_each_pitfall_is_told_with_its_outcome():
    for number, row in PITFALLS.items():
        assert row.keys() <= {"what", "outcome", "cases", "tests"}, number
        assert row["what"], number
        assert row["outcome"] in OUTCOMES, number


def test_each_pitfall_is_shown_by_what_exists():
    cases, tests = {path.stem for path in (TESTS / "cases" / "undo").glob("*.sql")}, _tests()
    for number, row in PITFALLS.items():
        shown, run = set(row.get("cases", ())), set(row.get("tests", ()))
        assert shown | run, f"{number}: nothing shows it"
        assert shown <= cases, f"{number}: {shown - cases}"
        assert run <= tests, f"{number}: {run - tests}"


@pytest.mark.parametrize(
    "number", [number for number, row in PITFALLS.items() if row["outcome"] in {"restored", "refused"}]
)
def test_the_outcome_of_a_pitfall_is_that_of_its_cases(number):
    row = PITFALLS[number]
    outcomes = {Case.read(TESTS / "cases" / "undo" / f"{name}.sql").outcome for name in row.get("cases", ())}
    wanted = {"restored", "conflict", "stopped"} if row["outcome"] == "restored" else {"refused"}
    assert not row.get("cases") or outcomes & wanted


def test_a_procedure_cannot_commit_inside_a_step(any_database):
    COMMITTING.prepare(any_database)
    with pytest.raises(StatementFailed, match="invalid transaction termination"):
        COMMITTING.apply(any_database)
    assert any_database.connect().execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_the_printed_script_ends_at_its_first_error(any_database):
    FAILING.prepare(any_database)
    run = FAILING.apply(any_database)
    FAILING.write(any_database)
    psql = run.psql()
    assert psql.returncode == 3
    assert "1 conflict: " in psql.stderr
    assert any_database.connect().execute("SELECT to_regclass('made') IS NOT NULL, a FROM t").fetchone() == (True, 3)
