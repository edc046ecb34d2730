-- Only where every value still stands in the lease.
UPDATE tenants AS old
SET rent = NULL, rental_start_date = NULL, rental_end_date = NULL,
    rental_type = NULL, rental_frequency = NULL, maintenance_fee = NULL
FROM rental_decisions AS decided JOIN leases AS lease ON lease.id = decided.lease_id
WHERE decided.source = 'tenants' AND decided.source_id = old.id
  AND (old.rent              IS NULL OR old.rent              = lease.rent_amount)
  AND (old.rental_start_date IS NULL OR old.rental_start_date = lease.start_date)
  AND (old.rental_end_date   IS NULL OR old.rental_end_date   = lease.end_date)
  AND (old.rental_type       IS NULL OR old.rental_type       = lease.rental_type)
  AND (old.rental_frequency  IS NULL OR old.rental_frequency  = lease.rental_frequency)
  AND (old.maintenance_fee   IS NULL OR old.maintenance_fee   = lease.maintenance_fee);
