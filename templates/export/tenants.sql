SELECT id, rent, rental_start_date, rental_end_date, rental_type, rental_frequency, maintenance_fee,
       created_at, updated_at
FROM tenants
WHERE {{ rented.tenants | sql }}
ORDER BY id
