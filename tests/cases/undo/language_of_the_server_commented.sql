-- expect: refused: comment on language plpgsql: it was altered, and belongs to the server
-- superuser
alter language plpgsql owner to app_owner;
-- change
comment on language plpgsql is 'ours';
