-- Revert chibo:minutes from pg

begin;

set local role chibo_owner;
drop table chibo.minutes;
drop type chibo.minutes_state;
delete from chibo.transition where entity in ('minutes');

commit;
