-- Verify chibo:foundation on pg
select 1;
