SELECT id, property_id, tenant_id, unit_id, rent_amount, deposit_amount, start_date, end_date,
       created_at, updated_at
FROM property_tenants
WHERE {{ rented.property_tenants | sql }}
ORDER BY id
