-- Verify chibo:persons on pg
select 1;
