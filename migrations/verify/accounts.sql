-- Verify chibo:accounts on pg
select 1;
