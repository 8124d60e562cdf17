-- Revert chibo:ledger from pg
select 1;
