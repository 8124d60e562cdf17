-- Revert chibo:seeds from pg
select 1;
