-- Verify chibo:targets on pg

begin;

select 1 from chibo.term where false;
select 1 from chibo.target where false;
select 1 / count(*) from chibo.transition where entity = 'target';

rollback;
