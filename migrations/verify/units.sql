-- Verify chibo:units on pg
select 1;
