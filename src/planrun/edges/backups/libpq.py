"""How pg_dump learns where to connect: by its environment alone, complete, and with nothing inherited.

Arguments can be read by everybody on the machine. A service file is not handed on, since its entries win over
the environment's and could lead pg_dump to another database than the one that planrun is connected to.
"""

from __future__ import annotations

import ipaddress
import os
from typing import TYPE_CHECKING, Any

from psycopg import pq

from planrun.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

_NEEDED = ("host", "dbname", "user")
# PGOPTIONS and PGCLIENTENCODING would change what pg_dump writes; a service would override everything else.
_LEFT_OUT = frozenset({"service", "servicefile", "options", "client_encoding"})
# They only tune the connection, and libpq knows no environment variable for them.
_TUNING = frozenset(
    {
        "fallback_application_name",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "replication",
        "sslkeylogfile",
        "tcp_user_timeout",
    }
)
_INHERITED = (
    "HOME",
    "KRB5CCNAME",
    "KRB5_CONFIG",
    "LD_LIBRARY_PATH",
    "LOGNAME",
    "PATH",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "USER",
)
_CURE = "make the settings with settings_of(connection), from the connection that planrun uses"


def settings_of(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Return the libpq settings that an open connection was really made with, its password included.

    Service file, passfile and environment are resolved already, and of several hosts it is the one reached:
    pg_dump goes to the same server and database.
    """
    settings = {
        option.keyword.decode(): option.val.decode()
        for option in connection.pgconn.info
        if option.val and option.keyword.decode() not in _LEFT_OUT
    }
    info = connection.info
    settings |= {"host": info.host, "port": str(info.port), "dbname": info.dbname, "user": info.user}
    settings |= {key: text for key, text in (("hostaddr", info.hostaddr), ("password", info.password)) if text}
    return settings


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a PostgreSQL client program.

    Raises:
        UsageFault: the settings do not say which database, or hold one that cannot be handed on.
    """
    missing = [key for key in _NEEDED if not settings.get(key)]
    if missing or settings.get("service"):
        what = f"lack {', '.join(missing)}" if missing else "name a service"
        raise UsageFault(f"the connection settings for pg_dump {what}", hint=_CURE)
    known = {option.keyword.decode(): option for option in pq.Conninfo.get_defaults()}
    passed: dict[str, str] = {}
    for key, text in settings.items():
        if key in _LEFT_OUT or key in _TUNING or not text:
            continue
        variable = known[key].envvar if key in known else None
        if variable is None:
            raise UsageFault(
                f"the connection setting {key} cannot be handed to pg_dump without showing it to others",
                hint="authenticate in another way for backups, such as a password or an unencrypted key",
            )
        passed[variable.decode()] = text
    return plain_environment() | passed


def plain_environment() -> dict[str, str]:
    """Return the environment of a program that does not connect: no secret of ours, English messages."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return kept | {"LC_ALL": "C"}


def secrets(settings: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values that must not be shown, by libpq's own mark for them."""
    marked = {option.keyword.decode() for option in pq.Conninfo.get_defaults() if option.dispchar == b"*"}
    return tuple(text for key, text in settings.items() if key in marked and text)


def without_tls_is_enough(settings: Mapping[str, str]) -> bool:
    """Return whether a client without TLS may be used: the server is local and no TLS is asked for."""
    if settings.get("sslmode") in ("require", "verify-ca", "verify-full"):
        return False
    hosts = (settings.get("hostaddr") or settings.get("host") or "/").split(",")
    return all(_is_local(host) for host in hosts)


def _is_local(host: str) -> bool:
    if host.startswith(("/", "@")) or host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return False
