"""A good plan becomes the value that it says, and a path leads to its project."""

import json
from pathlib import Path

import pytest

from planrun.core import plan
from planrun.core.policy import OnConflict, Policy, TableWord
from planrun.edges.source import load, project_of
from planrun.errors import Place

EVERYTHING = Path(__file__).parent / "plans" / "everything.yaml"

CHANGE = "\nALTER TABLE leases\n  ADD COLUMN fee numeric;\n"


def at(line, column):
    return Place(str(EVERYTHING), line, column)


def inline(text, line, column):
    return plan.Inline(text, at(line, column))


def template(path, line, column):
    return plan.Template(path, at(line, column))


def verbatim(path, line, column):
    return plan.Verbatim(path, at(line, column))


EXPECTED_ACTIONS = {
    "dump": plan.DatabaseBackup(plan.DumpFormat.PLAIN, schema_only=True),
    "dump_all": plan.DatabaseBackup(plan.DumpFormat.CUSTOM, schema_only=False),
    "export": plan.CsvBackup(template("export/tenants.sql", 32, 23), allow_no_effect=True),
    "export_inline": plan.CsvBackup(inline("SELECT 1", 35, 25), allow_no_effect=False, compress=plan.Compression.ZSTD),
    "keep": plan.TableBackup(
        "tenants", "tenants_before", inline("{{ rented.tenants | sql }}", 41, 15), allow_no_effect=True
    ),
    "keep_all": plan.TableBackup("app.units", "1.10", None, allow_no_effect=False),
    "configs": plan.FilesBackup((".env", "config/*.yaml")),
    "counted": plan.QueryCheck(template("count.sql", 50, 17), None, "before", plan.Severity.ERROR),
    "change": plan.Migrate(
        inline(CHANGE, 56, 9),
        (
            plan.QueryCheck(inline("SELECT 1", 60, 17), plan.ExpectValue(1), None, plan.Severity.WARNING),
            plan.QueryCheck(
                inline("SELECT a FROM b", 62, 15), plan.ExpectEqualsSaved("before"), None, plan.Severity.ERROR
            ),
        ),
        irreversible=True,
        allow_no_effect=True,
    ),
    "change_more": plan.Migrate(
        template("more.sql", 68, 25),
        (),
        irreversible=False,
        allow_no_effect=False,
        batch=plan.Batch("public.leases", ("unit", "no"), 10000, at(68, 42)),
    ),
    "change_verbatim": plan.Migrate(verbatim("sql/old.sql", 70, 21), outside=True),
    "rows_exact": plan.QueryCheck(inline("SELECT 2", 72, 19), plan.ExpectRows(4, 4)),
    "rows_between": plan.QueryCheck(inline("SELECT 3", 74, 18), plan.ExpectRows(1, 9)),
    "rows_at_least": plan.QueryCheck(inline("SELECT 3", 76, 18), plan.ExpectRows(1, None)),
    "value_null": plan.QueryCheck(inline("SELECT 4", 78, 18), plan.ExpectValue(None)),
    "value_text": plan.QueryCheck(inline("SELECT 4", 80, 18), plan.ExpectValue("4"), "after"),
    "value_between": plan.QueryCheck(inline("SELECT 5", 82, 18), plan.ExpectRange(0, 1.5)),
    "nothing": plan.QueryCheck(inline("SELECT 6", 84, 18), plan.ExpectEmpty(), None, plan.Severity.WARNING),
    "same": plan.QueryCheck(inline("SELECT 7", 86, 18), plan.ExpectEqualsQuery(inline("SELECT 8", 86, 51))),
    "same_as_file": plan.QueryCheck(inline("SELECT 7", 88, 18), plan.ExpectEqualsQuery(template("seven.sql", 88, 56))),
    "named": plan.QueryCheck(inline("SELECT 9", 90, 18), plan.ExpectColumns((("id", None), ("true", None)))),
    "typed": plan.QueryCheck(inline("SELECT 9", 92, 18), plan.ExpectColumns((("id", "bigint"), ("name", None)))),
    "asked": plan.Confirm("Is the dashboard backup done?"),
    "undo_change": plan.Reverse("change", inline("ALTER TABLE leases DROP COLUMN fee", 96, 33)),
    "undo_more": plan.Reverse("change_more", template("undo/more.sql", 98, 43)),
    "undo_verbatim": plan.Reverse("change_verbatim", verbatim("sql/undo.sql", 100, 43)),
    "change_settled": plan.Migrate(
        inline("SELECT 1", 102, 20),
        on_conflict=Policy(
            OnConflict.ABORT,
            (
                TableWord("tenants", OnConflict.KEEP, at(102, 78)),
                TableWord("app.units", OnConflict.RESTORE, at(102, 95)),
            ),
        ),
    ),
    "change_kept": plan.Migrate(inline("SELECT 1", 104, 20), on_conflict=Policy(OnConflict.KEEP)),
    "dump_tables": plan.DatabaseBackup(plan.DumpFormat.CUSTOM, tables=("app.tenants", '"Odd"')),
    "dump_schemas": plan.DatabaseBackup(plan.DumpFormat.PLAIN, schemas=("app",)),
}


@pytest.fixture(scope="module")
def everything():
    return load(EVERYTHING)


@pytest.mark.parametrize(("step_id", "action"), EXPECTED_ACTIONS.items())
def test_every_form_of_a_step(everything, step_id, action):
    assert next(step for step in everything.steps if step.id == step_id).action == action


def test_the_steps_stand_in_the_order_of_the_file(everything):
    assert [step.id for step in everything.steps] == list(EXPECTED_ACTIONS)


def test_what_stands_around_an_action(everything):
    keep = next(step for step in everything.steps if step.id == "keep")
    assert (keep.needs, keep.description, keep.place) == (("dump", "export"), "Keep the tenants.", at(36, 5))


def test_everything_but_the_steps(everything):
    assert everything == plan.Plan(
        name="everything",
        file=str(EVERYTHING),
        project=str(project_of(EVERYTHING)),
        steps=everything.steps,
        description="no",
        transaction=plan.Transaction.STEP,
        on_failure=plan.OnFailure.ROLLBACK,
        on_conflict=OnConflict.RESTORE,
        target=plan.Target("propo", "db.example", 5433, "owner", "rental", "verify-full", "7123456789012345678"),
        vars={
            "rented": {"tenants": "rent IS NOT NULL", "since": "2024-01-01", "at": "12:30"},
            "numbers": [10, 8, 16, 1.1, 0.5, -1000.0, "7"],
            "words": ["no", "on", "yes", True, None, None],
        },
        defaults=plan.Defaults(lock_timeout=0, statement_timeout=7_200_000, retries=7),
        search_path=("app", "010", "public"),
        storage=(
            plan.Folder("copies", plan.Keep(age=2_592_000_000)),
            plan.Bucket(
                "s3://propo-backups/migration",
                "https://s3.example.org",
                "eu-central-1",
                plan.Keep(age=604_800_000, daily=7, weekly=4, monthly=12, at_least=2),
            ),
        ),
        recipients=("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kdgzx2f5sq0n0k2",),
        require=plan.Require(43_200_000),
        alert=plan.Alert(expect_every=86_400_000, verify_every=604_800_000),
        notify=plan.Notify((plan.Event.FAILURE, plan.Event.CONFLICT, plan.Event.SUCCESS), "PLANRUN_NOTIFY_URLS"),
    )


def test_what_a_plan_leaves_out(tmp_path):
    path = tmp_path / "least.yaml"
    path.write_text("{planrun: 1, name: least, steps: [{id: a, migrate: {sql: SELECT 1}}]}")
    step = plan.Step("a", plan.Migrate(plan.Inline("SELECT 1", Place(str(path), 1, 58))), Place(str(path), 1, 35))
    assert load(path) == plan.Plan("least", str(path), str(tmp_path), (step,))


def test_an_empty_search_path_is_not_a_missing_one(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text("{planrun: 1, name: a, search_path: [], steps: [{id: a, check: {confirm: b}}]}")
    assert load(path).search_path == ()


def test_a_whole_number_with_a_point_is_a_whole_number(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text("{planrun: 1, name: a, target: {port: 54.0}, steps: [{id: a, check: {confirm: b}}]}")
    port = load(path).target.port
    assert (port, type(port)) == (54, int)


def test_a_json_file_is_a_plan_too(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(
        json.dumps({"planrun": 1, "name": "a", "steps": [{"id": "a", "check": {"confirm": "b"}}]}, indent=2)
    )
    assert load(path).steps == (plan.Step("a", plan.Confirm("b"), Place(str(path), 5, 5)),)


def test_a_byte_order_mark_moves_no_column(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"\xef\xbb\xbf{planrun: 1, name: a, steps: [{id: a, check: {confirm: b}}]}")
    assert load(path).steps[0].place == Place(str(path), 1, 31)


@pytest.mark.parametrize(
    ("block", "text", "line", "column"),
    [
        ("|\n        one\n        two", "one\ntwo\n", 2, 9),
        ("|\n\n\n        one", "\n\none\n", 2, 9),
        ("|2\n          one", "    one\n", 2, 7),
        ("|-  # why\n       one", "one", 2, 8),
        (">\n        one\n        two", "one two\n", 2, 9),
        ("|\n        é  one\n          two", "é  one\n  two\n", 2, 9),
        ("'one'", "one", 1, 11),
        ('"\\u00e9one"', "éone", 1, 11),
        ("one", "one", 1, 10),
        ("\n        one", "one", 2, 9),
        ("|\n        one\r\n        two", "one\ntwo\n", 2, 9),
    ],
)
def test_the_place_of_inline_sql_is_that_of_its_first_character(tmp_path, block, text, line, column):
    path = tmp_path / "plan.yaml"
    head = "planrun: 1\nname: a\nsteps:\n- id: a\n  migrate:\n"
    path.write_bytes(f"{head}    sql: {block}\n".encode())
    assert load(path).steps[0].action.sql == plan.Inline(text, Place(str(path), 5 + line, column))


def test_the_project_is_the_nearest_folder_above_with_templates(tmp_path):
    for folder in ("templates", "team/templates", "team/plans/2024"):
        (tmp_path / folder).mkdir(parents=True)
    assert project_of(tmp_path / "team/plans/2024/a.yaml") == tmp_path / "team"


def test_a_file_named_templates_makes_no_project(tmp_path):
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans/templates").touch()
    assert project_of(tmp_path / "plans/a.yaml") == tmp_path


def test_without_templates_the_project_holds_the_folder_plans(tmp_path):
    (tmp_path / "plans/2024").mkdir(parents=True)
    assert project_of(tmp_path / "plans/2024/a.yaml") == tmp_path


def test_without_either_the_project_is_the_folder_of_the_plan(tmp_path):
    assert project_of(tmp_path / "a.yaml") == tmp_path


def test_the_project_of_a_relative_path(tmp_path, monkeypatch):
    (tmp_path / "plans").mkdir()
    monkeypatch.chdir(tmp_path / "plans")
    assert project_of(Path("a.yaml")) == tmp_path


def test_the_file_is_named_as_it_was_given(tmp_path, monkeypatch):
    (tmp_path / "a.yaml").write_text("{planrun: 1, name: a, steps: [{id: a, check: {confirm: b}}]}")
    monkeypatch.chdir(tmp_path)
    loaded = load(Path("./a.yaml"))
    assert (loaded.file, loaded.steps[0].place.file) == ("a.yaml", "a.yaml")
