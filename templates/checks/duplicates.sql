-- New leases whose terms stand in another lease of the same tenant and place as well.
SELECT property_id, unit_id, tenant_id, start_date, end_date, rent_amount, deposit_amount, count(*) AS leases
FROM leases
LEFT JOIN (SELECT DISTINCT lease_id FROM rental_decisions WHERE decision = 'new_lease') AS new ON new.lease_id = id
GROUP BY property_id, unit_id, tenant_id, start_date, end_date, rent_amount, deposit_amount
HAVING count(*) > 1 AND count(new.lease_id) > 0
