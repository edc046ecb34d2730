-- expect: restored
-- caveat: column order
-- setup
CREATE TYPE mood AS ENUM ('sad', 'well');
CREATE TABLE t (image text, nth int, feels mood, double int GENERATED ALWAYS AS (nth * 2) STORED);
INSERT INTO t VALUES ('a', 1, 'sad'), ('a', 1, 'sad'), ('b', 2, 'well'), ('c', NULL, NULL);
-- change
ALTER TABLE t ADD COLUMN planrun_image timestamptz DEFAULT clock_timestamp(), ADD COLUMN n float8 DEFAULT 0.1;
UPDATE t SET n = '-0' WHERE image = 'a';
-- change
ALTER TABLE t RENAME n TO number;
UPDATE t SET number = 'NaN' WHERE nth = 2;
-- change
ALTER TABLE t DROP COLUMN planrun_image;
INSERT INTO t (image) VALUES ('d');
