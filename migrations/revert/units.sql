-- Revert chibo:units from pg
select 1;
