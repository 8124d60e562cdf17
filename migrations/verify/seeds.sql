-- Verify chibo:seeds on pg
select 1;
