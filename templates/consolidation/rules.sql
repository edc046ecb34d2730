-- The rules of the move, as three views that anyone can query, and one table for what they decided.
-- They read the copies, not the tables: what was not backed up is not moved.

-- 1. What the three old tables say, in the words of leases.
CREATE VIEW rental_terms AS
WITH term AS (
    SELECT 'property_tenants' AS source, id AS source_id, property_id, unit_id, tenant_id, start_date, end_date,
           rent_amount, deposit_amount,
           NULL::text AS rental_type, NULL::text AS rental_frequency, NULL::numeric AS maintenance_fee
    FROM backup_property_tenants_rental_data
    UNION ALL
    SELECT 'tenants', id, NULL, NULL, id, rental_start_date, rental_end_date,
           rent, NULL,
           rental_type, rental_frequency, maintenance_fee
    FROM backup_tenants_rental_data
    UNION ALL
    SELECT 'units', id, property_id, id, NULL, start_date, end_date,
           rent, deposit,
           NULL, rent_frequency, NULL
    FROM backup_units_rental_data
)
SELECT term.*,
       CASE WHEN tenant_id IS NULL          THEN 'draft'    -- nobody lives there yet
            WHEN start_date IS NULL         THEN 'draft'    -- nobody knows since when
            WHEN end_date < start_date      THEN 'draft'    -- kept as written, for a person to put right
            WHEN start_date > {{ as_of | literal }}::date THEN 'pending'
            WHEN end_date   < {{ as_of | literal }}::date THEN 'ended'
            ELSE 'active'
       END AS status
FROM term;

-- 2. Each term beside each lease of the same tenant, or of the same unit where the term names no tenant.
CREATE VIEW rental_matches AS
WITH neighbour AS (
    SELECT term.source, term.source_id, lease.id AS lease_id
    FROM rental_terms AS term JOIN leases AS lease ON lease.tenant_id = term.tenant_id
    UNION ALL
    SELECT term.source, term.source_id, lease.id
    FROM rental_terms AS term JOIN leases AS lease ON lease.unit_id = term.unit_id
    WHERE term.tenant_id IS NULL
)
SELECT source, source_id, lease_id, lease.status, lease.start_date,
       -- The lease says the same wherever the term says something; its new columns may still be empty.
       (term.property_id    IS NULL OR term.property_id    IS NOT DISTINCT FROM lease.property_id)
   AND (term.unit_id        IS NULL OR term.unit_id        IS NOT DISTINCT FROM lease.unit_id)
   AND (term.start_date     IS NULL OR term.start_date     IS NOT DISTINCT FROM lease.start_date)
   AND (term.end_date       IS NULL OR term.end_date       IS NOT DISTINCT FROM lease.end_date)
   AND (term.rent_amount    IS NULL OR term.rent_amount    IS NOT DISTINCT FROM lease.rent_amount)
   AND (term.deposit_amount IS NULL OR term.deposit_amount IS NOT DISTINCT FROM lease.deposit_amount)
   AND (term.rental_type      = lease.rental_type)      IS NOT FALSE
   AND (term.rental_frequency = lease.rental_frequency) IS NOT FALSE
   AND (term.maintenance_fee  = lease.maintenance_fee)  IS NOT FALSE
       AS holds,
       -- Nothing says that the two are about different places or times. OVERLAPS reads reversed dates either way.
       (term.property_id = lease.property_id) IS NOT FALSE
   AND (term.unit_id     = lease.unit_id)     IS NOT FALSE
   AND (coalesce(term.start_date,  '-infinity'), coalesce(term.end_date,  'infinity')) OVERLAPS
       (coalesce(lease.start_date, '-infinity'), coalesce(lease.end_date, 'infinity'))
       AS same_tenancy
FROM neighbour
JOIN rental_terms AS term USING (source, source_id)
JOIN leases AS lease ON lease.id = lease_id;

-- 3. One verdict for each term. Of several leases that hold it the running one counts, then the latest.
CREATE VIEW rental_verdicts AS
WITH ranked AS (
    SELECT *, rank() OVER (PARTITION BY source, source_id, holds
                           ORDER BY status = 'active' DESC, start_date DESC NULLS LAST) AS place
    FROM rental_matches
), found AS (
    SELECT source, source_id,
           array_agg(lease_id) FILTER (WHERE holds AND place = 1) AS homes,
           bool_or(same_tenancy) AS has_rival
    FROM ranked
    GROUP BY source, source_id
), twin AS (  -- a record that stands there twice is one tenancy
    SELECT source, source_id,
           min(source_id) OVER (PARTITION BY source, property_id, unit_id, tenant_id, start_date, end_date,
                                             rent_amount, deposit_amount,
                                             rental_type, rental_frequency, maintenance_fee) AS first_id
    FROM rental_terms
)
SELECT source, source_id, verdict.decision,
       CASE verdict.decision
           WHEN 'in_lease'  THEN homes[1]
           -- Made from the record, so that a rehearsal and the run give the same leases.
           WHEN 'new_lease' THEN md5(concat_ws('/', {{ as_of | literal }}, source, first_id))::uuid
       END AS lease_id
FROM twin
LEFT JOIN found USING (source, source_id),
LATERAL (
    SELECT CASE WHEN cardinality(homes) = 1 THEN 'in_lease'
                WHEN cardinality(homes) > 1 THEN 'ambiguous'  -- two leases with equal right to it
                WHEN has_rival              THEN 'disputed'   -- a lease of this tenancy says something else
                ELSE 'new_lease'
           END AS decision
) AS verdict;

CREATE TABLE rental_decisions (
    source    text   NOT NULL,
    source_id bigint NOT NULL,
    decision  text   NOT NULL CHECK (decision IN ('in_lease', 'new_lease', 'ambiguous', 'disputed')),
    lease_id  uuid,
    PRIMARY KEY (source, source_id),
    CHECK ((lease_id IS NOT NULL) = (decision IN ('in_lease', 'new_lease')))
);

COMMENT ON TABLE rental_decisions IS
    'Where each rental term went. Without lease_id it stayed in its table, for a person to decide.';
