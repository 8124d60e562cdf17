-- Verify chibo:resolutions on pg

begin;

select 1 from chibo.resolution where false;
select 1 from chibo.resolution_copy where false;
select 1 from chibo.task where false;
select 1 / count(*) from chibo.transition where entity = 'resolution';

rollback;
