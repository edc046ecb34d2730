-- expect: conflict
-- conflict: altered type "public"."mood"
-- setup
CREATE TYPE mood AS ENUM ('sad', 'glad');
-- change
DROP TYPE mood; CREATE TYPE mood AS ENUM ('sad', 'glad');
-- application
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
