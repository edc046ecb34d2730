{# Every value says what it is: `| literal` a value, `| ident` a name, `| sql` a fragment from vars. -#}
UPDATE customers
SET email = lower(email)
WHERE {{ wrong | sql }};
