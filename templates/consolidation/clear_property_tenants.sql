-- Only where every value still stands in the lease. The row stays: it says who belongs to which property.
UPDATE property_tenants AS old
SET rent_amount = NULL, deposit_amount = NULL, start_date = NULL, end_date = NULL
FROM rental_decisions AS decided JOIN leases AS lease ON lease.id = decided.lease_id
WHERE decided.source = 'property_tenants' AND decided.source_id = old.id
  AND (old.rent_amount    IS NULL OR old.rent_amount    = lease.rent_amount)
  AND (old.deposit_amount IS NULL OR old.deposit_amount = lease.deposit_amount)
  AND (old.start_date     IS NULL OR old.start_date     = lease.start_date)
  AND (old.end_date       IS NULL OR old.end_date       = lease.end_date);
