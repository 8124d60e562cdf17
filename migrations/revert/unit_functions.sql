-- Revert chibo:unit_functions from pg
select 1;
