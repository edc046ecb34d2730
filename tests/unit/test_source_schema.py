"""The schema file itself: valid, described, closed, in step with the loader, and found."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from planrun.core import plan
from planrun.core.duration import is_duration
from planrun.edges.data import data_path, data_root
from planrun.edges.source.composer import compose
from planrun.edges.source.conforming import conforms
from planrun.edges.source.sentences import SENTENCES
from planrun.edges.source.shape import document, plan_schema
from planrun.errors import EnvironmentFault

RAW = json.loads(data_path("schemas", "plan.schema.json").read_text(encoding="utf-8"))
EVERYTHING = Path(__file__).parent / "plans" / "everything.yaml"

# Keywords that judge nothing by themselves: words for people, and those whose subschemas judge.
SILENT = {"$schema", "title", "description", "properties", "items", "dependentSchemas"}


def subschemas(schema):
    """Yield the schema and every schema in it."""
    yield schema
    for keyword in ("properties", "dependentSchemas", "$defs"):
        for inner in schema.get(keyword, {}).values():
            yield from subschemas(inner)
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, dict):
            yield from subschemas(inner)
    for inner in schema.get("oneOf", []) + schema.get("anyOf", []):
        yield from subschemas(inner)


def described(schema):
    """Yield the keys that a plan may hold, with their schemas; exclusions of keys are none."""
    for part in subschemas(schema):
        for key, inner in part.get("properties", {}).items():
            if "not" not in inner:
                yield key, inner


def test_it_is_a_valid_schema():
    Draft202012Validator.check_schema(RAW)
    assert RAW["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_key_has_a_description():
    assert [key for key, schema in described(RAW) if not schema.get("description")] == []


def test_every_mapping_is_closed_but_vars():
    mappings = (schema for schema in subschemas(plan_schema()) if "object" in schema.get("type", ""))
    open_ones = [schema for schema in mappings if "additionalProperties" not in schema]
    assert open_ones == [plan_schema()["properties"]["vars"]]


def test_no_reference_is_left_for_the_validator():
    assert "$ref" not in json.dumps(plan_schema())


def test_every_keyword_that_judges_has_its_sentence():
    keywords = {keyword for schema in subschemas(plan_schema()) for keyword in schema} - SILENT
    assert keywords == set(SENTENCES)


def test_alternatives_are_keys_only():
    """`oneOf` and `anyOf` are told as a choice of keys, so they must be nothing else."""
    for schema in subschemas(plan_schema()):
        for alternative in schema.get("oneOf", []) + schema.get("anyOf", []):
            assert (list(alternative), len(alternative["required"])) == (["required"], 1)


def test_lower_bounds_are_one():
    """An empty list or text is told as such, so no other bound may stand there."""
    bounds = ("minItems", "minLength", "minProperties")
    found = {schema[word] for schema in subschemas(RAW) for word in bounds if word in schema}
    assert found == {1}


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (RAW["properties"]["transaction"]["enum"], plan.Transaction),
        (RAW["properties"]["on_failure"]["enum"], plan.OnFailure),
        (RAW["$defs"]["severity"]["enum"], plan.Severity),
        (RAW["$defs"]["dump"]["properties"]["format"]["enum"], plan.DumpFormat),
    ],
)
def test_closed_words_are_those_of_the_plan_values(words, values):
    assert words == list(values)


@given(st.from_regex(r"[0-9]{0,11}(ms|s|min|h|d|m|)", fullmatch=True))
def test_durations_of_the_schema_are_those_of_the_core(text):
    schema = RAW["$defs"]["duration"]
    assert Draft202012Validator(schema).is_valid(text) == is_duration(text)


# --- the quick yes -----------------------------------------------------------------------------

SCALARS = [None, True, False, 0, 1, 1.0, 2.5, -1, 10**9, "", "a", "1", "id\n", "abort", "5s"]
MAPPINGS = [{}, {"sql": "SELECT 1"}, {"min": 1}, {"sql": "SELECT 1", "template": "a.sql"}, {"id": "a", "migrate": {}}]
# Each drawn value is a copy: one that a later change filled would be drawn filled from then on.
VALUES = st.sampled_from([*SCALARS, *MAPPINGS, [], ["a", "a"], ["a"], [1, True]]).map(copy.deepcopy)


def places(value):
    """Yield every mapping and list of a document, with the keys that lead to what it holds."""
    match value:
        case dict():
            inner = list(value.items())
        case list():
            inner = list(enumerate(value))
        case _:
            return
    for key, below in inner:
        yield value, key
        yield from places(below)


def everything():
    root, _ = compose(EVERYTHING.read_text(encoding="utf-8"), "everything.yaml")
    return document(root)


def test_a_right_plan_gets_the_quick_yes():
    assert conforms(everything(), plan_schema())


@given(st.data())
def test_the_quick_yes_is_never_said_where_the_validator_finds_a_fault(data):
    changed = copy.deepcopy(everything())
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(list(places(changed))))
        word = data.draw(st.sampled_from(sorted(keys_used(changed))))
        match data.draw(st.sampled_from(["replace", "remove", "add"])):
            case "replace":
                holder[key] = data.draw(VALUES)
            case "remove":
                del holder[key]
            case _ if isinstance(holder, dict):
                holder[word] = data.draw(VALUES)
            case _:
                holder.append(data.draw(VALUES))
    if conforms(changed, plan_schema()):
        assert list(Draft202012Validator(plan_schema()).iter_errors(changed)) == []


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (True, {"const": 1}),
        (True, {"type": "integer"}),
        (1, {"enum": [True]}),
        ("name\n", {"pattern": "^name$"}),
        (["a", "a"], {"uniqueItems": True}),
        ({"a": 1}, {"properties": {"a": {"not": {}}}}),
        ({"a": 1, "b": 1}, {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
        ({"b": 1}, {"properties": {"a": {}}, "additionalProperties": False}),
        ({"a": 1}, {"dependentRequired": {"a": ["b"]}}),
        (1, {"keyword of tomorrow": 1}),
    ],
)
def test_what_is_wrong_or_unknown_gets_no_quick_yes(value, schema):
    assert not conforms(value, schema)


def keys_used(value):
    match value:
        case dict():
            return set(value).union(*map(keys_used, value.values()))
        case list():
            return set().union(*map(keys_used, value))
        case _:
            return set()


def test_the_plan_of_everything_uses_every_key():
    root, _ = compose(EVERYTHING.read_text(encoding="utf-8"), "everything.yaml")
    assert {key for key, _ in described(RAW)} - keys_used(document(root)) == set()


def test_an_editor_that_knows_only_the_schema_finds_no_fault_either():
    """Scalars that only our loader reads as text apart, the document is valid as YAML 1.2 gives it."""
    root, _ = compose(EVERYTHING.read_text(encoding="utf-8"), "everything.yaml")
    assert list(Draft202012Validator(RAW).iter_errors(document(root))) == []


# --- where the file lies -----------------------------------------------------------------------


def test_in_a_checkout_it_lies_beside_src(tmp_path):
    package = tmp_path / "src" / "planrun"
    package.mkdir(parents=True)
    assert data_root(package) == tmp_path


def test_in_an_installed_wheel_it_lies_in_the_package(tmp_path):
    package = tmp_path / "site-packages" / "planrun"
    (package / "_data").mkdir(parents=True)
    assert data_root(package) == package / "_data"


def test_what_is_not_there_is_a_damaged_installation():
    with pytest.raises(EnvironmentFault) as caught:
        data_path("schemas", "nothing.json")
    assert caught.value.message.startswith("planrun's own schemas/nothing.json is missing, wanted at ")
    assert caught.value.hint == "install planrun again"
