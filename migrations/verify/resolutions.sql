-- Verify chibo:resolutions on pg

begin;

select 1 from chibo.resolution where false;
select 1 from chibo.resolution_copy where false;
select 1 from chibo.task where false;
select 1 from chibo.resolution_sheet where false;
select 1 from chibo.copy_sheet where false;
select 1 from chibo.task_sheet where false;

-- fails when one is missing
select 'chibo.accept_task'::regproc;
select 'chibo.acting_unit'::regproc;
select 'chibo.adopt_resolution'::regproc;
select 'chibo.assign_task'::regproc;
select 'chibo.assignee_member'::regproc;
select 'chibo.cancel_task'::regproc;
select 'chibo.confirm_task'::regproc;
select 'chibo.create_resolution'::regproc;
select 'chibo.create_tasks'::regproc;
select 'chibo.issue_resolution'::regproc;
select 'chibo.line_id'::regproc;
select 'chibo.lock_as_assignee'::regproc;
select 'chibo.lock_as_assigner'::regproc;
select 'chibo.lock_resolution'::regproc;
select 'chibo.lock_task'::regproc;
select 'chibo.move_resolution'::regproc;
select 'chibo.name_of_unit'::regproc;
select 'chibo.passed_vote'::regproc;
select 'chibo.period_of'::regproc;
select 'chibo.receive_copy'::regproc;
select 'chibo.report_task'::regproc;
select 'chibo.require_meeting_of'::regproc;
select 'chibo.require_parent'::regproc;
select 'chibo.require_source'::regproc;
select 'chibo.require_task_state'::regproc;
select 'chibo.return_task'::regproc;
select 'chibo.send_copies'::regproc;
select 'chibo.supersede_resolution'::regproc;
select 'chibo.update_resolution'::regproc;
select 'chibo.writing_unit'::regproc;
select 1 / count(*) from chibo.transition where entity = 'resolution';

rollback;
