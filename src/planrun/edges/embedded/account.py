"""Which account an embedded server runs as, and binaries that this account can execute.

PostgreSQL refuses to run as root. Root therefore runs it as `nobody`, which exists everywhere, owns nothing
and stays as it is: no account is made, and no directory of the system or of a home is opened for it.
`postgres` would not do, since it may own a real cluster. Where the installed binaries stand in a private
directory, the work directory gets links to them, or copies.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from planrun.errors import EnvironmentFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from planrun.edges.embedded.find import Installation

_UNPRIVILEGED = "nobody"
_BESIDE_BINARIES = ("lib", "share")
_UNUSED = ("*.a", "pkgconfig", "pgxs", "cmake", "locale", "doc", "man")
_SECONDS_TO_ANSWER = 20


@frozen
class Account:
    """An account other than that of this process, which only root can switch to."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """Return the account that a server started by this process runs as; None is the process's own.

    Raises:
        EnvironmentFault: PostgreSQL cannot run under the present user id.
    """
    uid = os.geteuid()
    if uid == 0:
        return _unprivileged()
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise EnvironmentFault(
            f"the user id {uid} has no entry in the passwd database, and PostgreSQL's initdb wants one",
            hint="run as an account that exists; in a container, as root or with --user of such an account",
        ) from None
    return None


def executable_bindir(installation: Installation, account: Account | None, spare: Path) -> Path:
    """Return a directory of server binaries that `account` can execute.

    Args:
        installation: the binaries that are wanted.
        account: who is to execute them.
        spare: a directory to be made for links or copies, if they are needed.

    Raises:
        EnvironmentFault: the account can execute neither the installed binaries nor the copies.
        OSError: the disk is full, or the copies cannot be written.
    """
    if account is None or _runs(installation.bindir, account):
        return installation.bindir
    copied = _copy_installation(installation.bindir.resolve(), spare)
    if not _runs(copied, account):
        raise EnvironmentFault(
            f"the account {account.name} can execute PostgreSQL {installation.version} neither in "
            f"{installation.bindir} nor in {spare}",
            hint="is the file system of the temporary directory mounted noexec? set TMPDIR to another",
        )
    return copied


def _unprivileged() -> Account:
    try:
        entry = pwd.getpwnam(_UNPRIVILEGED)
    except KeyError:
        raise EnvironmentFault(
            f"PostgreSQL does not run as root, and there is no account {_UNPRIVILEGED} to run it as",
            hint="run planrun as an ordinary user",
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _runs(bindir: Path, account: Account) -> bool:
    try:
        answer = subprocess.run(
            [bindir / "postgres", "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            timeout=_SECONDS_TO_ANSWER,
        )
    except PermissionError:
        return False
    return answer.returncode == 0


def _copy_installation(bindir: Path, spare: Path) -> Path:
    """Copy what the server needs, keeping the places that its relative library paths (rpath) point to."""
    prefix = bindir.parent
    package = prefix.parent
    target = spare / package.name / prefix.name
    for part in (bindir.name, *_BESIDE_BINARIES):
        if (prefix / part).is_dir():
            _copy_tree(prefix / part, target / part)
    libraries = package.with_name(f"{package.name}.libs")  # where wheels keep bundled shared libraries
    if libraries.is_dir():
        _copy_tree(libraries, spare / libraries.name)
    for directory, _, _ in os.walk(spare):
        Path(directory).chmod(0o755)  # whatever the umask, and the modes of the originals, are
    return target / bindir.name


def _copy_tree(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*_UNUSED), copy_function=_link_or_copy)


def _link_or_copy(source: str, target: str) -> None:
    """Link a file that everybody may use as it is, else make a copy that everybody may use."""
    original = Path(source).resolve()
    mode = original.stat().st_mode
    wanted = 0o755 if mode & 0o100 else 0o644
    if mode & 0o005 == wanted & 0o005 and _link(original, target):
        return
    shutil.copyfile(original, target)
    Path(target).chmod(wanted)


def _link(original: Path, target: str) -> bool:
    try:
        os.link(original, target)
    except OSError:
        return False  # another file system, or one without links: the caller copies
    return True
