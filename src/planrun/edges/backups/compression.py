"""CSV files made smaller: gzip by the standard library, zstd by zstandard (the extra ``zstd``), imported late.

Both formats end with a checksum of the content, so that damage and a missing end are found while reading.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol

from planrun.core.plan import Compression
from planrun.errors import EnvironmentFault, Fault, UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.edges.backups.disk import Block

_GZIP = 31
"""zlib's number for its largest window, in the format of gzip."""
_GZIP_LEVEL = 6
_ZSTD_LEVEL = 3
_BLOCK = 1 << 20
_BITE = 1 << 12
"""A block of zstd holds up to 128 KiB in a few bytes: what is fed at once bounds the memory that comes of it."""

_CURE = "pip install 'planrun[zstd]', or set compress: gzip"


class _Squeezer(Protocol):
    def compress(self, block: Block, /) -> bytes: ...
    def flush(self) -> bytes: ...


def faults(compression: Compression | None) -> tuple[Fault, ...]:
    """Return why nothing can be compressed so; empty if it can."""
    if compression is not Compression.ZSTD:
        return ()
    try:
        import zstandard  # noqa: F401, PLC0415 - loaded by those who want it alone
    except ImportError:
        return (Fault("compress: zstd: wanted the library zstandard, which is not installed", hint=_CURE),)
    return ()


def compress(blocks: Iterable[Block], compression: Compression) -> Iterator[bytes]:
    """Yield `blocks` compressed.

    Raises:
        UsageFault: the library is not installed.
    """
    squeezer = _squeezer(compression)
    for block in blocks:
        if small := squeezer.compress(block):
            yield small
    yield squeezer.flush()


def decompress(blocks: Iterable[bytes], compression: Compression) -> Iterator[bytes]:
    """Yield the content of compressed `blocks`.

    Raises:
        EnvironmentFault: they were damaged or cut, or something follows the end.
        UsageFault: the library is not installed.
    """
    match compression:
        case Compression.GZIP:
            return _gunzip(blocks)
        case Compression.ZSTD:
            return _unzstd(blocks)


def _squeezer(compression: Compression) -> _Squeezer:
    match compression:
        case Compression.GZIP:
            return zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP)
        case Compression.ZSTD:
            _require()
            import zstandard  # noqa: PLC0415

            return zstandard.ZstdCompressor(_ZSTD_LEVEL, write_checksum=True).compressobj()


def _gunzip(blocks: Iterable[bytes]) -> Iterator[bytes]:
    reader = zlib.decompressobj(_GZIP)
    try:
        for block in blocks:
            rest = block
            while rest and not reader.eof:
                yield reader.decompress(rest, _BLOCK)
                rest = reader.unconsumed_tail
            if reader.unused_data or (reader.eof and rest):
                raise _damaged("something follows its end")
    except zlib.error as error:
        raise _damaged(str(error)) from error
    if not reader.eof:
        raise _damaged("its end is missing")


def _unzstd(blocks: Iterable[bytes]) -> Iterator[bytes]:
    _require()
    import zstandard  # noqa: PLC0415

    reader = zstandard.ZstdDecompressor().decompressobj()
    try:
        for block in blocks:
            for start in range(0, len(block), _BITE):
                if reader.eof:
                    raise _damaged("something follows its end")
                if content := reader.decompress(block[start : start + _BITE]):
                    yield content
    except zstandard.ZstdError as error:
        raise _damaged(str(error)) from error
    if not reader.eof or reader.unused_data:
        raise _damaged("something follows its end" if reader.eof else "its end is missing")


def _require() -> None:
    for fault in faults(Compression.ZSTD):
        raise UsageFault(fault.message, hint=fault.hint)


def _damaged(why: str) -> EnvironmentFault:
    return EnvironmentFault(f"the compressed file was damaged or cut: {why}")
