"""Streams that are closed, or that cannot be written: an answer in words and the right exit code, never a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

PLAN = "planrun: 1\nname: rents\nsteps:\n  - {id: one, check: {sql: SELECT 1, expect: {rows: 1}}}\n"
FULL = Path("/dev/full")


def run(folder, words, redirected=""):
    (folder / "plan.yaml").write_text(PLAN)
    line = f'exec "$0" -m planrun {words} {redirected}'
    return subprocess.run(
        ["/bin/sh", "-c", line, sys.executable], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("redirected", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_changes_nothing_but_that_it_holds_nothing(tmp_path, redirected):
    done = run(tmp_path, "show plan.yaml", redirected)
    assert (done.returncode, done.stderr) == (0, "")
    assert (">&-" in redirected.split()) == (done.stdout == "")
    wrong = run(tmp_path, "show missing.yaml", redirected)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert ("2>&-" in redirected) == (wrong.stderr == "")


@pytest.mark.parametrize("words", ["show plan.yaml", "show plan.yaml --json", "execute plan.yaml --dry-run"])
def test_a_result_that_could_not_be_written_is_a_fault_of_the_environment(tmp_path, words):
    assert FULL.exists(), "wanted /dev/full, which Linux has"
    done = run(tmp_path, words, f"> {FULL}")
    assert done.returncode == 3
    assert done.stderr.startswith("error: the result cannot be written to stdout: No space left on device\n")
    assert "Traceback" not in done.stderr


def test_a_reader_who_leaves_changes_nothing(tmp_path):
    done = run(tmp_path, "execute plan.yaml --dry-run", "| head -c 1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "-", "")
