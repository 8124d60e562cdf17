-- Revert chibo:targets from pg

begin;

set local role chibo_owner;
drop table chibo.target;
drop type chibo.target_state;
drop type chibo.target_period;
drop table chibo.term;
delete from chibo.transition where entity in ('target');

commit;
