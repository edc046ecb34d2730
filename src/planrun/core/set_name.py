"""How the folder of a backup set is named: when it was begun, the plan, the run."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from planrun.core.manifest import Manifest

_LONGEST_PLAN_NAME = 60


def stem(started: datetime, plan: str, run: int) -> str:
    """Return ``<YYYYmmdd_HHMMSS>_<plan>_run<N>``; characters that a file name should not have become ``_``."""
    word = re.sub(r"[^A-Za-z0-9_-]", "_", plan)[:_LONGEST_PLAN_NAME]
    return f"{started.astimezone(UTC):%Y%m%d_%H%M%S}_{word}_run{run}"


def fits(name: str, manifest: Manifest) -> bool:
    """Tell whether a set of that name was made with that manifest: a taken name gets ``_2`` and so on."""
    first = stem(manifest.started, manifest.plan, manifest.run)
    return re.fullmatch(f"{re.escape(first)}(_[1-9][0-9]*)?", name) is not None
