-- expect: refused: text search configuration english: it was altered, and belongs to the server
-- superuser
alter text search configuration pg_catalog.english owner to app_owner;
-- change
alter text search configuration pg_catalog.english alter mapping replace pg_catalog.english_stem with pg_catalog.simple;
