-- Revert chibo:members from pg
select 1;
