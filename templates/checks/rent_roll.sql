{# The leases of a table or query, by property; the fingerprint covers every value that the application wrote.
   Without updated_at: filling a new column dates the row anew. #}
{% macro rent_roll(leases) %}
SELECT property_id, count(*) AS leases, sum(rent_amount) AS rent, sum(deposit_amount) AS deposit,
       md5(string_agg(
           (id, unit_id, tenant_id, start_date, end_date, rent_amount, deposit_amount, status, created_at)::text,
           ' ' ORDER BY id)) AS fingerprint
FROM {{ leases | ident }}
GROUP BY property_id
{% endmacro %}
