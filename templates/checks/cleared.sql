-- Rows whose term is in a lease and stands in the old table as well.
{% for table, has_terms in rented.items() %}
SELECT source, source_id
FROM rental_decisions JOIN {{ table | ident }} AS old ON old.id = source_id
WHERE source = {{ table | literal }} AND lease_id IS NOT NULL AND ({{ has_terms | sql }})
{% if not loop.last %}
UNION ALL
{% endif %}
{% endfor %}
