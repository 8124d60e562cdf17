-- Revert chibo:member_functions from pg
select 1;
