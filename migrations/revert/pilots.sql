-- Revert chibo:pilots from pg

begin;

set local role chibo_owner;
drop table chibo.pilot_comment;
drop table chibo.pilot_delegate;
drop table chibo.pilot;
drop type chibo.pilot_state;
drop table chibo.plan_item;
drop table chibo.plan;
drop type chibo.plan_state;
drop type chibo.plan_kind;
delete from chibo.transition where entity in ('pilot', 'plan');

commit;
