-- Verify chibo:ledger on pg
select 1;
