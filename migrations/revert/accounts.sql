-- Revert chibo:accounts from pg
select 1;
