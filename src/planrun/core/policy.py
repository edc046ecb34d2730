"""What happens to a conflict: a later write of the application that a rollback would overwrite."""

from __future__ import annotations

from enum import StrEnum


class OnConflict(StrEnum):
    """What a rollback does where the application changed what it would restore.

    ABORT: it changes nothing and lists the conflicts. KEEP: the application's row or value stays. RESTORE: the row or
    value of before the run comes back; what it replaces is saved, and comes again when the rollback is rolled back.
    """

    ABORT = "abort"
    KEEP = "keep"
    RESTORE = "restore"


KEPT = ("changed", "deleted", "exists", "referenced")
"""Kinds of conflict where the application's row or value can stay."""

RESTORED = ("changed", "deleted", "missing", "exists", "filled", "rows", "altered")
"""Kinds of conflict where what was before can come back."""
