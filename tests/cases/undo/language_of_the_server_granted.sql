-- No statement of ours gives back the privileges of what came with the server.
-- expect: refused: language plpgsql: it was altered, and belongs to the server
-- superuser
alter language plpgsql owner to app_owner;
-- change
grant usage on language plpgsql to case_reader;
