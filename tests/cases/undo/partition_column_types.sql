-- expect: restored
-- caveat: constraint name
-- setup
CREATE TABLE orders (id int, at date, total int, note varchar(10), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE orders_24 PARTITION OF orders FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE orders_25 (at date NOT NULL, note varchar(10), total int, junk int, id int NOT NULL);
ALTER TABLE orders_25 DROP COLUMN junk;
ALTER TABLE orders ATTACH PARTITION orders_25 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE orders_rest PARTITION OF orders DEFAULT PARTITION BY RANGE (at);
CREATE TABLE orders_none PARTITION OF orders_rest FOR VALUES FROM ('1990-01-01') TO ('2000-01-01');
CREATE INDEX by_total ON orders (total);
CREATE TABLE lines (order_id int, at date, FOREIGN KEY (order_id, at) REFERENCES orders);
INSERT INTO orders (id, at, total) SELECT i, date '2024-06-01' + i * 40, i FROM generate_series(1, 10) i;
INSERT INTO lines VALUES (1, date '2024-06-01' + 40);
-- change
ALTER TABLE orders ALTER id TYPE bigint, ALTER total TYPE numeric;
UPDATE orders SET total = total + 0.5 WHERE id > 5;
-- application
INSERT INTO orders (id, at, total) VALUES (77, '2024-07-07', 7), (78, '1999-01-01', 8);
UPDATE orders SET total = 99 WHERE id = 2;
INSERT INTO lines VALUES (77, '2024-07-07');
DELETE FROM orders WHERE id = 3;
