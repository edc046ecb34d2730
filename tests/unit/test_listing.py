"""What a schedule looks like: the SQL of a dry run byte for byte, the outline, the graph."""

import json
import re

import postgast
import pytest

from planrun.app.scheduling import build
from planrun.core.listing import (
    COPY_OPTIONS,
    digest_of,
    expectation,
    mermaid,
    outline,
    outline_json,
    script_of,
    way_back,
)
from planrun.core.plan import (
    Confirm,
    CsvBackup,
    DatabaseBackup,
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
    Target,
    Transaction,
)
from planrun.edges.backups import csv_export
from planrun.errors import Place, UsageFault

PLACE = Place("plan.yaml", 1, 1)


def sql(text):
    return Inline(text, PLACE)


def step(id_, action, *needs, description=""):
    return Step(id_, action, PLACE, needs, description)


STEPS = (
    step("ask", Confirm("Is it\nnight?")),
    step("dump", DatabaseBackup()),
    step("files", FilesBackup(("*.env",))),
    step("export", CsvBackup(sql("SELECT * FROM t -- all\n")), "dump"),
    step("keep", TableBackup("t", "t_kept", sql("a > 0")), description="The rows.\nDROP TABLE t;"),
    step(
        "move",
        Migrate(
            sql("UPDATE t SET a = 'é;'\n  WHERE b /* ; */; -- gone\nDELETE FROM u;"),
            asserts=(QueryCheck(sql("SELECT FROM u"), ExpectEmpty()),),
        ),
        "keep",
        "export",
    ),
    step("gone", Migrate(sql("DROP TABLE u"), irreversible=True), "move"),
    step("same", QueryCheck(sql("SELECT 1"), ExpectEqualsQuery(sql("SELECT 2")), "kept", Severity.WARNING), "move"),
    step("back", Reverse("move", sql("UPDATE t SET a = NULL"))),
)


def schedule(*steps, **fields):
    return build(Plan("lease", "plan.yaml", "/nowhere", steps or STEPS, **fields))


GOLDEN = """\
-- plan lease (plan.yaml)
-- Move\\nthem.
-- target: database propo, port 5432
-- transaction: step; on failure: stop
-- search_path: app, public
-- lock_timeout 5s, statement_timeout 30min
-- sha256: {sha256}
-- the statements are those that planrun sends; its own bookkeeping is named, not shown

-- step 1 of 9: ask (check)
-- asks: Is it\\nnight?

-- step 2 of 9: dump (backup)
-- pg_dump, custom format

-- step 3 of 9: files (backup)
-- copies files: *.env

-- step 4 of 9: export (backup), needs dump
-- planrun: read only, in the snapshot of the backups; settings for exact text
COPY (SELECT * FROM t
) TO STDOUT (FORMAT csv, HEADER true, NULL '\\N', ENCODING 'UTF8');

-- step 5 of 9: keep (backup)
--   The rows.\\nDROP TABLE t;
-- planrun: begin; lease, settings
CREATE TABLE "t_kept" AS SELECT * FROM "t" WHERE (a > 0);
-- planrun: accounting, history; commit

-- step 6 of 9: move (migrate), needs keep, export
-- planrun: begin; lease, settings, capture of what is written
UPDATE t SET a = 'é;'
  WHERE b;
DELETE FROM u;
-- assert, inside the transaction:
-- expect no row
SELECT FROM u;
-- planrun: accounting, history; commit

-- step 7 of 9: gone (migrate), needs move
-- planrun: begin; lease, settings, capture of what is written
DROP TABLE u;
-- planrun: accounting, history; commit

-- step 8 of 9: same (check), needs move
-- planrun: read only
-- expect the same rows as another query (a warning only)
-- save the result as kept
SELECT 1;
-- compared with:
SELECT 2;

-- step 9 of 9: back (rollback)
-- nothing in a forward run; the way back of move
"""


def test_the_sql_of_a_dry_run():
    found = schedule(
        target=Target(database="propo", port=5432), search_path=("app", "public"), description="Move\nthem."
    )
    assert script_of(found) == GOLDEN.format(sha256=digest_of(found))


def test_only_the_statements_are_no_comments():
    found = schedule()
    sent = [s.text for s in found.steps[5].work.statements]
    text = script_of(found)
    assert len(postgast.parse(text).stmts) == 8
    assert all(f"\n{statement};\n" in text for statement in sent)


def test_an_export_shows_what_the_export_sends():
    assert csv_export.COPY_OPTIONS == COPY_OPTIONS


def test_a_dry_run_up_to_a_step():
    text = script_of(schedule(), until="keep")
    assert "step 5 of 9: keep" in text
    assert "step 6 of 9" not in text


def test_a_step_that_is_not_there():
    with pytest.raises(UsageFault) as raised:
        script_of(schedule(), until="kepp")
    assert raised.value.hint == "did you mean 'keep'?"


def test_one_transaction_for_the_plan_begins_and_commits_once():
    text = script_of(schedule(transaction=Transaction.PLAN))
    assert text.count("begin") == 1
    assert text.count("commit") == 1
    assert text.index("begin") < text.index("CREATE TABLE")
    assert text.index("DROP TABLE u;") < text.index("commit")


def test_the_digest_of_a_schedule_depends_on_steps_and_order():
    one, two = step("a", Confirm("?")), step("b", Confirm("?"))
    digests = [digest_of(schedule(*steps)) for steps in ((one, two), (two, one), (one,))]
    assert len(set(digests)) == 3


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        (ExpectEmpty(), "no row"),
        (ExpectRows(1, 1), "exactly 1 row"),
        (ExpectRows(4, 4), "exactly 4 rows"),
        (ExpectRows(0, 0), "no row"),
        (ExpectRows(2, None), "at least 2 rows"),
        (ExpectRows(None, 3), "at most 3 rows"),
        (ExpectRows(2, 3), "2 to 3 rows"),
        (ExpectRows(None, None), "any number of rows"),
        (ExpectValue("x"), 'the value "x"'),
        (ExpectValue(1.5), "the value 1.5"),
        (ExpectValue(value=True), "the value true"),
        (ExpectValue(None), "the value NULL"),
        (ExpectRange(0, None), "a value of at least 0"),
        (ExpectRange(1, 2), "a value of 1 to 2"),
        (ExpectEqualsSaved("before"), "the same rows as the saved result before"),
        (ExpectColumns((("a", "text"), ("b", None))), "the columns a text, b"),
    ],
)
def test_expectations_in_words(expect, words):
    assert expectation(expect) == words


def test_ways_back():
    found = schedule()
    assert {each.id: way_back(each, found) for each in found.steps} == {
        "ask": "nothing to take back",
        "dump": "nothing to take back",
        "files": "nothing to take back",
        "export": "nothing to take back",
        "keep": "dropped last",
        "move": "by step back",
        "gone": "irreversible",
        "same": "nothing to take back",
        "back": "nothing to take back",
    }
    alone = schedule(step("a", Migrate(sql("SELECT 1"))))
    assert way_back(alone.steps[0], alone) == "derived"


def test_the_outline_of_long_steps_has_what_they_do_beneath():
    found = schedule(
        step("ask", Confirm("Is there a backup of today in the dashboard of the hosting provider, or not?"))
    )
    assert outline(found) == (
        "lease: 1 step, one transaction a step, on failure stop\n"
        "\n"
        "#  step  kind   way back\n"
        "1  ask   check  not needed\n"
        "     asks: Is there a backup of today in the dashboard of the hosting provider,\n"
        "     or not?\n"
    )
    assert "does" in outline(found, 140)


def test_the_outline():
    found = schedule(*STEPS[4:7], step("export", Confirm("\x1b[2J")))
    assert outline(found) == (
        "lease: 4 steps, one transaction a step, on failure stop\n"
        "\n"
        "#  step    kind     way back      does\n"
        "1  keep    backup   dropped last  copies rows of t into t_kept\n"
        "2  export  check    not needed    asks: \\x1b[2J\n"
        "3  move    migrate  derived       update, delete\n"
        "     needs keep, export\n"
        "4  gone    migrate  irreversible  drop\n"
        "     needs move\n"
    )


def test_the_outline_as_json():
    document = outline_json(schedule())
    assert json.loads(json.dumps(document)) == document
    move = document["steps"][5]
    assert (move["id"], move["kind"], move["needs"]) == ("move", "migrate", ["keep", "export"])
    assert move["way_back"] == "by step back"
    assert [statement["tag"] for statement in move["statements"]] == ["update", "delete"]


def test_the_graph():
    text = mermaid(schedule())
    assert text.startswith("flowchart TD\n")
    assert '  s5[("keep<br/>copies rows of t into t_kept")]\n' in text
    assert "  s5 --> s6\n  s4 --> s6\n" in text
    assert "  s9 -. takes back .-> s6\n" in text


@pytest.mark.parametrize("id_", ["end", 'a"] --> b["x', "a;b", "<script>", "x\ny", "#quot;", "`a`"])
def test_no_name_breaks_the_graph(id_):
    text = mermaid(schedule(step(id_, Confirm(id_))))
    line = re.compile(r'  s1\{\{"[\w _\-.,:/()*#;]+<br/>[\w _\-.,:/()*#;]+"\}\}')
    assert line.fullmatch(text.splitlines()[1])
    assert len(text.splitlines()) == 2
