-- Verify chibo:reports on pg
select 1;
