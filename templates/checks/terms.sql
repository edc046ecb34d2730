{# Every rental term of three tables, in one shape. Trailing zeros do not count: 1200.10 is 1200.1. #}
{% macro terms(property_tenants, tenants, units) %}
SELECT 'property_tenants' AS source, id AS source_id, property_id, tenant_id, unit_id, start_date, end_date,
       trim_scale(rent_amount) AS rent, trim_scale(deposit_amount) AS deposit,
       NULL::text AS type, NULL::text AS frequency, NULL::numeric AS fee
FROM {{ property_tenants | ident }}
UNION ALL
SELECT 'tenants', id, NULL, id, NULL, rental_start_date, rental_end_date,
       trim_scale(rent), NULL,
       rental_type, rental_frequency, trim_scale(maintenance_fee)
FROM {{ tenants | ident }}
UNION ALL
SELECT 'units', id, property_id, NULL, id, start_date, end_date,
       trim_scale(rent), trim_scale(deposit),
       NULL, rent_frequency, NULL
FROM {{ units | ident }}
{% endmacro %}
