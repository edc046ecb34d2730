{% from "consolidation/move.sql" import decide, create_leases %}
-- property_tenants goes first: it names the property, the tenant and mostly the unit.
{{ decide("property_tenants") }}
{{ create_leases("property_tenants") }}
