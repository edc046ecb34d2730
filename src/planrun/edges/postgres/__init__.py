"""Everything that speaks to a PostgreSQL server: the only room that imports psycopg."""
