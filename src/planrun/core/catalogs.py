"""How every system catalog of PostgreSQL 15 to 18 is accounted for when a step wrote to it.

There are three ways, and a catalog has exactly one: an inverse explains its rows, the server keeps it from the others
by itself, or the step is refused with a word for people. A test walks the catalogs of the running server and fails
when one is missing here.
"""

from __future__ import annotations

EXPLAINED = {
    "pg_aggregate": "functions",
    "pg_am": "objects",
    "pg_amop": "objects",
    "pg_amproc": "objects",
    "pg_attrdef": "columns",
    "pg_attribute": "columns",
    "pg_cast": "objects",
    "pg_class": "relations",
    "pg_collation": "objects",
    "pg_constraint": "parts",
    "pg_conversion": "objects",
    "pg_default_acl": "default_privileges",
    "pg_description": "belongings",
    "pg_enum": "types",
    "pg_foreign_data_wrapper": "objects",
    "pg_foreign_server": "objects",
    "pg_index": "parts",
    "pg_inherits": "trees",
    "pg_language": "objects",
    "pg_namespace": "schemas",
    "pg_opclass": "objects",
    "pg_operator": "objects",
    "pg_opfamily": "objects",
    "pg_partitioned_table": "trees",
    "pg_policy": "parts",
    "pg_proc": "functions",
    "pg_publication": "publications",
    "pg_publication_namespace": "publications",
    "pg_publication_rel": "publications",
    "pg_range": "types",
    "pg_rewrite": "parts",
    "pg_sequence": "relations",
    "pg_statistic_ext": "parts",
    "pg_transform": "objects",
    "pg_trigger": "parts",
    "pg_ts_config": "objects",
    "pg_ts_config_map": "objects",
    "pg_ts_dict": "objects",
    "pg_ts_parser": "objects",
    "pg_ts_template": "objects",
    "pg_type": "types",
}
"""Catalogs whose every row belongs to an object that an inverse answers for, and the room of `core.inverse` with it."""

KEPT = {
    "pg_depend": "what a definition needs",
    "pg_shdepend": "the owners and grantees of objects",
    "pg_statistic": "what ANALYZE saw of columns",
    "pg_statistic_ext_data": "what ANALYZE saw of extended statistics",
}
"""Catalogs that the server keeps by itself, and from what."""

REFUSED = {
    "pg_auth_members": "the membership of a role",
    "pg_authid": "a role",
    "pg_database": "a database",
    "pg_db_role_setting": "settings of a role or database",
    "pg_event_trigger": "an event trigger",
    "pg_extension": "an extension",
    "pg_foreign_table": "a foreign table",
    "pg_init_privs": "the first privileges of an extension's objects",
    "pg_largeobject": "large objects",
    "pg_largeobject_metadata": "large objects",
    "pg_parameter_acl": "privileges on a configuration parameter",
    "pg_replication_origin": "a replication origin",
    "pg_seclabel": "security labels",
    "pg_shdescription": "a comment on a shared object",
    "pg_shseclabel": "security labels of shared objects",
    "pg_subscription": "a subscription",
    "pg_subscription_rel": "a subscription",
    "pg_tablespace": "a tablespace",
    "pg_user_mapping": "a user mapping",
}
"""Catalogs that no step may write to whose way back is derived, and the words for what stands in them."""

HOMES = {"pg_amop": "pg_opfamily", "pg_amproc": "pg_opfamily", "pg_ts_config_map": "pg_ts_config"}
"""Catalogs whose rows are part of an object in another."""

_HOME_COLUMNS = {"pg_amop": "amopfamily", "pg_amproc": "amprocfamily", "pg_ts_config_map": "mapcfg"}

OBJECTS = {
    name: (HOMES.get(name, name), _HOME_COLUMNS.get(name, "oid"))
    for name, room in EXPLAINED.items()
    if room == "objects"
}
"""For each catalog of rarely used objects that in which the object of a row stands, and the column that has its OID."""

WHOLE = frozenset(
    {catalog for catalog, room in EXPLAINED.items() if room in {"objects", "default_privileges", "publications"}}
)
"""Catalogs small and rarely written: once a step did, all of the users' objects of their rooms are looked at."""
