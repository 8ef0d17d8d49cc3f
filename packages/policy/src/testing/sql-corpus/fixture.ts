/** Tables under which every read of the corpus runs, with rows so that its functions are called. */
export const SQL_FIXTURE = `
create table customers (id int primary key, name text, email text);
insert into customers values (1, 'Ada', 'ada@example.com'), (2, 'Bo', null);
create view adults as select id from customers;
create table orders (id int, total numeric);
insert into orders values (1, 10), (2, 20);
create table a (id int);
create table b (id int);
create table c (id int);
insert into a values (1);
insert into b values (1);
insert into c values (2);
create table u (id int primary key);
insert into u values (1), (2);
create table t (
  id int, a text, b text, c text, d text, e text, name text, x int, flag bool, tags int[],
  created_at timestamptz, data jsonb, list jsonb
);
insert into t values
  (1, 'a', 'b', 'c', 'd', 'e', ' N ', 1, true, '{1,2}', now(), '{"a": {"b": 1}}', '[1, 2]'),
  (2, 'a', 'x', 'y', 'd', 'e', 'M', 2, false, '{3}', now(), '{"c": null}', '[3]');
create table "drop" ("delete" int);
create schema "Sales";
create table "Sales"."Order Lines" ("Order ID" int);
create sequence s;
select lo_from_bytea(4711, 'kept');
`;
