-- Revert chibo:meeting_functions from pg

begin;

set local role chibo_owner;
drop function chibo.meeting_remarks;
drop function chibo.excused_remark;
drop function chibo.period_remark;
drop function chibo.duration_remark;
drop function chibo.attendance_remark;
drop type chibo.remark;
drop function chibo.meeting_attendance;
drop function chibo.tells_meeting;
drop function chibo.meeting_rows;
drop function chibo.meeting_record;
drop function chibo.reporting;
drop function chibo.roll_figures;
drop function chibo.return_meeting;
drop function chibo.acknowledge_meeting;
drop function chibo.lock_submitted;
drop function chibo.submit_meeting;
drop function chibo.cancel_meeting;
drop function chibo.conclude_meeting;
drop function chibo.add_speech;
drop function chibo.record_attendance;
drop function chibo.require_on_roll;
drop type chibo.attendance_line;
drop function chibo.callable;
drop function chibo.open_meeting;
drop function chibo.comment_guest;
drop function chibo.add_guest;
drop function chibo.notify_meeting;
drop type chibo.paper_line;
drop function chibo.prepare_meeting;
drop function chibo.check_meeting;
drop function chibo.set_agenda;
drop type chibo.agenda_line;
drop function chibo.update_meeting;
drop function chibo.require_meeting_fields;
drop function chibo.create_meeting;
drop function chibo.start_checklist;
drop function chibo.take_template;
drop function chibo.meeting_unit;
set local role chibo_auth;
drop function auth.reads_meetings_whole;
drop function auth.guest_name;
drop function auth.invited_to;

commit;
