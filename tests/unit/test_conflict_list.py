"""Conflicts are held in little room, however many there are, and nothing of them is lost."""

from __future__ import annotations

import io
import json
import tracemalloc
from contextlib import redirect_stdout

import pytest

from planrun.cli import output
from planrun.cli.conflicts import conflict_text
from planrun.core import conflict_list
from planrun.errors import ConflictRecord

FEW = (
    ConflictRecord("a", '"public"."t"', "id = 1", "v", None, "", "\\N\n\u20ac\U0001f600", "changed"),
    ConflictRecord("b", '"public"."t"', "", None, "x" * 300_000, None, "y" * 300_000, "exists", "kept"),
    ConflictRecord("b", '"public"."t"', "id = 2", "v", "1", "2", "3", "changed", "restored"),
)
MANY = 8_000
ROOM = 2_500_000
"""What so many may take, in bytes; as a tuple alone they take more."""


@pytest.mark.parametrize("many", [(), FEW, FEW[:1] * 1200 + FEW], ids=["none", "few", "many"])
def test_it_holds_what_it_was_given(many):
    found = conflict_list.records(iter(many))
    assert (len(found), bool(found)) == (len(many), bool(many))
    assert tuple(found) == tuple(found) == many
    assert found == many
    assert many == found
    assert found[-1:] == many[-1:]
    assert hash(found) == hash(many)


def test_it_is_another_with_other_conflicts():
    assert conflict_list.records(FEW) != FEW[:2]
    assert conflict_list.records(FEW) != "abc"


class Length(io.TextIOBase):
    """A stream that counts and forgets."""

    written = 0

    def write(self, text):
        self.written += len(text)
        return len(text)


def test_many_are_held_and_told_in_little_room():
    tracemalloc.start()
    try:
        found = conflict_list.records(
            ConflictRecord("step", '"public"."t"', f"id = {n}", "v", f"v{n}", f"v{n}x", f"app{n}", "changed")
            for n in range(MANY)
        )
        text = conflict_text(found)
        with redirect_stdout(Length()) as stream:
            output.document("rollback", ok=False, error={"conflicts": found})
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert f"{MANY - 20:,} more" in text
    assert "id = 0 " in text
    assert "id = 20 " not in text
    assert stream.written > 200 * MANY
    assert most < ROOM, most


def test_a_document_is_written_as_json_writes_it():
    fields = {"none": (), "empty": {}, "deep": {"list": [1, {"a": [2, []]}, "x\n"]}, "null": None, "found": FEW[:1]}
    with redirect_stdout(io.StringIO()) as stream:
        output.document("x", ok=True, **fields | {"found": conflict_list.records(FEW[:1]), "lazy": map(str, [1, 2])})
    wanted = {"command": "x", "ok": True, **output.plain(fields), "lazy": ["1", "2"]}
    assert stream.getvalue() == json.dumps(wanted, indent=2) + "\n"
