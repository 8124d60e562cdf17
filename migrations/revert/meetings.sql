-- Revert chibo:meetings from pg

begin;

set local role chibo_auth;
drop index auth.grant_of_meeting;
alter table auth."grant" drop constraint meeting_id__not_found;
drop function auth.roll_of;
set local role chibo_owner;
drop function chibo.raise_meeting;
drop function chibo.lock_meeting;
drop procedure meta.keep_with_meeting;
drop table chibo.mentor_report;
drop table chibo.speech;
drop table chibo.attendance;
drop table chibo.guest;
drop table chibo.paper;
drop table chibo.checklist_item;
drop table chibo.agenda_item;
drop table chibo.meeting;
drop function chibo.keep_closed_part;
drop function chibo.keep_closed_meeting;
drop type chibo.guest_class;
drop type chibo.attendance_state;
drop type chibo.meeting_state;
delete from chibo.transition where entity in ('meeting');

commit;
