{% from "consolidation/move.sql" import decide, create_leases, fill_leases %}
-- tenants adds type, frequency and fee, mostly to leases that are there by now.
{{ decide("tenants") }}
{{ create_leases("tenants") }}
{{ fill_leases("tenants") }}
