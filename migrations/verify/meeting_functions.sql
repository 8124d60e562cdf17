-- Verify chibo:meeting_functions on pg

begin;

-- fails when one is missing
select 'auth.guest_name'::regproc;
select 'auth.invited_to'::regproc;
select 'auth.reads_meetings_whole'::regproc;
select 'chibo.acknowledge_meeting'::regproc;
select 'chibo.add_guest'::regproc;
select 'chibo.add_speech'::regproc;
select 'chibo.attendance_remark'::regproc;
select 'chibo.callable'::regproc;
select 'chibo.cancel_meeting'::regproc;
select 'chibo.check_meeting'::regproc;
select 'chibo.comment_guest'::regproc;
select 'chibo.conclude_meeting'::regproc;
select 'chibo.create_meeting'::regproc;
select 'chibo.duration_remark'::regproc;
select 'chibo.excused_remark'::regproc;
select 'chibo.lock_submitted'::regproc;
select 'chibo.meeting_attendance'::regproc;
select 'chibo.meeting_record'::regproc;
select 'chibo.meeting_remarks'::regproc;
select 'chibo.meeting_rows'::regproc;
select 'chibo.meeting_unit'::regproc;
select 'chibo.notify_meeting'::regproc;
select 'chibo.open_meeting'::regproc;
select 'chibo.period_remark'::regproc;
select 'chibo.prepare_meeting'::regproc;
select 'chibo.record_attendance'::regproc;
select 'chibo.reporting'::regproc;
select 'chibo.require_meeting_fields'::regproc;
select 'chibo.require_on_roll'::regproc;
select 'chibo.return_meeting'::regproc;
select 'chibo.roll_figures'::regproc;
select 'chibo.set_agenda'::regproc;
select 'chibo.start_checklist'::regproc;
select 'chibo.submit_meeting'::regproc;
select 'chibo.take_template'::regproc;
select 'chibo.tells_meeting'::regproc;
select 'chibo.update_meeting'::regproc;

rollback;
