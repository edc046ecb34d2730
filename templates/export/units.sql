SELECT id, property_id, rent, deposit, start_date, end_date, rent_frequency, created_at, updated_at
FROM units
WHERE {{ rented.units | sql }}
ORDER BY id
