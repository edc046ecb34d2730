-- Only where every value still stands in the lease.
UPDATE units AS old
SET rent = NULL, deposit = NULL, start_date = NULL, end_date = NULL, rent_frequency = NULL
FROM rental_decisions AS decided JOIN leases AS lease ON lease.id = decided.lease_id
WHERE decided.source = 'units' AND decided.source_id = old.id
  AND (old.rent           IS NULL OR old.rent           = lease.rent_amount)
  AND (old.deposit        IS NULL OR old.deposit        = lease.deposit_amount)
  AND (old.start_date     IS NULL OR old.start_date     = lease.start_date)
  AND (old.end_date       IS NULL OR old.end_date       = lease.end_date)
  AND (old.rent_frequency IS NULL OR old.rent_frequency = lease.rental_frequency);
