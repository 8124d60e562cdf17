-- Revert chibo:enter from pg
select 1;
