-- What is there of the writes of application_writes.sql: the same rows before and after a rollback.
SELECT 'new property' AS written, id::text, property_name || ', ' || address AS value
FROM properties WHERE property_name = 'New Wharf'
UNION ALL
SELECT 'new unit', id::text, note || ', ' || rent FROM units WHERE unit_number = 'W-1'
UNION ALL
SELECT 'new tenant', id::text, full_name || ', ' || rent || ', ' || rental_start_date
FROM tenants WHERE email = 'noor@example.org'
UNION ALL
SELECT 'new record', record.id::text, record.unit_id::text
FROM property_tenants AS record JOIN tenants AS tenant ON tenant.id = record.tenant_id
WHERE tenant.email = 'noor@example.org'
UNION ALL
SELECT 'new lease', id::text,
       concat_ws(', ', tenant_id, unit_id, start_date, rent_amount, deposit_amount, status, updated_at)
FROM leases WHERE id = md5('lease of the application')::uuid
UNION ALL
SELECT 'email of a tenant whose rent was moved', id::text, email || ', ' || updated_at
FROM tenants WHERE id = 20
UNION ALL
SELECT 'note of a unit whose rent was moved', id::text, note FROM units WHERE id = 1
UNION ALL
SELECT 'phone of a tenant', id::text, phone || ', ' || updated_at FROM tenants WHERE id = 9
UNION ALL
SELECT 'address of a property', id::text, address || ', ' || updated_at FROM properties WHERE id = 5
UNION ALL
SELECT 'end of a former lease', id::text, end_date || ', ' || updated_at
FROM leases WHERE id = md5('former lease 10')::uuid
UNION ALL
SELECT 'tenant who left', '29', count(*)::text FROM tenants WHERE id = 29
ORDER BY written
