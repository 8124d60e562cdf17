-- Revert chibo:probations from pg

begin;

set local role chibo_owner;
drop table chibo.probation;
drop type chibo.probation_state;
delete from chibo.transition where entity in ('probation');

commit;
