-- Revert chibo:candidates from pg

begin;

set local role chibo_owner;
drop function chibo.step_candidate;
drop function chibo.lock_candidate;
drop function chibo.sees_file;
drop function chibo.sees_candidate;
drop function chibo.mentoring;
alter table chibo.mentor_report drop constraint candidate_id__not_found__report;
alter table chibo.agenda_item drop constraint candidate_id__not_found;
drop table chibo.class_attendance;
drop type chibo.class_result;
drop table chibo.awareness_class;
drop table chibo.mentor_assignment;
drop table chibo.candidate;
drop type chibo.candidate_stage;
delete from chibo.transition where entity in ('candidate');

commit;
