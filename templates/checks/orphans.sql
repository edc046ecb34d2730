-- What leases and decisions name, and is not there.
{% for named, tables in [("property_id", "properties"), ("unit_id", "units"), ("tenant_id", "tenants")] %}
SELECT lease.id AS lease_id, {{ named | literal }} AS names, lease.{{ named | ident }}::text AS missing
FROM leases AS lease
WHERE lease.{{ named | ident }} IS NOT NULL
  AND NOT EXISTS (SELECT FROM {{ tables | ident }} AS other WHERE other.id = lease.{{ named | ident }})
UNION ALL
{% endfor %}
SELECT decided.lease_id, 'term of ' || decided.source, decided.source_id::text
FROM rental_decisions AS decided
WHERE decided.lease_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM leases AS lease WHERE lease.id = decided.lease_id)
