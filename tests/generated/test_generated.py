"""Generated cases: schema, data, plan and application writes at random; the way back is exact or was refused.

Few cases in everyday runs, always the same; many with PLANRUN_TEST_GENERATED=2000 (on each major), others with each
PLANRUN_TEST_SEED. A case that goes wrong is made smaller and printed as a file for tests/cases/undo.
"""

from __future__ import annotations

import os
import zlib
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from bench import EVERYDAY_MAJORS
from generated.cases import generated
from generated.judging import Bed, Trials, fitting, judge, reduced
from planrun.core.selection import After, Only

CASES = int(os.environ.get("PLANRUN_TEST_GENERATED", "75"))
SEED = int(os.environ.get("PLANRUN_TEST_SEED", "0"))
AGAIN = 5
"""Each how manyth case is run twice and taken back by the printed script."""

TURNED = 3
"""Each how manyth case has its way back taken back, and that in turn."""

IN_PARTS = 3
"""Each how manyth case of several steps goes back at once, and the others in two parts, one of these:"""
PARTS = (After("step_0"), Only("step_0"))

MOST_REFUSED = 0.20
"""What share of the cases of everyday statements may be refused: the generator shall not hide behind refusals."""

MOST_FAILED = 0.05
"""What share may fail by themselves, and prove little."""

LEAST_FITTING = 0.6
"""What share of the generated statements the server has to accept."""

pytestmark = [] if CASES > 1000 else [pytest.mark.majors(*EVERYDAY_MAJORS)]


@pytest.fixture(scope="session")
def bed(server):
    return Bed(server)


def test_whatever_a_plan_did_is_taken_back_exactly_or_was_refused(bed, server, capsys):
    tally: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()

    @seed(100 * SEED + server.installation.major)
    @settings(
        max_examples=CASES,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(generated())
    def run(raw):
        found = fitting(raw, bed)
        tally["statements generated"] += sum(map(len, raw.steps))
        tally["statements fitting"] += sum(map(len, found.steps))
        if not found.steps:
            return
        tally["cases"] += 1
        # By what it is, so that the same case is tried in the same way again.
        number = zlib.crc32(found.text().encode())
        part = PARTS[number % 2] if number % IN_PARTS else None
        trials = Trials(turned=number % TURNED == 0, again=number % AGAIN == 0, part=part)
        verdict = judge(found, bed, trials)
        if verdict.outcome == "wrong":
            found, verdict = reduced(found, verdict, bed, trials)
            pytest.fail(f"{verdict.reason}\n{verdict.detail}\n\nThe case:\n\n{found.text()}", pytrace=False)
        tally[verdict.outcome] += 1
        tally[f"everyday {verdict.outcome}"] += found.everyday
        reasons[verdict.outcome, verdict.reason] += 1

    try:
        run()
    finally:
        with capsys.disabled():
            print(_statistic(server.installation.major, tally, reasons))
    everyday = sum(tally[f"everyday {outcome}"] for outcome in ("restored", "refused", "conflict", "stopped", "failed"))
    assert tally["cases"] >= CASES * 0.8
    assert tally["everyday refused"] <= everyday * MOST_REFUSED
    assert tally["failed"] <= tally["cases"] * MOST_FAILED
    assert tally["statements fitting"] >= tally["statements generated"] * LEAST_FITTING


def _statistic(major, tally, reasons):
    lines = [f"\nPostgreSQL {major}: " + ", ".join(f"{name} {count}" for name, count in sorted(tally.items()))]
    lines += [f"  {count:5} {outcome}: {reason}" for (outcome, reason), count in reasons.most_common() if reason]
    return "\n".join(lines)
