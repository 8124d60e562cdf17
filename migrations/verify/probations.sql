-- Verify chibo:probations on pg

begin;

select 1 from chibo.probation where false;
select 1 / count(*) from chibo.transition where entity = 'probation';

rollback;
