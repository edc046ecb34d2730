"""Starting and stopping one embedded server, so that none is ever left behind.

The server runs under a watchdog, a small shell that reads a pipe from this program. However the program ends,
the pipe closes with it; the watchdog then stops the server and removes its data. A server is kept by writing
a line into the pipe once it is ready. Neither initdb nor the server sees the PG* variables of this program.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import ExitStack
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Self

from planrun.edges.embedded import kept, workdir
from planrun.edges.embedded.account import Account, executable_bindir, server_account
from planrun.edges.embedded.address import PORT, SUPERUSER
from planrun.edges.embedded.sweep import sweep
from planrun.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from planrun.edges.embedded.address import Address
    from planrun.edges.embedded.find import Installation
    from planrun.edges.embedded.workdir import WorkDir

DISPOSABLE: Mapping[str, str] = MappingProxyType(
    {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
)
"""Settings for data that nobody misses after a crash of the machine."""

# The first argument is what to remove, the others are the server's command line. `read` fails when the program
# is gone and succeeds when it hands the server over; the reader never outlives the server. `rm` may fail: an
# account of its own cannot remove the directory's own entry.
_WATCHDOG = """
doomed=$1; shift
exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ IFS= read -r _ || kill -INT "$server"; } <&3 3<&- & reader=$!
exec 3<&-
trap '' INT HUP TERM QUIT
wait "$server"; status=$?
kill "$reader"
rm -rf -- "$doomed" 2>/dev/null
exit "$status"
"""

_SECONDS_TO_START = 60.0
_SECONDS_TO_STOP = 30.0
_SECONDS_BETWEEN_LOOKS = 0.01
_TAIL_LINES = 12
_TAIL_BYTES = 8192
_PID_LINE, _STATUS_LINE = 0, 7  # of postmaster.pid, as pg_ctl reads it


class Server:
    """A running server; leaving its `with` block stops it and removes its data, unless it is kept.

    Attributes:
        installation: the binaries that it was started from, client tools included.
        pid: the process id of the postmaster.
        workdir: its work directory.
    """

    def __init__(
        self,
        installation: Installation,
        directory: WorkDir,
        pid: int,
        *,
        watchdog: subprocess.Popen[bytes],
        lock: IO[bytes],
        keep: bool,
    ) -> None:
        self.installation = installation
        self.pid = pid
        self.workdir = directory.path
        self._directory = directory
        self._watchdog = watchdog
        self._lock = lock
        self._keep = keep
        self._stopped = False

    @property
    def address(self) -> Address:
        """Where it listens."""
        return self._directory.address

    @property
    def socket_dir(self) -> Path:
        """The directory of its Unix socket, which only its account and root may enter."""
        return self.address.socket_dir

    @property
    def log(self) -> Path:
        """The file of its messages, unless a setting sends them elsewhere."""
        return self._directory.log

    @property
    def data(self) -> Path:
        """Its data directory."""
        return self._directory.data

    def params(self, database: str = "postgres", user: str = SUPERUSER) -> dict[str, str]:
        """Return libpq's keywords for `database` as role `user`."""
        return self.address.params(database, user)

    def url(self, database: str = "postgres", user: str = SUPERUSER) -> str:
        """Return the URL of `database` as role `user`; it holds no password."""
        return self.address.url(database, user)

    def stop(self) -> None:
        """Stop the server, kept or not, disconnecting its clients, and remove its data; twice does no harm.

        Raises:
            EnvironmentFault: a kept server does not end.
        """
        if self._stopped:
            return
        if self._keep:
            kept.stop_kept(self.workdir)
        else:
            _end(self._watchdog)
            self._directory.remove()
            self._lock.close()
        self._stopped = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._keep:
            self.stop()


def start(installation: Installation, *, settings: Mapping[str, str] = DISPOSABLE, keep: bool = False) -> Server:
    """Make a new cluster and start a server on it; return when it accepts connections.

    The cluster has the superuser ``postgres``, encoding UTF8 and locale C. Every role connects without a
    password: what guards the server is its socket's directory, open to the server's account and root alone.

    Args:
        installation: the binaries.
        settings: PostgreSQL's settings by name; those that say where it listens are the launcher's.
        keep: let the server outlive this program. It is then found with `kept_servers` and stopped with
            `stop_kept` (or `kill -INT` and its pid); its data are removed when it stops.

    Raises:
        EnvironmentFault: this account cannot run PostgreSQL, no place fits, initdb or the server failed, or
            the disk is full; the message ends with the last lines of the log.
    """
    try:
        sweep()
        account = server_account()
        with ExitStack() as undo:
            directory, lock = workdir.make(account)
            undo.callback(lock.close)
            undo.callback(directory.remove)
            server = _start_in(directory, lock, installation, account, settings, keep=keep)
            undo.pop_all()
            return server
    except OSError as error:
        raise EnvironmentFault(
            f"cannot start PostgreSQL {installation.version} from {installation.bindir}: {error}"
        ) from error


def _start_in(
    directory: WorkDir,
    lock: IO[bytes],
    installation: Installation,
    account: Account | None,
    settings: Mapping[str, str],
    *,
    keep: bool,
) -> Server:
    bindir = executable_bindir(installation, account, directory.path / "binaries")
    _initdb(bindir, directory, account)
    with directory.log.open("x+b") as log, ExitStack() as undo:
        watchdog = _launch(bindir, directory, account, settings, log, inherited=(lock,) if keep else ())
        undo.callback(_end, watchdog)
        pid = _wait_until_ready(directory, watchdog, log)
        if keep:
            kept.record(directory, pid, installation.version)
            _let_go(watchdog)
            lock.close()  # the server holds it now
        undo.pop_all()
    return Server(installation, directory, pid, watchdog=watchdog, lock=lock, keep=keep)


def _initdb(bindir: Path, directory: WorkDir, account: Account | None) -> None:
    initdb = subprocess.run(
        [
            *(bindir / "initdb", "-D", directory.data, "-U", SUPERUSER, "-A", "trust"),
            *("-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        cwd="/",
        env=_environment(),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if initdb.returncode:
        raise EnvironmentFault(f"initdb failed in {directory.path}:\n{_tail(initdb.stdout)}")


def _launch(
    bindir: Path,
    directory: WorkDir,
    account: Account | None,
    settings: Mapping[str, str],
    log: IO[bytes],
    *,
    inherited: tuple[IO[bytes], ...],
) -> subprocess.Popen[bytes]:
    ours = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": _as_list_item(directory.address.socket_dir),
        "unix_socket_permissions": "0700",
    }
    options = [word for name, value in {**settings, **ours}.items() for word in ("-c", f"{name}={value}")]
    # An account of its own may write only inside `work`; the rest goes with our stop, or with a later sweep.
    doomed = directory.work if account else directory.path
    return subprocess.Popen(
        ["/bin/sh", "-c", _WATCHDOG, "planrun", doomed, bindir / "postgres", "-D", directory.data, *options],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        cwd="/",
        env=_environment(),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        start_new_session=True,  # Ctrl-C is for the program, which stops the server when it has cleaned up
        pass_fds=[file.fileno() for file in inherited],
    )


def _wait_until_ready(directory: WorkDir, watchdog: subprocess.Popen[bytes], log: IO[bytes]) -> int:
    """Return the postmaster's process id once it accepts connections."""
    end = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < end:
        pid = _ready_pid(directory.data / "postmaster.pid")
        if pid is not None:
            return pid
        if watchdog.poll() is not None:
            raise EnvironmentFault(f"the PostgreSQL server ended while starting:\n{_log_tail(log)}")
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    raise EnvironmentFault(f"the PostgreSQL server was not ready after {_SECONDS_TO_START:.0f} s:\n{_log_tail(log)}")


def _ready_pid(file: Path) -> int | None:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    is_ready = len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"
    return int(lines[_PID_LINE]) if is_ready else None


def _end(watchdog: subprocess.Popen[bytes]) -> None:
    """Close the pipe, on which the watchdog stops the server; be rude to a server that does not listen."""
    if watchdog.stdin:
        watchdog.stdin.close()
    try:
        watchdog.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        os.killpg(watchdog.pid, signal.SIGQUIT)  # an immediate shutdown; the watchdog itself ignores it
        watchdog.wait()


def _let_go(watchdog: subprocess.Popen[bytes]) -> None:
    """Tell the watchdog that the server stays, and stop accounting for it."""
    if watchdog.stdin:
        with watchdog.stdin as pipe:
            pipe.write(b"keep\n")
    watchdog.returncode = 0  # it outlives us on purpose: no ResourceWarning about a child that still runs


def _environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**inherited, "LC_ALL": "C"}


def _as_list_item(path: Path) -> str:
    """Quote a directory for a setting that takes a list of them."""
    return '"' + str(path).replace('"', '""') + '"'


def _log_tail(log: IO[bytes]) -> str:
    # Read through our own descriptor: the watchdog may have removed the file already.
    size = os.fstat(log.fileno()).st_size
    return _tail(os.pread(log.fileno(), _TAIL_BYTES, max(0, size - _TAIL_BYTES)))


def _tail(output: bytes) -> str:
    lines = output.decode("utf-8", errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-_TAIL_LINES:])
