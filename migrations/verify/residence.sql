-- Verify chibo:residence on pg

begin;

select 1 from chibo.residential_registration where false;
select 1 from chibo.residential_assessment where false;
select 1 / count(*) from chibo.transition where entity = 'residential_registration';

rollback;
