-- Revert chibo:import from pg
select 1;
