-- expect: refused: text search configuration public.mine: it was altered
-- setup
create text search configuration mine (copy = pg_catalog.english);
-- change
alter text search configuration mine drop mapping for asciiword;
