"""docs/plan.md: every key of the schema stands there and nothing else; its examples are what they are said to be."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from planrun.app.plans import schedule_of
from planrun.cli import program
from planrun.edges.source.shape import plan_schema
from planrun.errors import PlanInvalid
from planrun.frozen import frozen

PAGE = (Path(__file__).parents[2] / "docs" / "plan.md").read_text(encoding="utf-8")

TOP = "planrun: 1\nname: page\n"
STEP = "steps:\n- {id: one, check: {sql: SELECT 1, expect: {rows: 1}}}\n"


# --- the keys ----------------------------------------------------------------------------------


def keys_of(schema, path=""):
    """Yield the keys that a plan may hold, each as the keys that lead to it with dots between, and its schema."""
    for key, inner in schema.get("properties", {}).items():
        if "not" not in inner:
            yield f"{path}{key}", inner
            yield from keys_of(inner, f"{path}{key}.")
    if isinstance(schema.get("items"), dict):
        yield from keys_of(schema["items"], path)


def rows_of(page):
    """Yield the keys that the tables of a page name, each under the key in the heading above it, and their rows."""
    page = re.sub(r"^```.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE)
    for heading, body in re.findall(r"^#+ (.+?)\n(.*?)(?=^#+ |\Z)", page, re.DOTALL | re.MULTILINE):
        above = re.findall(r"`(\w+)`", heading)
        if above or heading == "Top level":
            for cell, row in re.findall(r"^\| (`.+?) \|(.*)$", body, re.MULTILINE):
                for key in re.findall(r"`([\w.]+)`", cell):
                    yield ".".join((*above, key)), row


def means(name, key):
    """Tell whether a name on the page means a key: under the heading `expect` wherever an `expect` is, say."""
    return key == name or ("." in name and key.endswith(f".{name}"))


def differences(page, schema):
    """Return the keys of a schema that a page does not name, and what it names that is none."""
    known = [key for key, _ in keys_of(schema)]
    told = [name for name, _ in rows_of(page)]
    missing = [key for key in known if not any(means(name, key) for name in told)]
    return sorted(missing), sorted(name for name in told if not any(means(name, key) for key in known))


def words_not_told(page, schema):
    """Return the words that a key can be and that its row on a page does not name, as KEY: WORD."""
    return [
        f"{key}: {word}"
        for name, row in rows_of(page)
        for key, inner in keys_of(schema)
        if means(name, key)
        for word in inner.get("enum", ())
        if f"`{word}`" not in row
    ]


def test_every_key_of_the_schema_is_documented_and_no_other():
    assert differences(PAGE, plan_schema()) == ([], [])


def test_every_word_of_a_closed_list_is_documented():
    assert words_not_told(PAGE, plan_schema()) == []


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("| `transaction` | `step`", ["transaction"]),
        ("| `keep.at_least`", ["storage.keep.at_least"]),
        ("| `size`", ["steps.migrate.batch.size"]),
        ("| `empty`", ["steps.check.expect.empty", "steps.migrate.assert.expect.empty"]),
    ],
)
def test_a_key_that_is_not_documented_is_found(line, missing):
    less = "".join(each for each in PAGE.splitlines(keepends=True) if not each.startswith(line))
    assert differences(less, plan_schema()) == (missing, [])


def test_a_documented_key_that_is_none_is_found():
    more = PAGE.replace("| `size` |", "| `pause` | duration | between pages |\n| `size` |")
    assert differences(more, plan_schema()) == ([], ["batch.pause"])


def test_a_word_that_is_not_documented_is_found():
    assert words_not_told(PAGE.replace("`verify-ca`", ""), plan_schema()) == ["target.sslmode: verify-ca"]


# --- the examples ------------------------------------------------------------------------------


@frozen
class Block:
    """A block of code of a page: its language, what is said behind that, its text."""

    language: str
    name: str
    text: str


def blocks_of(page):
    found = re.findall(r"^```(\w*) ?(.*?)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return [Block(language, name, text) for language, name, text in found]


def write(blocks, folder):
    """Write the blocks that name a file into a project."""
    for block in blocks:
        if block.language in {"yaml", "jinja"} and block.name:
            path = folder / block.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")


def whole(text):
    """Return the plan that an example is, or a part of: some steps, or some keys of the top."""
    if re.search("^planrun:", text, re.MULTILINE):
        return text
    return f"{TOP}steps:\n{text}" if text.startswith("- ") else f"{TOP}{text}{STEP}"


def faults_of(text, folder):
    """Return the faults of an example, in a project that holds the files of the page."""
    plan = folder / "plans" / "example.yaml"
    plan.parent.mkdir(exist_ok=True)
    plan.write_text(whole(text), encoding="utf-8")
    try:
        schedule_of(plan)
    except PlanInvalid as invalid:
        return [fault.message for fault in invalid.faults]
    return []


BLOCKS = blocks_of(PAGE)
GOOD = [block.text for block in BLOCKS if block.language == "yaml" and block.name != "plans/wrong.yaml"]


@pytest.mark.parametrize("text", GOOD)
def test_every_example_is_a_plan_or_a_part_of_one(text, tmp_path):
    write(BLOCKS, tmp_path)
    assert faults_of(text, tmp_path) == []


def test_there_are_examples_of_every_sort():
    sorts = {("- " if text.startswith("- ") else "planrun:" if "planrun:" in text else "") for text in GOOD}
    assert {"- ", "planrun:"} <= sorts


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"{TOP}{STEP}transactions: step\n", "the key 'transactions' is unknown"),
        ("- {id: a, migrate: {sql: SELEC 1}}\n", "syntax error"),
        ("- {id: a, migrate: {template: none.sql}}\n", "there is no file 'none.sql'"),
        ("- {id: a, needs: [b], migrate: {sql: 'SELECT {{ c | literal }}'}}\n", "needs 'b', but no step has this id"),
        ("defaults: {retries: many}\n", "defaults.retries: wanted a whole number from 0 to 100, found 'many'"),
    ],
)
def test_an_example_that_is_none_is_found(text, fault, tmp_path):
    write(BLOCKS, tmp_path)
    found = faults_of(text, tmp_path)
    assert any(fault in message for message in found), found


def test_a_block_that_is_not_closed_hides_no_other():
    assert [block.text for block in blocks_of("```yaml\na: 1\n```\ntext\n```yaml b.yaml\nc: 2\n```\n")] == [
        "a: 1\n",
        "c: 2\n",
    ]


def test_what_validate_says_is_what_the_page_shows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(BLOCKS, tmp_path)
    (shown,) = [block for block in BLOCKS if block.name.startswith("planrun ")]
    result = CliRunner().invoke(program, shown.name.split()[1:])
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", shown.text)


# --- the links ---------------------------------------------------------------------------------


def anchors(page):
    """Return the anchors of a page's headings, as GitHub makes them."""
    page = re.sub(r"^```.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def dead_links(page, folder):
    """Return the links of a page in `folder` that lead to no file, or to no heading in it."""
    dead = []
    for link in re.findall(r"\]\(([^)]+)\)", page):
        name, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = folder / name
        text = page if not name else target.read_text(encoding="utf-8") if target.is_file() else None
        if text is None or (anchor and anchor not in anchors(text)):
            dead.append(link)
    return dead


def test_every_link_leads_somewhere():
    assert dead_links(PAGE, Path(__file__).parents[2] / "docs") == []


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    assert dead_links("# A\n[a](#a) [b](#b) [c](c.md) [d](https://d.example)", tmp_path) == ["#b", "c.md"]
