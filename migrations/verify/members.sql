-- Verify chibo:members on pg
select 1;
