"""The rows of one table in the script of a dump, however it is cut into blocks."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planrun.core.manifest import TableName
from planrun.edges.backups import csv_rows
from planrun.edges.backups.copy_blocks import copied
from planrun.errors import StepFailed

SCRIPT = rb"""--
-- PostgreSQL database dump
--
\restrict x
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);
DROP TABLE everything;
COPY public.other (id) FROM stdin;
1
COPY public.t (id) FROM stdin;
\.

COPY public.t (id, "a ""b"", (c)
d", e) FROM stdin;
1	x	\\.
2	\N	\.x
\.

COPY "odd ""s"".
"."t" ("only") FROM stdin;
9
\.
COPY public.empty (id) FROM stdin;
\.
COPY public.none  FROM stdin;


\.
"""


def rows_of(script, schema, name):
    names = []
    found = b"".join(copied(iter(script), TableName(schema, name), names.extend, "the dump"))
    return names, found


def cut(content, places):
    ends = sorted({0, len(content), *(place % len(content) for place in places)})
    return [content[start:end] for start, end in itertools.pairwise(ends)]


@given(st.lists(st.integers(0, 10_000), max_size=60))
def test_the_rows_of_a_table_are_found_wherever_the_script_is_cut(places):
    script = cut(SCRIPT, places)
    assert rows_of(script, "public", "t") == (["id", 'a "b", (c)\nd', "e"], b"1\tx\t\\\\.\n2\t\\N\t\\.x\n")
    assert rows_of(script, 'odd "s".\n', "t") == (["only"], b"9\n")
    assert rows_of(script, "public", "empty") == (["id"], b"")
    assert rows_of(script, "public", "none") == ([], b"\n\n")
    assert rows_of(script, "public", "other") == (["id"], b"1\nCOPY public.t (id) FROM stdin;\n")


def test_every_single_byte_may_be_a_block():
    assert rows_of([SCRIPT[i : i + 1] for i in range(len(SCRIPT))], "public", "t")[1].startswith(b"1\tx")


def test_what_is_not_there_or_has_no_end_is_told():
    with pytest.raises(StepFailed, match=r"the dump holds no rows of table public\.tt"):
        rows_of([SCRIPT], "public", "tt")
    with pytest.raises(StepFailed, match="ends in the midst of the rows"):
        rows_of([SCRIPT[: SCRIPT.index(b"\\.x")]], "public", "t")


@given(st.lists(st.lists(st.sampled_from(["", "a", '"', "\n", ",", '\n"\n'])), max_size=20), st.integers(1, 7))
def test_rows_of_a_csv_file_are_counted_whatever_stands_in_quotes(rows, size):
    def written(value):
        text = "".join(value)
        return '"' + text.replace('"', '""') + '"' if set(text) & set('",\n') else text

    content = ("head\n" + "".join(f"{written(value)}\n" for value in rows)).encode()
    blocks = [content[start : start + size] for start in range(0, len(content), size)]
    assert csv_rows.count(blocks) == len(rows)
    told = []
    assert list(csv_rows.watched(blocks, told.append)) == blocks
    assert sum(told) == len(rows)
