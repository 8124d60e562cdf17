-- Verify chibo:import on pg
select 1;
