"""Looks whether a plan's runs and backups want a person, and tells those whom the plan names: `planrun alert`.

It only reads. What it finds is told each time that it is asked, as long as it is so.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from planrun.app.notifying import explained, message, origin
from planrun.app.opening import open_target
from planrun.app.sights import looks
from planrun.core.alerts import Problem, Standing, problems
from planrun.core.console import plural
from planrun.core.notice import excerpt, line, quotation
from planrun.core.redaction import secrets
from planrun.edges import notify
from planrun.edges.postgres import history, monitoring
from planrun.edges.postgres import lease as leases
from planrun.edges.postgres import server as servers
from planrun.edges.postgres.trouble import told
from planrun.edges.postgres.unreached import describe
from planrun.errors import EnvironmentFault, PlanrunError, UsageFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from planrun.core.notice import Notice
    from planrun.core.plan import Notify, Plan
    from planrun.edges.postgres.connection import Connection

MOST_TOLD = 50
"""How many problems a message lists; the command lists all of them."""


@frozen
class AlertReport:
    """What wants a person, at `now` by the server's clock; events since `since`.

    Attributes:
        stores: the addresses of the stores that were looked at.
        notice: the message; None if all is well.
        sent: how many addresses got it.
    """

    plan: str
    target: str
    now: datetime
    since: datetime
    stores: tuple[str, ...]
    problems: tuple[Problem, ...]
    notice: Notice | None = None
    sent: int = 0


def alert(plan: Plan, params: Mapping[str, str], since: int, *, sends: bool = True) -> AlertReport:
    """Look at the history of a plan and at its stores, and send what was found.

    Args:
        plan: what is expected, and who is told.
        params: how to connect.
        since: how far back events are told, in milliseconds.
        sends: whether the message is sent, where the plan names addresses.

    Raises:
        EnvironmentFault: the target cannot be reached or read, which is told to those whom the plan names as well; or
            the message could not be sent, then what was found is in it; or all is well, and there is no address to
            which anything else could be sent.
        Refused: this is not the database that the plan is for; told as well.
    """
    try:
        report = _looked(plan, params, since)
    except PlanrunError as error:
        if sends and plan.notify is not None and not isinstance(error, UsageFault):
            _send_trouble(plan, plan.notify, params, error)
        raise
    if not report.problems:
        if sends and plan.notify is not None:
            _reachable(report, plan.notify)
        return report
    notice = _notice(plan, report)
    sent = _sent(notice, plan.notify) if sends and plan.notify is not None else 0
    return replace(report, notice=notice, sent=sent)


def _reachable(report: AlertReport, to: Notify) -> None:
    """Refuse to say that all is well where nobody could have been told otherwise."""
    try:
        notify.urls(to.urls_from)
    except EnvironmentFault as error:
        error.add_note(f"{report.plan} on {report.target}: nothing else wants a person")
        raise


def _sent(notice: Notice, to: Notify) -> int:
    try:
        return notify.send(notice, to.urls_from)
    except EnvironmentFault as error:
        error.add_note(f"what could not be told:\n{notice.body}")
        raise


def _send_trouble(plan: Plan, to: Notify, params: Mapping[str, str], first: PlanrunError) -> None:
    parts = [line(f"target: {describe(params)}"), *origin(), "", *explained(first)]
    try:
        notify.send(message(plan, "ALERT, the target cannot be looked at", parts), to.urls_from)
    except EnvironmentFault as second:
        first.add_note(f"the notification could not be sent: {second.message}")


def _notice(plan: Plan, report: AlertReport) -> Notice:
    known = secrets(os.environ)
    lines = [line(f"target: {report.target}"), *origin()]
    for problem in report.problems[:MOST_TOLD]:
        lines += ["", line(f"{problem.trouble}: {problem.message}", known)]
        lines += [quotation(problem.error, known)] if problem.error else []
    if len(report.problems) > MOST_TOLD:
        lines += ["", f"and {len(report.problems) - MOST_TOLD} more; planrun alert lists them"]
    number = len(report.problems)
    return message(plan, f"{number} {plural('alert', number)}", lines)


# --- looking -------------------------------------------------------------------------------------


def _looked(plan: Plan, params: Mapping[str, str], since: int) -> AlertReport:
    connection, server = open_target(params, plan)
    with connection, told(connection, f"alert {plan.name}"):
        now = servers.clock(connection)
        standing = _standing(connection, plan, now, now - timedelta(milliseconds=since))
    known = secrets(os.environ)
    found = tuple(replace(one, error=excerpt(one.error, known)) for one in problems(standing, plan.alert))
    return AlertReport(plan.name, server.address, now, standing.since, tuple(standing.stores), found)


def _standing(connection: Connection, plan: Plan, now: datetime, since: datetime) -> Standing:
    installed = history.installed(connection)
    return Standing(
        now=now,
        since=since,
        holder=leases.holder(connection) if installed else None,
        runs=history.runs(connection, plan.name) if installed else (),
        artifacts=monitoring.artifacts(connection, plan.name) if installed else (),
        stores=looks(plan),
    )
