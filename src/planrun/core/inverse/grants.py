"""Privileges: from the access list as it is to the one as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import Grant, quoted
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def restore(
    target: str,
    owner: str,
    before: tuple[Grant, ...] | None,
    after: tuple[Grant, ...] | None,
    *,
    column: str = "",
) -> Iterator[Finding]:
    """Yield the GRANT and REVOKE statements that lead from `after` to `before`.

    Args:
        target: what stands behind ON, such as ``TABLE "app"."leases"``.
        owner: the owner; a privilege given by somebody else cannot be given back by us.
        before: the access list as it was.
        after: the access list as it is.
        column: the quoted column for a column's list, else empty.
    """
    was = {grant[:3]: grant[3] for grant in before or ()}
    now = {grant[:3]: grant[3] for grant in after or ()}
    changed = sorted(key for key in was.keys() | now.keys() if was.get(key) != now.get(key))
    for grantor, grantee, privilege in changed:
        if grantor != owner:
            yield Refusal(f"{privilege} on {target}", f"it was granted by {grantor}, not by the owner {owner}")
            continue
        what = f"{privilege} ({column})" if column else privilege
        whom = _role(grantee)
        key = (grantor, grantee, privilege)
        if key not in was:
            yield Action(Phase.GRANTS_ON, f"REVOKE {what} ON {target} FROM {whom}")
        elif was[key]:
            yield Action(Phase.GRANTS_ON, f"GRANT {what} ON {target} TO {whom} WITH GRANT OPTION")
        elif key in now:
            yield Action(Phase.GRANTS_ON, f"REVOKE GRANT OPTION FOR {what} ON {target} FROM {whom}")
        else:
            yield Action(Phase.GRANTS_ON, f"GRANT {what} ON {target} TO {whom}")


def anew(target: str, name: str, owner: str, grants: Iterable[Grant] | None) -> Iterator[Finding]:
    """Yield statements that give a recreated relation exactly `grants`.

    Default privileges may have given it others, to roles unknown now; these are revoked by looking.

    Args:
        target: what stands behind ON.
        name: the quoted, qualified name of the relation.
        owner: its owner.
        grants: the access list that it had.
    """
    revoke = literal(f"REVOKE ALL ON {target} FROM ")
    yield Action(
        Phase.GRANTS_ON,
        "DO $planrun$ DECLARE grantee pg_catalog.text; BEGIN FOR grantee IN SELECT DISTINCT CASE WHEN x.grantee"
        " OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee))"
        " END FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) x WHERE c.oid OPERATOR(pg_catalog.=) "
        f"{literal(name)}::pg_catalog.regclass LOOP EXECUTE pg_catalog.concat({revoke}, grantee); END LOOP;"
        " END $planrun$",
    )
    yield from restore(target, owner, tuple(grants or ()), ())


def _role(name: str) -> str:
    return quoted(name) if name else "PUBLIC"
