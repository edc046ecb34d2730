"""The definitions of a database as the text that pg_dump makes of them: to compare, not to keep."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from planrun.edges.backups.libpq import environment
from planrun.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planrun.edges.backups.tools import Tools

_NOISE = re.compile(r"^(?:-- Dumped (?:from|by) .*|\\(?:un)?restrict .*)\n", re.MULTILINE)


def definitions(settings: Mapping[str, str], tools: Tools) -> str:
    """Return the schema with owners, privileges and comments, without planrun's own.

    Raises:
        EnvironmentFault: pg_dump failed.
    """
    done = subprocess.run(
        [tools.pg_dump, "--schema-only", "--exclude-schema=planrun", "--no-password"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        env=environment(settings),
    )
    if done.returncode != 0:
        raise EnvironmentFault(f"pg_dump --schema-only failed: {done.stderr.strip()}")
    return _NOISE.sub("", done.stdout)
