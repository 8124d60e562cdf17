-- Revert chibo:admin_functions from pg
select 1;
