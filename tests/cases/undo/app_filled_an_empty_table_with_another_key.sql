-- expect: conflict
-- conflict: filled "public"."action" id = 00000000-0000-4000-8000-000000000001 id
-- conflict: filled "public"."worker" id = 7 action
-- conflict: not null "public"."action" (1,) id
-- setup
CREATE TABLE action (id text PRIMARY KEY, tenant int);
CREATE TABLE worker (id int PRIMARY KEY, action text REFERENCES action ON DELETE CASCADE);
-- change
ALTER TABLE worker DROP CONSTRAINT worker_action_fkey, DROP COLUMN action, ADD COLUMN action uuid;
ALTER TABLE action DROP CONSTRAINT action_pkey, DROP COLUMN id, ADD COLUMN id uuid PRIMARY KEY;
ALTER TABLE worker ADD CONSTRAINT worker_action_fkey FOREIGN KEY (action) REFERENCES action ON DELETE CASCADE;
-- application
INSERT INTO action VALUES (1, '00000000-0000-4000-8000-000000000001');
INSERT INTO worker VALUES (7, '00000000-0000-4000-8000-000000000001');
