-- Verify chibo:residence on pg

begin;

select 1 from chibo.residential_registration where false;
select 1 from chibo.residential_assessment where false;

-- fails when one is missing
select 'auth.describe_registration'::regproc;
select 'auth.may_see_registration'::regproc;
select 'auth.registration_page'::regproc;
select 'auth.registration_rows'::regproc;
select 'auth.registration_years'::regproc;
select 'auth.resident_by_member'::regproc;
select 'auth.resident_by_place'::regproc;
select 'auth.residential_figures'::regproc;
select 'chibo.activate_registration'::regproc;
select 'chibo.assess_residents'::regproc;
select 'chibo.check_assessment'::regproc;
select 'chibo.confirm_assessments'::regproc;
select 'chibo.end_registration'::regproc;
select 'chibo.lock_registration'::regproc;
select 'chibo.register_resident'::regproc;
select 'chibo.resident'::regproc;
select 1 / count(*) from chibo.transition where entity = 'residential_registration';

rollback;
