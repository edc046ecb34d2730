-- expect: refused: publication "p": it was dropped, and only a superuser may publish all tables
-- superuser
CREATE PUBLICATION p FOR ALL TABLES;
ALTER PUBLICATION p OWNER TO app_owner;
-- change
DROP PUBLICATION p;
