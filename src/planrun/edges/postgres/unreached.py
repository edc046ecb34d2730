"""Why a connection could not be opened: what was wanted and who named it, what was found, and what to do about it.

libpq gives no SQLSTATE here, so its words are looked at. What they do not tell, or another language, gets the hint
that fits them all.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from psycopg import pq

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL = "[local]"
"""How a Unix socket in libpq's own folder is called, as psql does."""

_HEAD = re.compile(
    r"(?:connection failed: |connection is bad: )?"
    r'(?:connection to server (?:at|on socket) "(?P<at>[^"]*)"(?: \([^)]*\))?(?:, port \d+)? failed: )?'
    r"(?:FATAL: +)?"
)
_ADDRESS = ("service", "host", "hostaddr", "port", "user", "dbname")
"""The keywords that name a database."""

_CHECK = "check host, port, user and database; a password comes from PGPASSWORD, ~/.pgpass or a service file"
_NAME = "name the database by --url, PLANRUN_URL, DATABASE_URL or the plan's target"
_LETS_IN = "put the right one into PGPASSWORD, ~/.pgpass or a service file, or the whole URL into PLANRUN_URL"

_HINTS = (
    ("Connection refused", "no server listens there: is it up, and are host and port right?"),
    ("No such file or directory", "no server listens at {at}: is it up, and are its folder (host) and port right?"),
    ("Permission denied", "this user may not open {at}: run as one who may, or name a host"),
    ("timeout", "nothing answers there: are host and port right, and does a firewall let this machine through?"),
    ("resolve host", "is the name right, and does this machine's DNS know it?"),
    ("translate host name", "is the name right, and does this machine's DNS know it?"),
    (
        "Peer authentication failed",
        "there a role is for the system's user of its name: run as that one, or name a host",
    ),
    ("authentication failed", f"is the role right, and its password? {_LETS_IN}"),
    ("no password supplied", f"the server wants a password: {_LETS_IN}"),
    ("no pg_hba.conf entry", "the server's pg_hba.conf does not let this role, database, address or encryption in"),
    ("pg_hba.conf rejects", "the server's pg_hba.conf does not let this role, database, address or encryption in"),
    ("not support SSL", "let the server speak SSL, or ask for less by sslmode (prefer, disable)"),
    ("certificate", "name the certificate of its authority by sslrootcert, and the host as the certificate does"),
    ("is not permitted to log in", "name a role that may: CREATE ROLE ... LOGIN"),
    ("permission denied for database", "let the role in: GRANT CONNECT ON DATABASE ... TO ..."),
    ("starting up", "wait until the server is ready, and run the command again"),
    ("shutting down", "wait until the server is up again, and run the command again"),
    ("too many c", "close other connections, or raise the limit of the server, the database or the role"),
    ("connection slots", "close other connections, or raise max_connections of the server"),
    ("definition of service", "write the service into ~/.pg_service.conf or the file that PGSERVICEFILE names"),
    ("is not a PostgreSQL", _CHECK),
    ("invalid ", "correct this part of the connection string, or the variable of libpq that gives it"),
)
"""A part of libpq's or the server's words, and what to do then; the first that fits."""

_MISSING = re.compile(r'(role|database) ".*" does not exist')


def describe(params: Mapping[str, str]) -> str:
    """Return what may be printed of a target: user, host, port and database, as libpq will have them."""
    service = params.get("service") or os.environ.get("PGSERVICE")
    if service and not any(keyword in params for keyword in _ADDRESS if keyword != "service"):
        return f"service {service}"
    found = dict(params) if service else {**_defaults(), **params}
    host = found.get("host") or found.get("hostaddr") or ("" if service else LOCAL)
    port = f":{found['port']}" if "port" in found else ""
    user = f"{found['user']}@" if "user" in found else ""
    name = found.get("dbname") or ("" if service else found.get("user", ""))
    return f"{user}{host}{port}/{name}{f' (service {service})' if service else ''}"


def told(params: Mapping[str, str], error: Exception) -> tuple[str, str]:
    """Return the message and the hint of a connection that failed; neither holds a password."""
    named = named_by(params)
    line = _first_line(error, params)
    head = _HEAD.match(line)
    at = (head and head["at"]) or "the socket"
    reason = line[head.end() :] if head else line
    by = f", named by {named}" if named else ""
    hint = _hint(reason, at, named) if params or named else f"{_NAME}; {_CHECK}"
    return f"cannot connect to {describe(params)}{by}: {reason}", hint


def named_by(params: Mapping[str, str]) -> str:
    """Return who named the database: an option, a variable, the plan; and the variables of libpq that add to it."""
    variables = [name for item in pq.Conninfo.get_defaults() if (name := _adds(item, params))]
    sources = [*([origin] if (origin := getattr(params, "origin", "")) else []), *variables]
    *most, last = sources or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _adds(item: pq.ConninfoOption, params: Mapping[str, str]) -> str:
    """Return the variable by which the environment gives a keyword that `params` leave open; empty if it does not."""
    keyword, variable = item.keyword.decode(), item.envvar.decode() if item.envvar else ""
    return variable if keyword in _ADDRESS and keyword not in params and os.environ.get(variable) else ""


def _hint(reason: str, at: str, named: str) -> str:
    if missing := _MISSING.search(reason):
        name = f"is its name right in {named}" if named else "is its name right"
        return f"{name}, and is this the right server? else create the {missing[1]}"
    return next((hint.format(at=at) for words, hint in _HINTS if words in reason), _CHECK)


def _defaults() -> dict[str, str]:
    found = {item.keyword.decode(): item.val.decode() for item in pq.Conninfo.get_defaults() if item.val}
    return {keyword: value for keyword, value in found.items() if keyword in _ADDRESS}


def _first_line(error: Exception, params: Mapping[str, str]) -> str:
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else "no reason given"
    for password in (params.get("password"), os.environ.get("PGPASSWORD")):
        text = text.replace(password, "********") if password else text
    return text
