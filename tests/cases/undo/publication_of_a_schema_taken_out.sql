-- expect: refused: schema s in publication "p": it was taken out, and only a superuser
-- superuser
CREATE SCHEMA s AUTHORIZATION app_owner;
CREATE PUBLICATION p FOR TABLES IN SCHEMA s;
ALTER PUBLICATION p OWNER TO app_owner;
-- change
ALTER PUBLICATION p DROP TABLES IN SCHEMA s;
