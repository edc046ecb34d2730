"""Every system catalog of the running server is accounted for, in one way."""

from __future__ import annotations

from collections import Counter

from planrun.core.catalogs import EXPLAINED, KEPT, REFUSED, WHOLE

CATALOGS = "SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'"


def faults(found):
    """Return the catalogs that are not classified, and those classified that are not there."""
    classified = EXPLAINED.keys() | KEPT.keys() | REFUSED.keys()
    return sorted(found - classified), sorted(classified - found)


def found(database):
    with database.connect() as connection:
        return {name for (name,) in connection.execute(CATALOGS)}


def test_every_catalog_is_classified_and_there(database):
    assert faults(found(database)) == ([], [])


def test_a_new_catalog_and_a_lost_one_are_told(database):
    assert faults(found(database) - {"pg_cast"} | {"pg_novelty"}) == (["pg_novelty"], ["pg_cast"])


def test_a_catalog_is_accounted_for_in_one_way():
    assert not [name for name, ways in Counter([*EXPLAINED, *KEPT, *REFUSED]).items() if ways > 1]
    assert EXPLAINED.keys() >= WHOLE
