-- Nothing refers to rows that are not there, whatever becomes of the key.
-- expect: restored
-- setup
CREATE TABLE action (id text PRIMARY KEY, tenant int);
CREATE TABLE worker (id int PRIMARY KEY, action text REFERENCES action ON DELETE CASCADE);
-- change
ALTER TABLE worker DROP CONSTRAINT worker_action_fkey, DROP COLUMN action, ADD COLUMN action uuid NOT NULL;
ALTER TABLE action DROP CONSTRAINT action_pkey, DROP COLUMN id, ADD COLUMN id uuid PRIMARY KEY;
ALTER TABLE worker ADD CONSTRAINT worker_action_fkey FOREIGN KEY (action) REFERENCES action ON DELETE CASCADE;
-- caveat: column order
