"""Privileges: from the access list as it is to the one as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import Grant, quoted
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal
from planrun.core.quoting import do, literal

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


def kept_by_owner(target: str, owner: str, before: Iterable[Grant], after: Iterable[Grant]) -> Iterator[Finding]:
    """Yield the refusal of privileges that the owner of a table took from itself: the way back reads and writes there.

    Args:
        target: what stands behind ON.
        owner: the owner, before and after.
        before: the access list as it was.
        after: the access list as it is.
    """
    own = ({privilege for _, grantee, privilege, _ in grants if grantee == owner} for grants in (before, after))
    was, now = own
    if was - now:
        taken = ", ".join(sorted(was - now))
        yield Refusal(f"{taken} on {target}", "its owner took it from itself, and the way back needs it")


def anew(target: str, name: str, owner: str, grants: Iterable[Grant] | None) -> Iterator[Finding]:
    """Yield statements that give a recreated relation exactly `grants`.

    Args:
        target: what stands behind ON.
        name: the quoted, qualified name of the relation.
        owner: its owner.
        grants: the access list that it had.
    """
    default = "pg_catalog.acldefault(CASE c.relkind WHEN 'S' THEN 's'::\"char\" ELSE 'r'::\"char\" END, c.relowner)"
    yield revoked(target, "pg_class", f"coalesce(c.relacl, {default})", f"{literal(name)}::pg_catalog.regclass")
    yield from restore(target, owner, tuple(grants or ()), ())


def revoked(target: str, catalog: str, acl: str, oid: str) -> Action:
    """Return what revokes all that a recreated object has: default privileges may give to roles unknown until then.

    Args:
        target: what stands behind ON.
        catalog: the system catalog of the object.
        acl: its access list, an expression over its row `c` there.
        oid: an expression that gives its OID.
    """
    revoke = literal(f"REVOKE ALL ON {target} FROM ")
    return Action(
        Phase.GRANTS_ON,
        do(
            "DECLARE grantee pg_catalog.text; BEGIN FOR grantee IN SELECT DISTINCT CASE WHEN x.grantee"
            " OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee))"
            f" END FROM pg_catalog.{catalog} c, pg_catalog.aclexplode({acl}) x WHERE c.oid OPERATOR(pg_catalog.=) {oid}"
            f" LOOP EXECUTE pg_catalog.concat({revoke}, grantee); END LOOP; END"
        ),
    )


def merged(acl: tuple[Grant, ...] | None, old: str, new: str) -> tuple[Grant, ...] | None:
    """Return what OWNER TO makes of an access list: all that was the old owner's, or came from it, is the new one's."""
    if acl is None:
        return None
    found: dict[tuple[str, str, str], bool] = {}
    for grantor, grantee, privilege, option in acl:
        key = (new if grantor == old else grantor, new if grantee == old else grantee, privilege)
        found[key] = found.get(key, False) or option
    return tuple((*key, option) for key, option in found.items())


def left(
    acl: tuple[Grant, ...] | None, before: tuple[Grant, ...] | None, after: tuple[Grant, ...] | None
) -> tuple[Grant, ...] | None:
    """Return what is left of a column's access list when its table's goes from `after` to `before`.

    REVOKE on a table takes the same privilege on its columns with it.
    """
    was = {grant[:3]: grant[3] for grant in before or ()}
    taken = {grant[:3] for grant in after or () if grant[:3] not in was}
    options = {grant[:3] for grant in after or () if grant[3] and not was.get(grant[:3], True)}
    if acl is None or not taken | options:
        return acl
    return tuple((*grant[:3], grant[3] and grant[:3] not in options) for grant in acl if grant[:3] not in taken)


def _role(name: str) -> str:
    return quoted(name) if name else "PUBLIC"
