-- Revert chibo:resolutions from pg

begin;

set local role chibo_owner;
drop view chibo.task_sheet;
drop function chibo.cancel_task;
drop function chibo.return_task;
drop function chibo.confirm_task;
drop function chibo.report_task;
drop function chibo.accept_task;
drop function chibo.require_task_state;
drop function chibo.lock_as_assigner;
drop function chibo.lock_as_assignee;
drop function chibo.lock_task;
drop function chibo.create_tasks;
drop function chibo.line_id;
drop function chibo.assign_task;
drop function chibo.name_of_unit;
drop function chibo.assignee_member;
drop function chibo.require_source;
drop type chibo.task_line;
drop view chibo.copy_sheet;
drop view chibo.resolution_sheet;
drop function chibo.receive_copy;
drop function chibo.supersede_resolution;
drop function chibo.issue_resolution;
drop function chibo.send_copies;
drop function chibo.adopt_resolution;
drop function chibo.move_resolution;
drop function chibo.update_resolution;
drop function chibo.lock_resolution;
drop function chibo.create_resolution;
drop function chibo.require_meeting_of;
drop function chibo.require_parent;
drop function chibo.period_of;
drop function chibo.passed_vote;
drop function chibo.writing_unit;
drop function chibo.acting_unit;
drop table chibo.task;
drop type chibo.task_state;
drop type chibo.task_source;
drop table chibo.resolution_copy;
drop table chibo.resolution;
drop type chibo.resolution_state;
drop type chibo.resolution_kind;
delete from chibo.transition where entity in ('resolution', 'task');

commit;
