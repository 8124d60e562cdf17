-- Revert chibo:reports from pg
select 1;
