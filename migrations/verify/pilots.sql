-- Verify chibo:pilots on pg

begin;

select 1 from chibo.plan where false;
select 1 from chibo.plan_item where false;
select 1 from chibo.pilot where false;
select 1 from chibo.pilot_delegate where false;
select 1 from chibo.pilot_comment where false;
select 1 / count(*) from chibo.transition where entity = 'pilot';

rollback;
