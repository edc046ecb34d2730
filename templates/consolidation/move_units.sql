{% from "consolidation/move.sql" import decide, create_leases, fill_leases %}
-- units comes last: what it says of a rented unit is known by now, the rest is asked for an empty one.
{{ decide("units") }}
{{ create_leases("units") }}
{{ fill_leases("units") }}
