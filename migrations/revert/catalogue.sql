-- Revert chibo:catalogue from pg
select 1;
