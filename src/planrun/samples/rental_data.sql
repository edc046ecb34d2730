-- Sample rows: 20,000 tenants, 24,000 units, and every kind of record that makes the consolidation hard.
--
-- The same on every load: all values follow from the number of the tenant (n) or of the unit (u).
-- Each tenant n lives, if anywhere, in unit n; units above 20,000 stand empty. `kind` says what the
-- application has recorded about the tenancy, and where:
--
--   record            property_tenants and tenants agree; no lease yet           (4 of 20)
--   leased            a lease already says the same: nothing to create           (3 of 20)
--   record_only       property_tenants alone
--   tenant_only       tenants alone: no unit or property is known
--   nothing           no term anywhere
--   renewed           an ended and a running lease; tenants repeats the running one
--   current_decides   the same two leases; tenants knows only type and fee
--   two_homes         two running leases that began on one day; tenants fits both
--   disputed          tenants says another rent than the lease
--   earlier           a running lease, and a record of an earlier tenancy
--   reversed          the record ends before it begins
--   undated           the record has no dates
--   free              a rent of zero
--   unpriced          no rent, but dates
--   twice             the same record stands in property_tenants twice

CREATE TEMPORARY TABLE story AS
SELECT n,
       (ARRAY['record', 'record', 'record', 'record', 'leased', 'leased', 'leased', 'record_only', 'tenant_only',
              'nothing', 'renewed', 'current_decides', 'two_homes', 'disputed', 'earlier', 'reversed', 'undated',
              'free', 'unpriced', 'twice'])[n % 20 + 1] AS kind,
       (n - 1) / 30 + 1 AS property_id,
       -- 1200, 1200.1, 1200.10 and 1200.00: equal as money, not the same bytes
       ((600 + n * 37 % 1900) || (ARRAY['', '.1', '.10', '.00'])[n % 4 + 1])::numeric AS rent,
       CASE WHEN n % 9 <> 0 THEN (2 * (600 + n * 37 % 1900))::numeric END AS deposit,
       date '2021-01-01' + n * 13 % 1600 AS start_date,
       CASE WHEN n % 3 <> 0 THEN date '2021-01-01' + n * 13 % 1600 + 365 * (n % 3) - 1 END AS end_date,
       (ARRAY['residential', 'commercial', 'parking', ''])[n % 11 % 4 + 1] AS rental_type,
       CASE WHEN n % 7 = 0 THEN 'weekly' ELSE 'monthly' END AS frequency,
       CASE WHEN n % 5 <> 0 THEN (n % 80 + 0.50)::numeric END AS fee,
       timestamptz '2019-10-27 00:30:00+02' + n * interval '37 minutes 1.000001 seconds' AS created_at
FROM generate_series(1, 20000) AS n;

UPDATE story SET end_date = start_date - 30 WHERE kind = 'reversed';
UPDATE story SET start_date = NULL, end_date = NULL WHERE kind = 'undated';
UPDATE story SET rent = 0 WHERE kind = 'free';
UPDATE story SET rent = NULL WHERE kind = 'unpriced';
UPDATE story SET end_date = NULL WHERE kind IN ('renewed', 'current_decides', 'two_homes');

ANALYZE story;

INSERT INTO properties (id, property_name, address, created_at, updated_at)
SELECT p,
       (ARRAY['Linden Court', 'O''Hare Yard', E'Quay\nHouse', 'Casa "Azul"', '柳の家', 'Haus 🏡'])[p % 6 + 1] || ' ' || p,
       CASE WHEN p % 10 <> 0 THEN p || ' Harbour Street' END,
       timestamptz '2019-03-31 01:59:59.999999+00' + p * interval '1 day',
       timestamptz '2019-03-31 01:59:59.999999+00' + p * interval '1 day'
FROM generate_series(1, 800) AS p;

INSERT INTO units (
    id, property_id, unit_number, note, rent, deposit, start_date, end_date, rent_frequency, created_at,
    updated_at
)
SELECT u,
       (u - 1) / 30 + 1,
       (u - 1) / 30 + 1 || '-' || (u - 1) % 30 + 1,
       (ARRAY[NULL, '', 'corner, "sea view"', E'second line\r\nbelow', 'keys: 🔑 at O''Hare''s',
              E'back\\slash\tand tab'])[u % 6 + 1],
       CASE WHEN s.n IS NULL AND u % 4 <> 0 THEN (700 + u % 500)::numeric  -- empty: the rent that is asked
            WHEN u % 6 = 5 THEN s.rent + 50                                -- says something else
            WHEN u % 6 IN (1, 2, 3) THEN s.rent END,                       -- repeats the tenancy
       CASE WHEN u % 6 IN (1, 2, 3) THEN s.deposit END,
       CASE WHEN u % 6 IN (1, 2, 3) THEN s.start_date END,
       CASE WHEN u % 6 IN (1, 2, 3) THEN s.end_date END,
       CASE WHEN u % 6 IN (1, 2, 3, 4) THEN s.frequency END,
       timestamptz '2019-06-01 12:00+02' + u * interval '11 minutes',
       timestamptz '2019-06-01 12:00+02' + u * interval '13 minutes'
FROM generate_series(1, 24000) AS u
LEFT JOIN story s ON s.n = u;

INSERT INTO tenants (
    id, full_name, email, phone, rent, rental_start_date, rental_end_date, rental_type, rental_frequency,
    maintenance_fee, created_at, updated_at
)
SELECT n,
       (ARRAY['Ada Brandt', 'Siobhán O''Brien', E'Jean\nPaul', '名取 朔', 'Zoë 🏠', 'Robert"); --',
              'Çelik & Söhne, Ltd.', E'tab\tbed'])[n % 8 + 1] || ' ' || n,
       CASE WHEN n % 13 = 0 THEN '' WHEN n % 17 <> 0 THEN 'tenant' || n || '@example.org' END,
       CASE WHEN n % 3 = 0 THEN '+49 30 ' || 100000 + n END,
       CASE WHEN kind = 'disputed' THEN rent + 25 WHEN tells_all THEN rent END,
       CASE WHEN tells_all THEN start_date END,
       CASE WHEN tells_all THEN end_date END,
       CASE WHEN tells_type THEN rental_type END,
       CASE WHEN tells_all THEN frequency END,
       CASE WHEN tells_type THEN fee END,
       created_at,
       created_at + n % 90 * interval '1 day'
FROM story,
     LATERAL (SELECT kind NOT IN ('nothing', 'record_only', 'current_decides') AS tells_all,
                     kind NOT IN ('nothing', 'record_only') AS tells_type) AS page;

INSERT INTO property_tenants (
    property_id, tenant_id, unit_id, rent_amount, deposit_amount, start_date, end_date, created_at,
    updated_at
)
SELECT property_id, n,
       CASE WHEN n % 51 <> 7 THEN n END,  -- some records know the property only
       CASE WHEN kind = 'earlier' THEN rent - 50 ELSE rent END,
       deposit,
       CASE WHEN kind = 'earlier' THEN start_date - 800 ELSE start_date END,
       CASE WHEN kind = 'earlier' THEN start_date - 400 ELSE end_date END,
       created_at, created_at
FROM story, generate_series(1, CASE WHEN kind = 'twice' THEN 2 ELSE 1 END)
WHERE kind NOT IN ('nothing', 'tenant_only', 'renewed', 'current_decides', 'two_homes')
ORDER BY n;

-- Records without any term: they only say who belongs where.
INSERT INTO property_tenants (property_id, tenant_id, unit_id, created_at, updated_at)
SELECT property_id, n, NULL, created_at, created_at FROM story WHERE kind = 'current_decides' ORDER BY n;

-- The leases that the application has already written: the running one …
INSERT INTO leases (
    id, property_id, unit_id, tenant_id, start_date, end_date, rent_amount, deposit_amount, status,
    created_at, updated_at
)
SELECT md5('lease ' || n)::uuid, property_id, n, n, start_date, end_date,
       trim_scale(rent),  -- 1200.1 where the record says 1200.10
       deposit,
       CASE WHEN end_date < date '2025-01-15' THEN 'ended' ELSE 'active' END,
       created_at, created_at
FROM story
WHERE kind IN ('leased', 'renewed', 'current_decides', 'two_homes', 'disputed', 'earlier');

-- … the one before it …
INSERT INTO leases (
    id, property_id, unit_id, tenant_id, start_date, end_date, rent_amount, deposit_amount, status,
    created_at, updated_at
)
SELECT md5('former lease ' || n)::uuid, property_id, n, n, start_date - 730, start_date - 1,
       rent - 30, deposit, 'ended', created_at, created_at
FROM story
WHERE kind IN ('renewed', 'current_decides');

-- … and a second home with the same terms, in one of the empty units.
INSERT INTO leases (
    id, property_id, unit_id, tenant_id, start_date, end_date, rent_amount, deposit_amount, status,
    created_at, updated_at
)
SELECT md5('second lease ' || n)::uuid, (20000 + n / 20) / 30 + 1, 20001 + n / 20, n, start_date, NULL,
       rent, deposit, 'active', created_at, created_at
FROM story
WHERE kind = 'two_homes';

DROP TABLE story;

-- The identities go on where the sample ends.
SELECT setval(pg_get_serial_sequence('properties', 'id'), max(id)) FROM properties;
SELECT setval(pg_get_serial_sequence('units', 'id'), max(id)) FROM units;
SELECT setval(pg_get_serial_sequence('tenants', 'id'), max(id)) FROM tenants;

ANALYZE properties, units, tenants, property_tenants, leases;
