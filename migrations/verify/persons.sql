-- Verify chibo:persons on pg

begin;

select 1 from chibo.person where false;

rollback;
