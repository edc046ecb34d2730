-- expect: conflict
-- conflict: altered type "public"."mood"
-- setup
SELECT 1;
-- change
CREATE TYPE mood AS ENUM ('sad', 'glad');
-- application
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
