"""The settings of one transaction: those that planrun reads values under, and those that the plan's SQL runs under."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.gate import GATE
from planrun.core.quoting import literal
from planrun.edges.postgres.connection import FIXED, MEMORY
from planrun.edges.postgres.queries import prepared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planrun.core.plan import Plan
    from planrun.edges.postgres.connection import Connection


_PLANNING = {
    # Planning the queries on the catalogs anew each time would cost more than running them.
    "plan_cache_mode": "force_generic_plan",
}
_RUNNING = ("jit", "work_mem")
"""What the plan's own SQL is run with as its role has it, whatever its output is read under."""


class Session:
    """Switches a connection between planrun's own settings and the plan's, always for one transaction only.

    Nothing depends on the state of a session, so that a pooler in transaction mode may stand between.
    """

    def __init__(self, connection: Connection, plan: Plan) -> None:
        self._connection = connection
        self._plan = plan
        self._home = self._read()
        self._own = f"SELECT {_assigned(self._settings_of_our_own())}"
        self._users = {fixed: _assigned(self._settings_of_users(fixed_output=fixed)) for fixed in (False, True)}

    @property
    def search_path(self) -> str:
        """The plan's search_path, else that of the role and database."""
        if self._plan.search_path is None:
            return self._home["search_path"]
        return ", ".join(quoted(name) for name in self._plan.search_path)

    @property
    def to_own(self) -> str:
        """The statement that switches to the settings under which a value has one text, and no name is looked up.

        Locks are waited for no longer than the plan says; planrun's own reading may take its time.
        """
        return self._own

    def own(self, before: str = "", after: str = "") -> None:
        """Switch to planrun's own settings; send other statements before and after that in the same message."""
        if before or after:
            self._connection.execute(f"{before};{self._own};{after}".encode())
        else:
            prepared(self._connection, self._own)

    def to_users(self, gate: int) -> str:
        """Return the target list by which a query switches to the plan's settings, beside what it reads.

        Args:
            gate: the number of the parameter that holds the word which opens the capture triggers of a step. A text
                with the word in it would be planned anew with each step.
        """
        return f"{self._users[False]}, pg_catalog.set_config({literal(GATE)}, ${gate}, true)"

    def users(self, *, fixed_output: bool = False, gate: str | None = None) -> None:
        """Switch to the role's and database's settings, the plan's search_path and its time limits.

        Args:
            fixed_output: keep the output formats fixed, as checks need that compare texts.
            gate: the word that opens the capture triggers of a step.
        """
        if gate is None:
            prepared(self._connection, f"SELECT {self._users[fixed_output]}")
        else:
            prepared(self._connection, f"SELECT {self.to_users(1)}", (gate,))

    def _settings_of_our_own(self) -> dict[str, str]:
        limits = {"lock_timeout": f"{self._plan.defaults.lock_timeout}ms", "statement_timeout": "0"}
        memory = {"work_mem": self._home[MEMORY]}
        return FIXED | _PLANNING | {"role": self._home["role"]} | limits | memory

    def _settings_of_users(self, *, fixed_output: bool) -> dict[str, str]:
        kept = {*_PLANNING, *_RUNNING, "role"}
        settings = {
            name: value for name, value in self._home.items() if name != MEMORY and (name in kept or not fixed_output)
        }
        settings["search_path"] = self.search_path
        settings["row_security"] = self._home["row_security"]
        settings["lock_timeout"] = f"{self._plan.defaults.lock_timeout}ms"
        settings["statement_timeout"] = f"{self._plan.defaults.statement_timeout}ms"
        return settings

    def forget(self) -> None:
        """Take back the role that a step may have taken on for longer than its transaction."""
        self._connection.execute("RESET ROLE")

    def _read(self) -> dict[str, str]:
        names = [*sorted(FIXED | _PLANNING), "role", "work_mem", MEMORY]
        row = self._connection.execute(
            "SELECT " + ", ".join(f"pg_catalog.current_setting('{name}')" for name in names)
        ).fetchone()
        return dict(zip(names, row or (), strict=True))


def _assigned(settings: Mapping[str, str]) -> str:
    # As literals: twenty parameters cost more than all the rest.
    return ", ".join(
        f"pg_catalog.set_config({literal(name)}, {literal(value)}, true)" for name, value in settings.items()
    )
