-- Revert chibo:resolutions from pg

begin;

set local role chibo_owner;
drop table chibo.task;
drop type chibo.task_state;
drop type chibo.task_source;
drop table chibo.resolution_copy;
drop table chibo.resolution;
drop type chibo.resolution_state;
drop type chibo.resolution_kind;
delete from chibo.transition where entity in ('resolution', 'task');

commit;
