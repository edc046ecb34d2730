"""Steps that are not one transaction, as the plan and its scripts say them: batches and ``transaction: none``."""

import pytest

from planrun.app.scheduling import build
from planrun.core.outside import Kind, Outside
from planrun.core.plan import Batch, Inline, Migrate, Plan, QueryCheck, Reverse, Step
from planrun.core.script import Name
from planrun.errors import Place, PlanInvalid

HERE = Place("plan.yaml", 9, 3)
PAGE = "UPDATE t SET a = 1 WHERE id BETWEEN $1 AND $2"
TWO = "UPDATE t SET a = 1 WHERE (b, c) BETWEEN ($1, $2) AND ($3, $4)"


def batch(*key, table="t", size=10):
    return Batch(table, key or ("id",), size, HERE)


@pytest.fixture
def scheduled(tmp_path):
    (tmp_path / "templates").mkdir()

    def scheduled(text, action=Migrate, **options):
        made = action("t", Inline(text, HERE)) if action is Reverse else action(Inline(text, HERE), **options)
        steps = [Step("t", Migrate(Inline("SELECT 1", HERE)), HERE)] if action is Reverse else []
        plan = Plan("p", "plan.yaml", str(tmp_path), (*steps, Step("a", made, HERE)))
        return build(plan).steps[-1]

    return scheduled


def faults(scheduled, text, **options):
    with pytest.raises(PlanInvalid) as caught:
        scheduled(text, **options)
    return [str(fault).replace("\n    hint: ", " => ") for fault in caught.value.faults]


# --- batches -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key", "paged"),
    [
        (PAGE, ("id",), [True]),
        (TWO, ("b", "c"), [True]),
        ("DELETE FROM t WHERE id >= $1 AND id <= $2; SELECT 1", ("id",), [True, False]),
        ("CREATE TEMP TABLE p ON COMMIT DROP AS SELECT $1::int, $2::int; DELETE FROM t", ("id",), [True, False]),
        ("SELECT 1 WHERE 1 = $2; SELECT 1 WHERE 1 = $1", ("id",), [True, True]),
    ],
)
def test_a_batched_script_names_the_bounds_of_its_page(scheduled, text, key, paged):
    work = scheduled(text, batch=batch(*key)).work
    assert [statement.paged for statement in work.statements] == paged
    assert work.batch.key == key


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        (
            "UPDATE t SET a = 1",
            ("id",),
            [
                (
                    "plan.yaml:9:3: a batched script has to name the bounds of its page, and does not mention $1, $2"
                    " => WHERE the_key BETWEEN $1 AND $2 is the page, both ends included"
                )
            ],
        ),
        (
            "UPDATE t SET a = 1 WHERE id > $1",
            ("id",),
            [
                (
                    "plan.yaml:9:3: a batched script has to name the bounds of its page, and does not mention $2"
                    " => WHERE the_key BETWEEN $1 AND $2 is the page, both ends included"
                )
            ],
        ),
        (
            TWO,
            ("id",),
            [
                f"plan.yaml:9:3: found ${n}, but the page of this batch has the parameters $1 to $2"
                " => WHERE the_key BETWEEN $1 AND $2 is the page, both ends included"
                for n in (3, 4)
            ],
        ),
        (
            PAGE,
            ("b", "c"),
            [
                (
                    "plan.yaml:9:3: a batched script has to name the bounds of its page, and does not mention $3, $4"
                    " => WHERE (the, keys) BETWEEN ($1, $2) AND ($3, $4) is the page, both ends included"
                )
            ],
        ),
        (
            "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT $1 + $1; END; SELECT '$1', '$2'",
            ("id",),
            [
                (
                    "plan.yaml:9:3: a batched script has to name the bounds of its page, and does not mention $1, $2"
                    " => WHERE the_key BETWEEN $1 AND $2 is the page, both ends included"
                )
            ],
        ),
    ],
)
def test_a_batched_script_that_does_not_is_refused(scheduled, text, key, told):
    assert faults(scheduled, text, batch=batch(*key)) == told


@pytest.mark.parametrize(
    ("text", "key", "moved"),
    [
        ("UPDATE t SET id = id + 9 WHERE id BETWEEN $1 AND $2", ("id",), ["id"]),
        (
            "UPDATE ONLY app.t SET (a, c, b) = (1, 2, 3) WHERE (b, c) BETWEEN ($1, $2) AND ($3, $4)",
            ("b", "c"),
            ["c", "b"],
        ),
        ("UPDATE o SET id = 1; UPDATE other.t SET id = 1 WHERE id BETWEEN $1 AND $2", ("id",), []),
        ("UPDATE t SET a = id WHERE id BETWEEN $1 AND $2", ("id",), []),
    ],
)
def test_a_batched_script_leaves_the_key_of_its_pages_alone(scheduled, text, key, moved):
    given = batch(*key, table="app.t" if "app." in text or "other." in text else "t")
    if not moved:
        assert scheduled(text, batch=given).work.batch == given
        return
    assert faults(scheduled, text, batch=given) == [
        (
            f"plan.yaml:9:3: a batched script sets {name}, by which its pages are cut: rows that move on would be met"
            " again => cut it by columns that it leaves alone, or leave batch out"
        )
        for name in moved
    ]


@pytest.mark.parametrize("action", [Migrate, QueryCheck, Reverse])
def test_other_scripts_have_no_parameters(scheduled, action):
    options = {"expect": None} if action is QueryCheck else {}
    assert faults(scheduled, "SELECT $1::int", action=action, **options) == [
        (
            "plan.yaml:9:3: found $1, but this script is given no parameters"
            " => parameters stand for the bounds of a page in a migrate step with batch:"
        )
    ]


def test_the_digest_of_a_batch_knows_all_but_the_size(scheduled):
    digest = scheduled(PAGE, batch=batch()).digest
    assert scheduled(PAGE, batch=batch(size=999)).digest == digest
    assert scheduled(PAGE, batch=batch(table="u")).digest != digest
    assert scheduled(PAGE, batch=batch("other")).digest != digest


# --- outside of any transaction ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CREATE INDEX CONCURRENTLY i ON s.t (a)", Outside(Kind.CREATE_INDEX, Name("s", "t"), Name("s", "i"))),
        (
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)",
            Outside(Kind.CREATE_INDEX, Name(None, "t"), Name(None, "i")),
        ),
        ("DROP INDEX CONCURRENTLY IF EXISTS s.i", Outside(Kind.DROP_INDEX, None, Name("s", "i"))),
        ("REINDEX INDEX CONCURRENTLY i", Outside(Kind.REINDEX, None, Name(None, "i"))),
        ("REINDEX (CONCURRENTLY, VERBOSE) TABLE t", Outside(Kind.REINDEX, Name(None, "t"))),
        ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", Outside(Kind.DETACH, Name(None, "t"))),
        ("VACUUM (ANALYZE) t", Outside(Kind.VACUUM)),
        ("VACUUM", Outside(Kind.VACUUM)),
        ("ANALYZE t", Outside(Kind.VACUUM)),
    ],
)
def test_the_closed_list(scheduled, text, said):
    work = scheduled(text, outside=True).work
    assert (work.outside, work.statements[0].text) == (said, text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("CREATE INDEX i ON t (a)", "plan.yaml:9:3: transaction: none is for CREATE INDEX CONCURRENTLY, "),
        ("DROP INDEX i", "plan.yaml:9:3: transaction: none is for CREATE INDEX CONCURRENTLY, "),
        ("DROP INDEX CONCURRENTLY i, j", "plan.yaml:9:3: transaction: none is for CREATE INDEX CONCURRENTLY, "),
        ("REINDEX TABLE t", "plan.yaml:9:3: transaction: none is for CREATE INDEX CONCURRENTLY, "),
        ("REINDEX SCHEMA CONCURRENTLY s", "plan.yaml:9:3: transaction: none is for CREATE INDEX CONCURRENTLY, "),
        ("CREATE DATABASE d", "plan.yaml:9:3: transaction: none is for CREATE INDEX CONCURRENTLY, "),
        ("UPDATE t SET a = 1", "plan.yaml:9:3: transaction: none is for CREATE INDEX CONCURRENTLY, "),
        ("VACUUM t; VACUUM u", "plan.yaml:9:13: transaction: none takes one statement, found 2"),
        ("-- nothing", "plan.yaml:9:3: transaction: none takes one statement, found 0"),
        ("CREATE INDEX CONCURRENTLY ON t (a)", "plan.yaml:9:3: an index that is made outside of a transaction needs a"),
    ],
)
def test_nothing_else_runs_outside_of_a_transaction(scheduled, text, told):
    (fault,) = faults(scheduled, text, outside=True)
    assert fault.startswith(told)


@pytest.mark.parametrize(
    "text",
    [
        "CREATE INDEX CONCURRENTLY i ON t (a)",
        "DROP INDEX CONCURRENTLY i",
        "REINDEX INDEX CONCURRENTLY i",
        "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
        "VACUUM t",
    ],
)
def test_such_a_statement_without_the_word_is_told_the_cure(scheduled, text):
    (fault,) = faults(scheduled, text)
    assert fault.endswith("cannot run inside a transaction => make it a step of its own with transaction: none")


def test_the_digest_knows_the_transaction(scheduled):
    assert scheduled("ANALYZE t", outside=True).digest != scheduled("ANALYZE t").digest
