{# The statements that move the terms of one source. The rules stand in rules.sql. #}

{% macro decide(source) %}
INSERT INTO rental_decisions (source, source_id, decision, lease_id)
SELECT source, source_id, decision, lease_id
FROM rental_verdicts
WHERE source = {{ source | literal }};
{% endmacro %}

{% macro create_leases(source) %}
INSERT INTO leases (id, property_id, unit_id, tenant_id, start_date, end_date, rent_amount, deposit_amount, status,
                    rental_type, rental_frequency, maintenance_fee)
SELECT DISTINCT ON (lease_id)
       lease_id, property_id, unit_id, tenant_id, start_date, end_date, rent_amount, deposit_amount, status,
       rental_type, rental_frequency, maintenance_fee
FROM rental_decisions JOIN rental_terms USING (source, source_id)
WHERE source = {{ source | literal }} AND decision = 'new_lease'
ORDER BY lease_id, source_id;
{% endmacro %}

{% macro fill_leases(source) %}
UPDATE leases AS lease
SET rental_type      = coalesce(lease.rental_type,      term.rental_type),
    rental_frequency = coalesce(lease.rental_frequency, term.rental_frequency),
    maintenance_fee  = coalesce(lease.maintenance_fee,  term.maintenance_fee)
FROM rental_decisions JOIN rental_terms AS term USING (source, source_id)
WHERE source = {{ source | literal }} AND decision = 'in_lease' AND lease.id = lease_id
  AND (lease.rental_type      IS NULL AND term.rental_type      IS NOT NULL
    OR lease.rental_frequency IS NULL AND term.rental_frequency IS NOT NULL
    OR lease.maintenance_fee  IS NULL AND term.maintenance_fee  IS NOT NULL);
{% endmacro %}
