"""How sets are named, and which names a manifest can have been given."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from planrun.core.manifest import Manifest, Origin
from planrun.core.set_name import fits, stem
from planrun.edges.backups.folder import run_of

STARTED = datetime(2026, 1, 31, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
MANIFEST = Manifest("a plan/é", 12, STARTED, Origin(database="d", server_version="18", tool_version="0.1"))


def test_a_name_holds_the_time_in_utc_and_only_letters_that_a_file_may_have():
    assert stem(STARTED, "a plan/é", 12) == "20260201_013000_a_plan___run12"
    assert len(stem(STARTED, "x" * 500, 1)) == len("20260201_013000__run1") + 60
    assert run_of(stem(datetime(2026, 1, 1, tzinfo=UTC), "p", 7)) == 7


@pytest.mark.parametrize(
    ("name", "is_its"),
    [
        ("20260201_013000_a_plan___run12", True),
        ("20260201_013000_a_plan___run12_2", True),
        ("20260201_013000_a_plan___run12_0", False),
        ("20260201_013000_a_plan___run12_2_2", False),
        ("20260201_013000_a_plan___run1", False),
        ("20260201_013000_a_plan___run123", False),
        ("20260131_233000_a_plan___run12", False),
        ("20260201_013000_b_plan___run12", False),
        ("20260201_013000_a_plan___run12\n", False),
    ],
)
def test_a_name_fits_its_manifest_alone(name, is_its):
    assert fits(name, MANIFEST) is is_its
