-- Revert chibo:foundation from pg
select 1;
