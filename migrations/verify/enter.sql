-- Verify chibo:enter on pg
select 1;
