"""Which database a command is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.edges.postgres.connection import Params, parse
from planrun.errors import Refused, UsageFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planrun.core.plan import Plan

_SECRETS = ("password", "sslpassword")


def resolve(url: str | None, environ: Mapping[str, str], plan: Plan | None, *, option: str = "--url") -> Params:
    """Return how to connect: `option`, else PLANRUN_URL, else DATABASE_URL, else the plan's target; libpq the rest.

    Raises:
        UsageFault: the string cannot be read, or a password stands on the command line, where every process sees it.
        Refused: the string wants another service or sslmode than the plan's target.
    """
    pins = _of_plan(plan)
    if url is not None:
        params = parse(url, origin=option)
        if found := [name for name in _SECRETS if name in params]:
            raise UsageFault(
                f"{option} holds a {found[0]}, which every process of this machine can read",
                hint="put it into PGPASSWORD, ~/.pgpass or a service file, or the whole URL into PLANRUN_URL",
            )
        return _pinned(params, pins, option)
    for name in ("PLANRUN_URL", "DATABASE_URL"):
        if environ.get(name):
            return _pinned(parse(environ[name], origin=name), pins, name)
    return Params(pins, "the plan's target" if pins else "")


def _pinned(params: Params, pins: Mapping[str, str], origin: str) -> Params:
    """Hold a connection string to those pins that no server can tell afterwards."""
    for name in ("service", "sslmode"):
        if name in pins and params.get(name, pins[name]) != pins[name]:
            raise Refused(
                f"the plan is for {name} {pins[name]}, {origin} says {params[name]}",
                hint="give the right one, or correct target: in the plan",
            )
    if "sslmode" in pins:
        params["sslmode"] = pins["sslmode"]
    return params


def _of_plan(plan: Plan | None) -> dict[str, str]:
    if plan is None:
        return {}
    target = plan.target
    given = {
        "dbname": target.database,
        "host": target.host,
        "port": str(target.port) if target.port is not None else None,
        "user": target.user,
        "service": target.service,
        "sslmode": target.sslmode,
    }
    return {name: value for name, value in given.items() if value is not None}
