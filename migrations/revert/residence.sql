-- Revert chibo:residence from pg

begin;

set local role chibo_owner;
drop table chibo.residential_assessment;
drop table chibo.residential_registration;
drop type chibo.residential_state;
drop type chibo.residential_category;
delete from chibo.transition where entity in ('residential_registration');

commit;
