"""From a path to text: what can be wrong with the file itself is found here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planrun.edges.source.words import quoted
from planrun.errors import Fault, Place, PlanInvalid

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE = 1024 * 1024
"""How many bytes a plan may have."""

# The characters that YAML calls non-printable.
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read(path: Path) -> str:
    """Return the text of a plan file, without a byte order mark.

    Raises:
        PlanInvalid: it cannot be read, is too large, or is not UTF-8 text.
    """
    file = str(path)
    data = _bytes(path)
    if len(data) > LARGEST_FILE:
        raise _invalid("the file is larger than 1 MiB", Place(file), "keep long SQL in files beside the plan")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place(file, error.object[: error.start].decode())
        message = f"wanted UTF-8 text, found the byte 0x{error.object[error.start]:02x}"
        raise _invalid(message, place, "save the file as UTF-8") from None
    stray = _NOT_TEXT.search(text)
    if stray:
        message = f"found the character {quoted(stray[0])}, which YAML does not allow"
        raise _invalid(message, _place(file, text[: stray.start()]), "in double quotes it may stand escaped")
    return text


def _bytes(path: Path) -> bytes:
    """Return the content of the file, one byte more than allowed at most."""
    file = str(path)
    try:
        with path.open("rb") as stream:
            return stream.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise _invalid("wanted a plan, found no such file", Place(file), "check the path") from None
    except IsADirectoryError:
        raise _invalid("wanted a plan, found a folder", Place(file), "name a plan inside it") from None
    except OSError as error:
        raise _invalid(f"the file cannot be read: {error.strerror}", Place(file), None) from error


def _place(file: str, before: str) -> Place:
    """Return the place of the character that follows the text `before`."""
    return Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _invalid(message: str, place: Place, hint: str | None) -> PlanInvalid:
    return PlanInvalid((Fault(message, place, hint),))
