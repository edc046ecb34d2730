"""Stale work directories: what a killed program left behind is removed before the next server starts.

The watchdog of a killed program stops the server and removes the data. When it runs as another account it
cannot remove the directory around them, and a machine that lost power ran no watchdog at all. A directory is
stale when it is ours and nobody holds its lock. Should a server still run in it, because its watchdog was
killed too, it notices within a minute that its files are gone, and ends.
"""

from __future__ import annotations

from contextlib import suppress

from planrun.edges.embedded import workdir


def sweep() -> None:
    """Remove the work directories of this user that no program and no kept server holds.

    Raises:
        OSError: one could not be removed.
    """
    for directory in workdir.ours():
        with suppress(FileNotFoundError):  # another sweep was faster
            lock = directory.hold()
            if lock:
                with lock:
                    directory.remove()
