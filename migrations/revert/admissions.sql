-- Revert chibo:admissions from pg

begin;

set local role chibo_auth;
drop function auth.unit_name_of;
drop function auth.decider_of;
set local role chibo_owner;
drop function chibo.require_papers;
drop function chibo.open_case;
drop table chibo.background_check;
drop type chibo.check_conclusion;
drop type chibo.check_subject;
drop table chibo.file_paper;
drop table chibo.paper_type;
drop type chibo.file_kind;
alter table chibo.agenda_item drop constraint admission_case_id__not_found;
drop table chibo.admission_case;
drop type chibo.case_outcome;

commit;
