SELECT id, property_id, unit_id, tenant_id, start_date, end_date, rent_amount, deposit_amount, status,
       created_at, updated_at
FROM leases
ORDER BY id
