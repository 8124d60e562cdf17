-- Revert chibo:persons from pg
select 1;
