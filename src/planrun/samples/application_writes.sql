-- What the application does between the run and its rollback. Nothing here stands in the way: every write
-- is to a row or a column that the plan did not change, and all of it is still there after the rollback.
-- application_witness.sql reads these writes back, for a comparison before and after.

-- New rows: a property, a unit, a tenant (written the old way, with a rent), where they belong together …
INSERT INTO properties (property_name, address) VALUES ('New Wharf', '1 Wharf Lane');

INSERT INTO units (property_id, unit_number, note, rent)
SELECT id, 'W-1', 'first tenancy', 990.00 FROM properties WHERE property_name = 'New Wharf';

INSERT INTO tenants (full_name, email, rent, rental_start_date)
VALUES (E'Noor O''Neill\n🌱', 'noor@example.org', 990.00, '2025-02-01');

INSERT INTO property_tenants (property_id, tenant_id, unit_id)
SELECT unit.property_id, tenant.id, unit.id
FROM units AS unit, tenants AS tenant
WHERE unit.unit_number = 'W-1' AND tenant.email = 'noor@example.org';

-- … and a lease of a tenant and a unit that were there before; the new columns stay empty.
INSERT INTO leases (id, property_id, unit_id, tenant_id, start_date, rent_amount, deposit_amount, status)
SELECT md5('lease of the application')::uuid, property_id, id, 9, '2025-03-01', 812.50, 1625, 'active'
FROM units WHERE id = 21004;

-- Edits of rows that the plan changed, in columns that it did not: it emptied the rents of these two.
UPDATE tenants SET email = 'new-address@example.org' WHERE id = 20;
UPDATE units SET note = 'painted in March' WHERE id = 1;

-- Edits of rows that the plan did not change at all.
UPDATE tenants SET phone = '+353 1 555 0100' WHERE id = 9;
UPDATE properties SET address = '5 Harbour Square' WHERE id = 5;
UPDATE leases SET end_date = end_date - 1 WHERE id = md5('former lease 10')::uuid;

-- A tenant who never had a term, a lease or a property leaves.
DELETE FROM tenants WHERE id = 29;
