"""The SQL of plans/consolidation.yaml: its statements, sent in order on a plain connection, and its checks.

What happens to a rental term is tested rule by rule on a few rows (docs/consolidation.md has the rules), then
on the whole sample. Each check must also fail when what it guards is broken.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from bench import EVERYDAY_MAJORS
from planrun.app import scheduling
from planrun.core.plan import Severity
from planrun.core.schedule import CheckWork, CsvWork, MigrateWork, TableCopyWork
from planrun.edges.postgres import checks
from planrun.edges.source import load
from planrun.samples import Sample, read

PLAN = Path(__file__).parents[2] / "plans" / "consolidation.yaml"

TERMS = {
    "tenants": (
        "rent",
        "rental_start_date",
        "rental_end_date",
        "rental_type",
        "rental_frequency",
        "maintenance_fee",
    ),
    "units": ("rent", "deposit", "start_date", "end_date", "rent_frequency"),
    "property_tenants": ("rent_amount", "deposit_amount", "start_date", "end_date"),
}


class Rental:
    """A rental database, how a test writes to it, and how the plan runs on it."""

    def __init__(self, connection, steps):
        self.connection = connection
        self.steps = {step.id: step.work for step in steps}
        self.saved = {}
        connection.execute(read(Sample.SCHEMA))

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, values or None).fetchall()

    def add(self, table: str, **values: Any) -> Any:
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() * len(values)),
        )
        return self.connection.execute(statement, list(values.values())).fetchone()[0]

    def home(self) -> tuple[int, int]:
        """Add a property with one unit; return both ids."""
        in_property = self.add("properties", property_name="Linden Court")
        return in_property, self.add("units", property_id=in_property, unit_number="1")

    def migrate(self, until: str | None = None, after: str | None = None) -> dict[str, bool]:
        """Run the steps behind `after` up to and with `until`; return which checks passed."""
        ids = list(self.steps)
        first = ids.index(after) + 1 if after else 0
        last = ids.index(until) + 1 if until else len(ids)
        return {id_: passed for id_ in ids[first:last] if (passed := self.run(id_)) is not None}

    def run(self, id_: str) -> bool | None:
        match self.steps[id_]:
            case TableCopyWork(statement=statement):
                self.connection.execute(statement.text)
            case CsvWork(query=query):
                self.connection.execute(query.text)
            case MigrateWork(statements=statements, asserts=asserts):
                with self.connection.transaction():
                    for statement in statements:
                        self.connection.execute(statement.text)
                    return all(self.passes(work) for work in asserts)
            case CheckWork() as work:
                return self.passes(work)
        return None

    def passes(self, work: CheckWork) -> bool:
        name = getattr(work.expect, "name", None)
        with self.connection.transaction():
            if work.save_as:
                self.saved[work.save_as] = checks.save(self.connection, work)
            return checks.run(self.connection, work, self.saved.get(name)).ok

    def decision(self, source: str, id_: int) -> str | None:
        found = self.rows("SELECT decision FROM rental_decisions WHERE source = %s AND source_id = %s", source, id_)
        return found[0][0] if found else None

    def standing(self, table: str, id_: int) -> tuple[Any, ...]:
        """What still stands in the old columns of a row."""
        columns = sql.SQL(", ").join(map(sql.Identifier, TERMS[table]))
        query = sql.SQL("SELECT {} FROM {} WHERE id = %s").format(columns, sql.Identifier(table))
        return self.connection.execute(query, [id_]).fetchone()

    def is_cleared(self, table: str, id_: int) -> bool:
        return set(self.standing(table, id_)) == {None}


@pytest.fixture(scope="module")
def schedule():
    return scheduling.build(load(PLAN))


@pytest.fixture
def rental(database, schedule):
    with database.connect() as connection:
        yield Rental(connection, schedule.steps)


# --- where a term belongs -----------------------------------------------------------------------


def test_terms_that_a_lease_repeats_create_nothing_and_fill_its_new_columns(rental):
    place, unit = rental.home()
    tenant = rental.add(
        "tenants", full_name="Ada", rent="1200.10", rental_start_date="2024-01-01", rental_type="", maintenance_fee=50
    )
    lease = rental.add(
        "leases", property_id=place, unit_id=unit, tenant_id=tenant, rent_amount="1200.1", start_date="2024-01-01"
    )

    assert all(rental.migrate().values())

    assert rental.rows("SELECT id, rent_amount::text, rental_type, maintenance_fee, advance_amount FROM leases") == [
        (lease, "1200.1", "", Decimal(50), None)
    ]
    assert rental.is_cleared("tenants", tenant)


def test_a_record_a_tenant_and_a_unit_that_agree_become_one_lease(rental):
    place, unit = rental.home()
    since = date(2024, 3, 1)
    rental.connection.execute("UPDATE units SET rent = 900, start_date = %s, rent_frequency = 'monthly'", [since])
    tenant = rental.add("tenants", full_name="Ada", rent=900, rental_start_date=since, rental_type="residential")
    record = rental.add(
        "property_tenants",
        property_id=place,
        tenant_id=tenant,
        unit_id=unit,
        rent_amount="900.00",
        deposit_amount=1800,
        start_date=since,
    )

    assert all(rental.migrate().values())

    assert rental.rows(
        "SELECT property_id, unit_id, tenant_id, start_date, end_date, rent_amount::text, deposit_amount,"
        " rental_type, rental_frequency, status FROM leases"
    ) == [(place, unit, tenant, since, None, "900.00", 1800, "residential", "monthly", "active")]
    assert rental.decision("property_tenants", record) == "new_lease"
    assert rental.decision("tenants", tenant) == rental.decision("units", unit) == "in_lease"
    assert rental.is_cleared("property_tenants", record)
    assert rental.is_cleared("tenants", tenant)
    assert rental.is_cleared("units", unit)


@pytest.mark.parametrize(
    ("statuses", "starts", "chosen"),
    [
        (("ended", "active"), ("2024-06-01", "2021-01-01"), 1),  # the running one, though it began earlier
        (("ended", "ended"), ("2021-01-01", "2023-01-01"), 1),  # none runs: the latest
        (("ended", "ended"), ("2021-01-01", None), 0),  # a known beginning before an unknown one
        (("active", "active"), ("2023-01-01", "2023-01-01"), None),  # equal right: nobody guesses
    ],
)
def test_of_several_leases_the_running_one_then_the_latest_decides(rental, statuses, starts, chosen):
    tenant = rental.add("tenants", full_name="Ada", rental_type="parking", maintenance_fee=20)
    leases = [
        rental.add("leases", tenant_id=tenant, status=status, start_date=start, rent_amount=700)
        for status, start in zip(statuses, starts, strict=True)
    ]

    results = rental.migrate()

    filled = rental.rows("SELECT id FROM leases WHERE rental_type = 'parking' AND maintenance_fee = 20")
    assert filled == ([] if chosen is None else [(leases[chosen],)])
    assert rental.decision("tenants", tenant) == ("ambiguous" if chosen is None else "in_lease")
    assert rental.is_cleared("tenants", tenant) == (chosen is not None)
    assert results.pop("left_for_a_person") == (chosen is not None)
    assert all(results.values())
    assert len(rental.rows("SELECT FROM leases")) == 2


def test_terms_that_a_lease_contradicts_stay_where_they_are(rental):
    tenant = rental.add("tenants", full_name="Ada", rent=1225, rental_start_date="2024-01-01")
    rental.add("leases", tenant_id=tenant, rent_amount=1200, start_date="2024-01-01", status="active")

    results = rental.migrate()

    assert rental.decision("tenants", tenant) == "disputed"
    assert rental.standing("tenants", tenant)[:2] == (1225, date(2024, 1, 1))
    assert rental.rows("SELECT rent_amount FROM leases") == [(1200,)]
    assert [id_ for id_, passed in results.items() if not passed] == ["left_for_a_person"]


@pytest.mark.parametrize(
    ("start", "end", "decision"),
    [
        ("2020-01-01", "2020-12-31", "new_lease"),  # before the lease: another tenancy
        ("2024-06-01", None, "new_lease"),  # after it
        ("2022-06-01", "2023-06-01", "disputed"),  # reaches into it
        ("2023-06-01", "2022-06-01", "disputed"),  # so it does the wrong way round
        (None, None, "disputed"),  # nobody knows when
    ],
)
def test_a_record_of_another_time_becomes_a_lease_of_its_own(rental, start, end, decision):
    place, unit = rental.home()
    tenant = rental.add("tenants", full_name="Ada")
    whose = {"property_id": place, "tenant_id": tenant, "unit_id": unit}
    rental.add("leases", **whose, rent_amount=800, start_date="2023-01-01", end_date="2024-01-01")
    record = rental.add("property_tenants", **whose, rent_amount=750, start_date=start, end_date=end)

    rental.migrate()

    assert rental.decision("property_tenants", record) == decision
    assert len(rental.rows("SELECT FROM leases")) == (2 if decision == "new_lease" else 1)
    assert rental.is_cleared("property_tenants", record) == (decision == "new_lease")


def test_a_record_of_another_unit_is_no_contradiction(rental):
    place, unit = rental.home()
    other = rental.add("units", property_id=place, unit_number="2")
    tenant = rental.add("tenants", full_name="Ada")
    rental.add("leases", property_id=place, unit_id=unit, tenant_id=tenant, rent_amount=800)
    record = rental.add("property_tenants", property_id=place, unit_id=other, tenant_id=tenant, rent_amount=90)

    rental.migrate()

    assert rental.decision("property_tenants", record) == "new_lease"


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        ("2025-01-16", None, "pending"),
        ("2025-01-15", None, "active"),
        ("2024-01-01", "2025-01-15", "active"),
        ("2024-01-01", "2025-01-14", "ended"),
        ("2024-01-01", "2023-01-01", "draft"),
        (None, "2024-01-01", "draft"),
    ],
)
def test_a_new_lease_keeps_the_dates_as_written_and_gets_its_status_from_them(rental, start, end, status):
    tenant = rental.add("tenants", full_name="Ada", rent=0, rental_start_date=start, rental_end_date=end)

    assert all(rental.migrate().values())

    assert rental.rows("SELECT tenant_id, rent_amount, start_date::text, end_date::text, status FROM leases") == [
        (tenant, 0, start, end, status)
    ]


def test_the_rent_asked_for_an_empty_unit_becomes_a_draft(rental):
    place = rental.add("properties", property_name="Quay House")
    unit = rental.add("units", property_id=place, unit_number="1", rent=700, start_date="2024-01-01")

    assert all(rental.migrate().values())

    assert rental.rows("SELECT property_id, unit_id, tenant_id, rent_amount, status FROM leases") == [
        (place, unit, None, 700, "draft")
    ]


def test_a_record_that_stands_twice_becomes_one_lease(rental):
    place, unit = rental.home()
    tenant = rental.add("tenants", full_name="Ada")
    whose = {"property_id": place, "unit_id": unit, "tenant_id": tenant, "start_date": "2024-01-01"}
    records = [rental.add("property_tenants", **whose, rent_amount=rent) for rent in ("640.50", "640.5")]

    assert all(rental.migrate().values())

    assert len(rental.rows("SELECT FROM leases")) == 1
    assert all(rental.is_cleared("property_tenants", record) for record in records)


# --- what was not backed up is not touched ------------------------------------------------------


def test_a_value_that_changed_since_the_copy_is_not_cleared(rental):
    tenant = rental.add("tenants", full_name="Ada", rent=500, rental_start_date="2024-01-01")
    rental.migrate(until="clear_property_tenants")
    rental.connection.execute("UPDATE tenants SET rent = 550")

    results = rental.migrate(after="clear_property_tenants")

    assert rental.standing("tenants", tenant)[:2] == (550, date(2024, 1, 1))
    assert results["old_columns_cleared"] is False


def test_a_row_that_came_after_the_copy_is_left_alone(rental):
    rental.add("tenants", full_name="Ada", rent=500)
    rental.migrate(until="leases_before")
    late = rental.add("tenants", full_name="Grace", rent=600)

    rental.migrate(after="leases_before")

    assert rental.decision("tenants", late) is None
    assert rental.standing("tenants", late)[0] == 600


# --- the checks fail when what they guard is broken ---------------------------------------------


def mixed(rental):
    """Add a tenant of whom a new lease is made, one with an application's lease, and a disputed one."""
    place, unit = rental.home()
    tenant = rental.add("tenants", full_name="Ada", rent="1.10")
    rental.add("property_tenants", property_id=place, tenant_id=tenant, unit_id=unit, rent_amount="1.10")
    leased = rental.add("tenants", full_name="Grace", rent=2, maintenance_fee=3)
    rental.add("leases", tenant_id=leased, rent_amount=2, status="active")
    disputed = rental.add("tenants", full_name="Edsger", rent=4)
    rental.add("leases", tenant_id=disputed, rent_amount=5, status="active")


@pytest.mark.parametrize(
    ("check", "damage"),
    [
        ("nothing_lost", "UPDATE leases SET rent_amount = rent_amount + 0.01 WHERE rent_amount = 1.10"),
        ("nothing_lost", "UPDATE leases SET maintenance_fee = NULL"),
        ("nothing_lost", "UPDATE leases SET unit_id = NULL"),
        ("nothing_lost", "UPDATE tenants SET rent = NULL"),
        ("nothing_lost", "DELETE FROM rental_decisions WHERE source = 'property_tenants'"),
        ("old_columns_cleared", "UPDATE tenants SET rent = 1.10 WHERE full_name = 'Ada'"),
        ("existing_leases_unchanged", "UPDATE leases SET status = 'ended' WHERE rent_amount = 2"),
        ("existing_leases_unchanged", "DELETE FROM leases WHERE rent_amount = 5"),
        ("relationships_intact", "DELETE FROM leases WHERE rent_amount = 1.10"),
        (
            "no_duplicates",
            """INSERT INTO leases (property_id, unit_id, tenant_id, rent_amount)
               SELECT property_id, unit_id, tenant_id, rent_amount FROM leases WHERE rent_amount = 1.10""",
        ),
        ("lease_columns_present", "ALTER TABLE leases ALTER advance_amount TYPE integer"),
        ("tenants_kept", "UPDATE backup_tenants_rental_data SET rent = 4.0 WHERE rent = 4"),
    ],
)
def test_a_check_fails_when_what_it_guards_is_broken(rental, check, damage):
    mixed(rental)
    before_the_move = check == "tenants_kept"
    results = rental.migrate(until=check if before_the_move else None)
    assert results[check] is True

    rental.connection.execute(damage)

    assert rental.run(check) is False


def test_an_orphan_is_found_where_no_foreign_key_forbids_it(rental):
    mixed(rental)
    rental.migrate()
    rental.connection.execute("ALTER TABLE leases DROP CONSTRAINT leases_tenant_id_fkey")
    rental.connection.execute("UPDATE leases SET tenant_id = -1 WHERE rent_amount = 5")

    assert rental.run("relationships_intact") is False


# --- the sample ---------------------------------------------------------------------------------


@pytest.mark.majors(*EVERYDAY_MAJORS)
def test_the_sample_is_moved_and_only_what_is_disputed_is_left(rental):
    rental.connection.execute(read(Sample.DATA))
    assert rental.rows("SELECT count(*) >= 20000 FROM tenants") == [(True,)]

    results = rental.migrate()

    assert [id_ for id_, passed in results.items() if not passed] == ["left_for_a_person"]
    assert rental.steps["left_for_a_person"].severity is Severity.WARNING
    assert rental.rows("SELECT source, decision, count(*) FROM rental_decisions GROUP BY 1, 2 ORDER BY 1, 2") == [
        ("property_tenants", "in_lease", 4000),
        ("property_tenants", "new_lease", 12000),
        ("tenants", "ambiguous", 1000),
        ("tenants", "disputed", 1000),
        ("tenants", "in_lease", 15000),
        ("tenants", "new_lease", 1000),
        ("units", "disputed", 3750),
        ("units", "in_lease", 11803),
        ("units", "new_lease", 4114),
    ]
    assert rental.rows("SELECT count(*) FROM leases") == [(11000 + 11000 + 1000 + 4114,)]  # 1,000 records stood twice


@pytest.mark.majors(*EVERYDAY_MAJORS)
def test_every_load_of_the_sample_gives_the_same_rows(database, any_database):
    def fingerprint(target):
        with target.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(read(Sample.SCHEMA))
            connection.execute(read(Sample.DATA))
            return [
                connection.execute(
                    sql.SQL("SELECT md5(string_agg(t::text, ' ' ORDER BY id)) FROM {} t").format(sql.Identifier(table))
                ).fetchone()
                for table in ("properties", "units", "tenants", "property_tenants", "leases")
            ]

    assert fingerprint(database) == fingerprint(any_database)


@pytest.mark.majors(*EVERYDAY_MAJORS)
def test_the_writes_of_the_application_touch_no_column_that_the_plan_changed(rental):
    rental.connection.execute(read(Sample.DATA))
    rental.migrate()
    touched = """
        SELECT 'leases', id::text, rent_amount::text || rental_type FROM leases
        WHERE id IN (SELECT lease_id FROM rental_decisions)
        UNION ALL SELECT 'tenants', id::text, tenants.rent::text FROM tenants WHERE id <= 20000 AND id <> 29
        UNION ALL SELECT 'units', id::text, rent::text || rent_frequency FROM units WHERE id <= 24000
        ORDER BY 1, 2"""
    before = rental.rows(touched)

    rental.connection.execute(read(Sample.APPLICATION_WRITES))

    assert rental.rows(touched) == before
    witness = rental.rows(read(Sample.APPLICATION_WITNESS))
    assert len(witness) == 11
    assert all(value is not None for _, _, value in witness)


@pytest.mark.majors(*EVERYDAY_MAJORS)
def test_the_conflicting_write_changes_one_lease_that_the_plan_created(rental):
    rental.connection.execute(read(Sample.DATA))
    rental.migrate()

    assert rental.connection.execute(read(Sample.APPLICATION_CONFLICT)).rowcount == 1
    assert rental.rows(
        "SELECT decision FROM rental_decisions JOIN leases ON leases.id = lease_id"
        " WHERE tenant_id = 1 AND source = 'property_tenants'"
    ) == [("new_lease",)]
