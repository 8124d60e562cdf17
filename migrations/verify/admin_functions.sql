-- Verify chibo:admin_functions on pg
select 1;
