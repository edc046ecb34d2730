{% from "checks/terms.sql" import terms %}
-- Where the same terms are now: in the one lease that took each or, where that was left to a person, in
-- the row where it always stood. Uses none of the views that the move itself relies on.
WITH kept AS (
{{ terms("backup_property_tenants_rental_data", "backup_tenants_rental_data", "backup_units_rental_data") }}
), standing AS (
{{ terms("property_tenants", "tenants", "units") }}
)
SELECT source, source_id,
       CASE WHEN kept.property_id IS NOT NULL THEN lease.property_id                END AS property_id,
       CASE WHEN kept.tenant_id   IS NOT NULL THEN lease.tenant_id                  END AS tenant_id,
       CASE WHEN kept.unit_id     IS NOT NULL THEN lease.unit_id                    END AS unit_id,
       CASE WHEN kept.start_date  IS NOT NULL THEN lease.start_date                 END AS start_date,
       CASE WHEN kept.end_date    IS NOT NULL THEN lease.end_date                   END AS end_date,
       CASE WHEN kept.rent        IS NOT NULL THEN trim_scale(lease.rent_amount)    END AS rent,
       CASE WHEN kept.deposit     IS NOT NULL THEN trim_scale(lease.deposit_amount) END AS deposit,
       CASE WHEN kept.type        IS NOT NULL THEN lease.rental_type                END AS type,
       CASE WHEN kept.frequency   IS NOT NULL THEN lease.rental_frequency           END AS frequency,
       CASE WHEN kept.fee         IS NOT NULL THEN trim_scale(lease.maintenance_fee) END AS fee
FROM kept
JOIN rental_decisions AS decided USING (source, source_id)
JOIN leases AS lease ON lease.id = decided.lease_id
UNION ALL
SELECT standing.*
FROM standing
JOIN rental_decisions AS decided USING (source, source_id)
WHERE decided.lease_id IS NULL
