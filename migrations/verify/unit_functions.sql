-- Verify chibo:unit_functions on pg
select 1;
