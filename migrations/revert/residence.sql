-- Revert chibo:residence from pg

begin;

set local role chibo_auth;
drop function auth.residential_figures;
drop function auth.registration_page;
drop function auth.registration_years;
drop function auth.registration_rows;
drop function auth.describe_registration;
drop function auth.may_see_registration;
drop type auth.registration_row;
set local role chibo_owner;
drop function chibo.confirm_assessments;
drop function chibo.assess_residents;
drop function chibo.check_assessment;
drop function chibo.end_registration;
drop function chibo.activate_registration;
drop function chibo.lock_registration;
drop function chibo.register_resident;
drop function chibo.resident;
set local role chibo_auth;
drop function auth.resident_by_member;
drop function auth.resident_by_place;
drop type auth.resident;
set local role chibo_owner;
drop table chibo.residential_assessment;
drop table chibo.residential_registration;
drop type chibo.residential_state;
drop type chibo.residential_category;
delete from chibo.transition where entity in ('residential_registration');

commit;
