{% from "checks/terms.sql" import terms %}
{{ terms("backup_property_tenants_rental_data", "backup_tenants_rental_data", "backup_units_rental_data") }}
