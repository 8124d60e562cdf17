-- Verify chibo:members on pg

begin;

select 1 from chibo.member where false;
select 1 from chibo.membership where false;

rollback;
