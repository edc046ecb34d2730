"""What lies between the content of a backup and the bytes in its file: compressed first, then encrypted.

The file is written through `NewFile`, which hashes what is stored; so a checksum fits without any key, and damage is
found before anything is decrypted. Memory is bounded by the size of a block, whatever the size of the file.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from planrun.core.plan import Compression
from planrun.edges.backups import compression as squeezing
from planrun.edges.backups import disk, encryption
from planrun.errors import UsageFault
from planrun.ports import unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from planrun.edges.backups.disk import Block, NewFile
    from planrun.edges.backups.encryption import Identities
    from planrun.errors import Fault

_BLOCK = 1 << 20
_SUFFIXES = {None: "", Compression.GZIP: ".gz", Compression.ZSTD: ".zst"}


def faults(compressions: Iterable[Compression | None], recipients: Sequence[str]) -> tuple[Fault, ...]:
    """Return everything that keeps files from being written so: missing libraries, recipients that are none."""
    found = [fault for compression in compressions for fault in squeezing.faults(compression)]
    return tuple(dict.fromkeys([*found, *encryption.faults(recipients)]))


def suffix(compression: Compression | None, recipients: Sequence[str]) -> str:
    """Return what follows the name of a file that is written so, such as ``.gz.age``."""
    return _SUFFIXES[compression] + (".age" if recipients else "")


def write(
    blocks: Iterable[Block],
    target: NewFile,
    *,
    compression: Compression | None = None,
    recipients: Sequence[str] = (),
) -> None:
    """Write `blocks` to `target`, compressed and encrypted as wanted, and flush it.

    Raises:
        EnvironmentFault: the disk refuses the file.
        UsageFault: a library is missing, or a recipient is none; what `blocks` raises goes through.
    """
    stream = blocks if compression is None else squeezing.compress(blocks, compression)
    if recipients:
        encryption.encrypt(stream, target.write, recipients)
    else:
        for block in stream:
            target.write(block)
    target.flush()


def reading(
    path: Path,
    compression: str | None = None,
    encrypted: str | None = None,
    identities: Identities | None = None,
    progress: Callable[[int], None] = unseen,
) -> Iterator[bytes]:
    """Yield the content of a file, decrypted and decompressed.

    A missing end shows at the end: what was read counts once the last block came without an error. The SHA-256 of
    the file is not compared here, see `verify`.

    Args:
        path: of the file; a link is not followed.
        compression: as the manifest has it, ``gzip``, ``zstd`` or None.
        encrypted: as the manifest has it, ``age`` or None.
        identities: the private keys: see `encryption.read_identities`.
        progress: told the bytes as they are read, before they are decompressed.

    Raises:
        UsageFault: the file is encrypted and there is no key, or a library is missing.
        EnvironmentFault: the file cannot be read, none of the keys fits, or it was damaged or cut.
    """
    if encrypted is not None and identities is None:
        raise UsageFault(
            f"{path.name} is encrypted, and wants the private key of one of its recipients",
            hint="name the file of the key with --identity",
        )
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", _BLOCK) as file:
            stream: Iterator[bytes] = iter(lambda: file.read(_BLOCK), b"")
            if encrypted is not None and identities is not None:
                stream = encryption.decrypt(file, identities)
            stream = _counted(stream, progress)
            if compression is not None:
                stream = squeezing.decompress(stream, Compression(compression))
            yield from stream
    except OSError as error:
        raise disk.fault(error, path, "read") from error


def _counted(stream: Iterator[bytes], progress: Callable[[int], None]) -> Iterator[bytes]:
    for block in stream:
        yield block
        progress(len(block))
