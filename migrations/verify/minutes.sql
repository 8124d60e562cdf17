-- Verify chibo:minutes on pg

begin;

select 1 from chibo.minutes where false;
select 1 / count(*) from chibo.transition where entity = 'minutes';

rollback;
