"""What can be wrong with a file and its YAML before anybody asks whether it is a plan."""

import os

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planrun.edges.source import composer, load
from planrun.edges.source.composer import DEEPEST
from planrun.edges.source.reading import LARGEST_FILE
from planrun.edges.source.scalars import resolve
from planrun.errors import Fault, Place, PlanInvalid

GOOD = "planrun: 1\nname: a\nsteps: [{id: a, check: {confirm: b}}]\n"
QUOTES = "a value that starts with one of { [ % @ ` & * ! or holds ': ' wants quotes around it"


@pytest.fixture
def faults(tmp_path, monkeypatch):
    """Load a plan of these bytes and return its faults as people read them, without hints."""
    monkeypatch.chdir(tmp_path)

    def of(content):
        path = tmp_path / "p.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(PlanInvalid) as caught:
            load(path.relative_to(tmp_path))
        return [str(fault) for fault in caught.value.faults]

    return of


# --- the file ----------------------------------------------------------------------------------


def test_a_missing_file(tmp_path):
    path = tmp_path / "p.yaml"
    with pytest.raises(PlanInvalid) as caught:
        load(path)
    assert caught.value.faults == (Fault("wanted a plan, found no such file", Place(str(path)), "check the path"),)


def test_a_folder(tmp_path):
    with pytest.raises(PlanInvalid) as caught:
        load(tmp_path)
    fault = Fault("wanted a plan, found a folder", Place(str(tmp_path)), "name a plan inside it")
    assert caught.value.faults == (fault,)


def test_a_file_that_cannot_be_read(tmp_path):
    path = tmp_path / "loop.yaml"
    path.symlink_to(path)  # the superuser may read any file, but nobody can follow this
    with pytest.raises(PlanInvalid) as caught:
        load(path)
    reason = os.strerror(40)
    assert caught.value.faults == (Fault(f"the file cannot be read: {reason}", Place(str(path))),)


def test_a_file_of_the_largest_size_is_read(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(GOOD + "#" * (LARGEST_FILE - len(GOOD)))
    assert load(path).name == "a"


def test_a_larger_file_is_not(faults):
    assert faults(GOOD + "#" * (LARGEST_FILE - len(GOOD) + 1)) == [
        "p.yaml: the file is larger than 1 MiB\n    hint: keep long SQL in files beside the plan"
    ]


INIT = "planrun init makes a folder with a first plan to go by"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (
            b"a: 1\nb: \xc3\xa9\xff",
            "p.yaml:2:5: wanted UTF-8 text, found the byte 0xff\n    hint: save the file as UTF-8",
        ),
        (
            "a: 1".encode("utf-16"),
            "p.yaml:1:1: wanted UTF-8 text, found the byte 0xff\n    hint: save the file as UTF-8",
        ),
        (
            b"a: 1\nb: \xc3\xa9\x07",
            (
                "p.yaml:2:5: found the character '\\x07', which YAML does not allow\n"
                "    hint: in double quotes it may stand escaped"
            ),
        ),
        (
            b"\xef\xbb\xbf\x07",
            (
                "p.yaml:1:1: found the character '\\x07', which YAML does not allow\n"
                "    hint: in double quotes it may stand escaped"
            ),
        ),
        (
            b"",
            f"p.yaml:1:1: wanted a plan, found an empty file\n    hint: {INIT}",
        ),
        (
            b"# nothing\n\n",
            f"p.yaml:1:1: wanted a plan, found an empty file\n    hint: {INIT}",
        ),
        (
            b'a: "\\0"',
            "p.yaml:1:4: found the character '\\x00', which PostgreSQL cannot store in text\n    hint: remove it",
        ),
    ],
)
def test_bytes_that_are_no_text(faults, content, fault):
    assert fault in faults(content)


# --- the syntax --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (
            "a: [1\nb: 2",
            (
                "p.yaml:2:2: not YAML: did not find expected ',' or ']' while parsing a flow sequence "
                f"that starts at line 1\n    hint: {QUOTES}"
            ),
        ),
        (
            "a: b: c",
            f"p.yaml:1:5: not YAML: mapping values are not allowed in this context\n    hint: {QUOTES}",
        ),
        (
            "a:\n\t- b",
            (
                "p.yaml:2:1: not YAML: found character that cannot start any token while scanning for the next token\n"
                "    hint: indent with spaces, not with tabs"
            ),
        ),
        (
            "a: 1\nb: {% if x %}",
            (
                "p.yaml:2:5: not YAML: found character that cannot start any token while scanning for the next token\n"
                f"    hint: {QUOTES}"
            ),
        ),
        (
            "a: 'x",
            f"p.yaml:1:6: not YAML: found unexpected end of stream while scanning a quoted scalar\n    hint: {QUOTES}",
        ),
    ],
)
def test_what_is_not_yaml(faults, content, fault):
    assert faults(content) == [fault]


def test_faults_before_a_syntax_error_are_told_too(faults):
    assert faults("a: 1\na: 2\nb: [\n") == [
        "p.yaml:2:1: the key 'a' is written twice, first at p.yaml:1:1\n    hint: remove one of them",
        f"p.yaml:4:1: not YAML: did not find expected node content while parsing a flow node\n    hint: {QUOTES}",
    ]


@pytest.mark.parametrize(("left", "right"), ["[]", ("{a: ", "}")])
def test_nesting_is_bounded(faults, left, right):
    depth = DEEPEST  # the document itself and `vars` are two
    assert faults(f"vars: {left * depth}{right * depth}") == [
        f"p.yaml:1:{7 + len(left) * (depth - 1)}: lists and mappings lie more than 64 deep inside one another"
    ]


def test_nesting_up_to_the_bound_is_read(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(f"{GOOD}vars: {{a: {'[' * (DEEPEST - 2)}{']' * (DEEPEST - 2)}}}\n")
    assert load(path).name == "a"


# --- what YAML allows and a plan does not ------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "name: b",
            ["p.yaml:4:1: the key 'name' is written twice, first at p.yaml:2:1\n    hint: remove one of them"],
        ),
        (
            'vars: {b: 1, "b": 2}',
            ["p.yaml:4:14: the key 'b' is written twice, first at p.yaml:4:8\n    hint: remove one of them"],
        ),
        (
            "vars: {b: &c 1}",
            [
                (
                    "p.yaml:4:11: anchors such as &c are not allowed in a plan\n"
                    "    hint: remove it; text that starts with & wants quotes around it"
                )
            ],
        ),
        (
            "vars: {b: [*c]}",
            [
                (
                    "p.yaml:4:12: aliases such as *c are not allowed in a plan\n"
                    "    hint: write the value out; text that starts with * wants quotes around it"
                )
            ],
        ),
        (
            "description: *c",  # that no text stands there is not told a second time
            [
                (
                    "p.yaml:4:14: aliases such as *c are not allowed in a plan\n"
                    "    hint: write the value out; text that starts with * wants quotes around it"
                )
            ],
        ),
        (
            "vars: {<<: {b: 1}}",
            ["p.yaml:4:8: merge keys (<<) are not allowed in a plan\n    hint: write the keys out"],
        ),
        (
            "vars: {b: !!python/name:os.system x}",
            [
                (
                    "p.yaml:4:11: tags such as '!!python/name:os.system' are not allowed in a plan\n"
                    "    hint: remove it; text that starts with ! wants quotes around it"
                )
            ],
        ),
        (
            "description: !!str 010",
            [
                (
                    "p.yaml:4:14: tags such as '!!str' are not allowed in a plan\n"
                    "    hint: remove it; text that starts with ! wants quotes around it"
                )
            ],
        ),
        (
            "description: !a%1b x",  # a tag may hide a control character
            [
                (
                    "p.yaml:4:14: tags such as '!a\\x1b' are not allowed in a plan\n"
                    "    hint: remove it; text that starts with ! wants quotes around it"
                )
            ],
        ),
        (
            "description: !mine x",
            [
                (
                    "p.yaml:4:14: tags such as '!mine' are not allowed in a plan\n"
                    "    hint: remove it; text that starts with ! wants quotes around it"
                )
            ],
        ),
        (
            "vars: {a: {{ b }}}",
            [
                (
                    "p.yaml:4:12: wanted a word as a key, found a mapping\n"
                    "    hint: text that starts with { or [ wants quotes around it"
                )
            ],
        ),
        (
            "vars: {[b]: c}",
            [
                (
                    "p.yaml:4:8: wanted a word as a key, found a list\n"
                    "    hint: text that starts with { or [ wants quotes around it"
                )
            ],
        ),
        (
            "vars: {b: .inf, c: 1e999}",
            [
                (
                    "p.yaml:4:11: wanted a finite number, found .inf\n"
                    "    hint: put quotes around it if it is meant as text"
                ),
                (
                    "p.yaml:4:20: wanted a finite number, found 1e999\n"
                    "    hint: put quotes around it if it is meant as text"
                ),
            ],
        ),
        ("---\nname: b", ["p.yaml:4:1: wanted one plan in a file, found a second document that starts here"]),
    ],
)
def test_what_yaml_allows_and_a_plan_does_not(faults, line, expected):
    assert faults(f"{GOOD}{line}\n") == expected


def test_a_quoted_merge_key_is_a_key(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(GOOD + 'vars: {"<<": 1}')
    assert load(path).vars == {"<<": 1}


def test_ten_thousand_million_laughs_cost_nothing(faults):
    lines = ["a0: &a0 lol", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 11))]
    found = faults("\n".join(lines))
    assert len([fault for fault in found if "aliases such as" in fault]) == 100


# --- scalars -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, None) for text in ("", "~", "null", "Null", "NULL")),
        *((text, True) for text in ("true", "True", "TRUE")),
        *((text, False) for text in ("false", "False", "FALSE")),
        *((text, text) for text in ("no", "No", "yes", "on", "off", "y", "n", "tRUE", "nULL")),
        *((text, text) for text in ("12:30", "2024-01-01", "1_000", "0b11", "0o8", "-0o7", "0xg", "1e", ".", "-", "+")),
        *((text, text) for text in ("٣", "1 ", " 1", "1\n", "inf", "nan", "=", "<<", "9" * 65)),
        ("010", 10),
        ("-7", -7),
        ("+7", 7),
        ("0o17", 15),
        ("0xFf", 255),
        ("1.10", 1.1),
        ("1.", 1.0),
        (".5", 0.5),
        ("-1.5e-3", -0.0015),
        ("1E3", 1000.0),
        ("9" * 64, int("9" * 64)),
    ],
)
def test_plain_scalars_follow_the_core_schema(text, value):
    found = resolve(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", [".inf", "-.Inf", "+.INF", ".nan", ".NaN", "1e999"])
def test_what_is_not_finite_comes_back_as_such(text):
    assert str(resolve(text)).lstrip("-") in {"inf", "nan"}


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**200), 2**200))
def test_numbers_as_python_writes_them_come_back(number):
    assert resolve(repr(number)) == number


# --- nothing gets through that is not told ------------------------------------------------------

FRAGMENTS = (
    *("planrun: 1\n", "name: a\n", "steps:\n", "- id: a\n", "  needs: [a]\n", "  check: {sql: x, expect: {rows: 1}}\n"),
    *("&a ", "*a", "!t ", "<<: ", "? ", "{{ x }}", "|\n", ">-\n", "'", '"', "\\0", "[", "]", "{", "}", "- ", ": "),
    *("---\n", "...\n", "%YAML 1.1\n", "#", "\t", "\x85", "\u2028", "\ufeff", "\x00", "\r", "0x1", ".nan", "é"),
)


def outcome(path):
    """Return the faults of the plan at the path, none if it is good; anything but PlanInvalid ends the test."""
    try:
        load(path)
    except PlanInvalid as invalid:
        return invalid.faults or ["no fault is told"]
    return ()


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join) | st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
def test_whatever_the_file_holds_a_plan_or_faults_come_of_it(tmp_path, loader, monkeypatch, content):
    monkeypatch.setattr(composer, "_LOADER", loader)
    path = tmp_path / "p.yaml"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    assert all(fault.place.file == str(path) for fault in outcome(path))
