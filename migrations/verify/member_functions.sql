-- Verify chibo:member_functions on pg
select 1;
