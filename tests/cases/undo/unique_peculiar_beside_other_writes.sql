-- expect: restored
-- setup
create type mood as enum ('sad', 'ok');
create table c (id int primary key, k int unique nulls not distinct, u text, m mood, p int4range, n numeric,
  unique (n) deferrable, exclude using gist (p with &&) where (u <> 'x'));
create unique index on c (lower(u), m) where m <> 'sad';
create unique index on c (u collate "C", (p + p)) where n < 0;
insert into c select i, nullif(i, 1), 'u' || i, case when i % 2 = 0 then 'ok' else 'sad' end::mood,
  int4range(i * 10, i * 10 + 5), i from generate_series(1, 20) i;
comment on index c_k_key is 'one without';
-- change
update c set u = 'v' || id, p = int4range(id * 10 + 1, id * 10 + 4), n = n + 1 where id > 3;
update c set m = 'ok' where id = 1;
delete from c where id = 2;
-- application
insert into c values (99, 99, 'app', 'ok', '[5000,5001)', 99);
