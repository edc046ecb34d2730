"""What a template may use while it renders."""

from __future__ import annotations

from planrun.frozen import frozen


@frozen
class Limits:
    """What one rendering may use.

    Attributes:
        size: bytes of rendered text, in UTF-8.
        seconds: wall-clock time.
        turns: turns of loops, calls and includes together.
        span: how many numbers `range` may give.
        depth: how deep includes may lie in one another.
    """

    size: int = 16 * 1024 * 1024
    seconds: float = 10.0
    turns: int = 1_000_000
    span: int = 100_000
    depth: int = 16
