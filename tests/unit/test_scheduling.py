"""From a plan to a schedule: order, rendered statements, digests, and the faults of all steps at once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planrun.app.scheduling import build, digest
from planrun.core.plan import (
    Batch,
    Confirm,
    CsvBackup,
    DatabaseBackup,
    DumpFormat,
    ExpectColumns,
    ExpectEmpty,
    ExpectEqualsQuery,
    ExpectEqualsSaved,
    ExpectRange,
    ExpectRows,
    ExpectValue,
    FilesBackup,
    Inline,
    Migrate,
    Plan,
    QueryCheck,
    Reverse,
    Severity,
    Step,
    TableBackup,
    Template,
)
from planrun.core.schedule import CheckWork, CsvWork, MigrateWork, ReverseWork, TableCopyWork
from planrun.errors import Place, PlanInvalid


def sql(text, line=1):
    return Inline(text, Place("plan.yaml", line, 5))


def step(id_, action, *needs, line=1):
    return Step(id_, action, Place("plan.yaml", line, 3), needs)


@pytest.fixture
def schedule(tmp_path):
    (tmp_path / "templates").mkdir()

    def schedule(*steps, **vars_):
        return build(Plan("p", "plan.yaml", str(tmp_path), steps, vars=vars_))

    return schedule


@pytest.fixture
def work(schedule):
    return lambda action, **vars_: schedule(step("s", action), **vars_).steps[0].work


@pytest.fixture
def faults(schedule):
    def faults(*steps, **vars_):
        with pytest.raises(PlanInvalid) as raised:
            schedule(*steps, **vars_)
        return raised.value.faults

    return faults


def test_steps_stand_in_their_order(schedule):
    found = schedule(step("c", Confirm("?"), "a"), step("b", Confirm("?")), step("a", Confirm("?"), "b"))
    assert [each.id for each in found.steps] == ["b", "a", "c"]


def test_a_script_becomes_statements(work):
    found = work(Migrate(sql("UPDATE {{ t | ident }} SET a = 1; -- c\nDELETE FROM u", 7)), t="x")
    assert isinstance(found, MigrateWork)
    assert [(s.text, s.tag, str(s.place)) for s in found.statements] == [
        ('UPDATE "x" SET a = 1', "update", "plan.yaml:7:5"),
        ("DELETE FROM u", "delete", "plan.yaml:8:5"),
    ]


def test_checks_and_asserts_carry_their_queries(work):
    check = QueryCheck(sql("SELECT 1"), ExpectEqualsQuery(sql("VALUES (1)", 3)), "kept", Severity.WARNING)
    found = work(check)
    assert isinstance(found, CheckWork)
    assert (found.query.text, found.reference.text, found.save_as) == ("SELECT 1", "VALUES (1)", "kept")
    assert found.reference_script.text == "VALUES (1)"
    assert work(Migrate(sql("SELECT 1"), asserts=(check,))).asserts == (found,)


def test_exports_and_ways_back(work):
    assert isinstance(work(CsvBackup(sql("TABLE t"))), CsvWork)
    found = work(Reverse("s", sql("UPDATE t SET a = 1")))
    assert isinstance(found, ReverseWork)
    assert found.of == "s"


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (None, 'CREATE TABLE "k" AS SELECT * FROM "app"."t"'),
        ("a > 0", 'CREATE TABLE "k" AS SELECT * FROM "app"."t" WHERE (a > 0)'),
        ("{{ w | sql }}", 'CREATE TABLE "k" AS SELECT * FROM "app"."t" WHERE (a OR b)'),
        (" a > 0 -- why\n", 'CREATE TABLE "k" AS SELECT * FROM "app"."t" WHERE (a > 0 -- why\n)'),
        ("a = ')'", 'CREATE TABLE "k" AS SELECT * FROM "app"."t" WHERE (a = \')\')'),
    ],
)
def test_the_statement_of_a_table_copy(work, where, text):
    found = work(TableBackup("app.t", "k", None if where is None else sql(where)), w="a OR b")
    assert isinstance(found, TableCopyWork)
    assert found.statement.text == text
    assert found.statement.place == Place("plan.yaml", 1, 3)
    assert found.script.place_of(len(found.script.text)).line


@pytest.mark.parametrize(
    "where",
    ["true) UNION SELECT * FROM secrets WHERE (true", "a) OR (b", "a; DROP TABLE t", "a = 'x", "a FROM b", "", "a --)"],
)
def test_a_condition_stays_in_its_parentheses(faults, work, where):
    if where == "a --)":
        assert work(TableBackup("t", "k", sql(where))).statement.text.endswith("\n)")
        return
    (fault,) = faults(step("s", TableBackup("t", "k", sql(where, 4))))
    assert fault.place.file == "plan.yaml"
    assert fault.place.line == 4


def test_names_of_a_table_copy_are_checked(faults):
    (fault,) = faults(step("s", TableBackup("t", "x" * 64), line=9))
    assert fault.place == Place("plan.yaml", 9, 3)


def test_the_table_of_a_batch_is_checked(faults, work):
    page = sql("DELETE FROM t WHERE i BETWEEN $1 AND $2")
    batch = Batch("app..t", ("i",), 10, Place("plan.yaml", 7, 9))
    (fault,) = faults(step("s", Migrate(page, batch=batch)))
    assert (fault.message, fault.place) == ("'app..t' is no identifier: a part of it is empty", batch.place)
    assert work(Migrate(page, batch=replace(batch, table="app.t"))).batch.table == "app.t"


def test_the_faults_of_all_steps_come_at_once_and_each_once(tmp_path, faults):
    (tmp_path / "templates").mkdir(exist_ok=True)
    (tmp_path / "templates" / "a.sql").write_text("\n{{ nothing | ident }}")
    shared = Template("a.sql", Place("plan.yaml", 1))
    bad = QueryCheck(sql("SELEC 1", 5), ExpectEqualsQuery(sql("DELETE FROM t", 6)))
    found = faults(
        step("a", Migrate(shared)),
        step("b", Migrate(shared)),
        step("c", bad),
        step("d", Migrate(sql("BEGIN; {{ 1 }}", 7), asserts=(replace(bad, sql=sql("COMMIT", 8)),))),
        step("e", CsvBackup(sql("SHOW a", 9))),
        step("f", Migrate(sql("-- nothing\n", 10))),
        step("g", Reverse("a", sql("VACUUM", 11))),
    )
    assert [str(fault.place) for fault in found] == [
        "templates/a.sql:2:4",
        "plan.yaml:5:5",
        "plan.yaml:6:5",
        "plan.yaml:7:12",
        "plan.yaml:8:5",
        "plan.yaml:9:5",
        "plan.yaml:10:5",
        "plan.yaml:11:5",
    ]


# --- digests -----------------------------------------------------------------------------------


def test_a_digest_forgets_place_and_comments(work):
    one = work(Migrate(sql("UPDATE t SET a = 1;\nDELETE FROM u")))
    two = work(Migrate(sql("-- first\nUPDATE t SET a = 1 ; /* then */\n\n\nDELETE FROM u; -- end\n", 40)))
    assert digest(one) == digest(two)


def test_a_digest_is_the_same_on_every_run_and_in_every_version(work):
    found = digest(work(Migrate(sql("SELECT 1"))))
    assert found == "d35d9e605a309998329ba8ec25b520bebc99cda1592f9049bce6b211233ba8ba"


ACTIONS = [
    Confirm("a"),
    Confirm("b"),
    DatabaseBackup(),
    DatabaseBackup(DumpFormat.PLAIN),
    DatabaseBackup(schema_only=True),
    FilesBackup(("a",)),
    FilesBackup(("a", "b")),
    CsvBackup(sql("SELECT 1")),
    CsvBackup(sql("SELECT 2")),
    CsvBackup(sql("SELECT 1"), allow_no_effect=True),
    TableBackup("t", "k"),
    TableBackup("t", "l"),
    TableBackup("t", "k", sql("a")),
    TableBackup("t", "k", allow_no_effect=True),
    Migrate(sql("SELECT 1")),
    Migrate(sql("SELECT 1; SELECT 1")),
    Migrate(sql("SELECT 1"), irreversible=True),
    Migrate(sql("SELECT 1"), allow_no_effect=True),
    Migrate(sql("SELECT 1"), asserts=(QueryCheck(sql("SELECT 1"), ExpectEmpty()),)),
    Reverse("a", sql("SELECT 1")),
    Reverse("b", sql("SELECT 1")),
    QueryCheck(sql("SELECT 1"), None),
    QueryCheck(sql("SELECT 1"), None, "kept"),
    QueryCheck(sql("SELECT 1"), ExpectEmpty()),
    QueryCheck(sql("SELECT 1"), ExpectEmpty(), severity=Severity.WARNING),
    QueryCheck(sql("SELECT 1"), ExpectRows(1, None)),
    QueryCheck(sql("SELECT 1"), ExpectRows(None, 1)),
    QueryCheck(sql("SELECT 1"), ExpectRange(1, None)),
    QueryCheck(sql("SELECT 1"), ExpectValue(1)),
    QueryCheck(sql("SELECT 1"), ExpectValue("1")),
    QueryCheck(sql("SELECT 1"), ExpectValue(None)),
    QueryCheck(sql("SELECT 1"), ExpectEqualsSaved("a")),
    QueryCheck(sql("SELECT 1"), ExpectEqualsQuery(sql("SELECT 1"))),
    QueryCheck(sql("SELECT 1"), ExpectEqualsQuery(sql("SELECT 2"))),
    QueryCheck(sql("SELECT 1"), ExpectColumns((("a", None),))),
    QueryCheck(sql("SELECT 1"), ExpectColumns((("a", "text"),))),
]


def test_whatever_changes_what_a_step_does_changes_its_digest(schedule):
    found = schedule(*(step(f"s{number}", action) for number, action in enumerate(ACTIONS)))
    assert len({each.digest for each in found.steps}) == len(ACTIONS)


@given(st.permutations(range(6)))
def test_the_schedule_does_not_depend_on_the_order_of_variables(tmp_path_factory, keys):
    folder = tmp_path_factory.getbasetemp()
    steps = (step("a", Migrate(sql("{% for k in keys %}SELECT {{ v[k] | literal }};{% endfor %}"))),)
    values = {"v": {str(key): key for key in keys}, "keys": [str(key) for key in range(6)]}
    found = build(Plan("p", "plan.yaml", str(folder), steps, vars=values))
    assert [s.text for s in found.steps[0].work.statements] == [f"SELECT {key}" for key in range(6)]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("UPDATE t SET a = '{{ word | literal }}'", "syntax error", "literal writes quotes itself"),
        ("UPDATE t SET a = {{ word | litral }}", "there is no filter 'litral'", "did you mean 'literal'?"),
        ("-- nothing", "the script renders to no statement at all", None),
    ],
)
def test_an_everyday_slip_is_one_fault_with_its_cure(schedule, text, message, hint):
    with pytest.raises(PlanInvalid) as caught:
        schedule(step("s", Migrate(sql(text))), word="it")
    (fault,) = caught.value.faults
    assert fault.message.startswith(message)
    assert (hint or "") in (fault.hint or "")
