-- Verify chibo:units on pg

begin;

select 1 from auth.tree where false;
select 1 from chibo.unit where false;
select 1 from chibo.unit_name where false;
select 1 from chibo.unit_parent where false;
select 1 from chibo.unit_closure where false;

rollback;
