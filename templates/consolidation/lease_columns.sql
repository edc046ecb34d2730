ALTER TABLE leases
    ADD COLUMN rental_type      text,
    ADD COLUMN rental_frequency text,
    ADD COLUMN maintenance_fee  numeric,
    ADD COLUMN advance_amount   numeric;

COMMENT ON COLUMN leases.rental_type IS
    'What is let, such as residential or commercial; was tenants.rental_type.';
COMMENT ON COLUMN leases.rental_frequency IS
    'How often the rent is due; was tenants.rental_frequency and units.rent_frequency.';
COMMENT ON COLUMN leases.maintenance_fee IS
    'Due with each rent; was tenants.maintenance_fee.';
COMMENT ON COLUMN leases.advance_amount IS
    'Rent paid in advance; recorded nowhere before, so empty until somebody enters it.';
