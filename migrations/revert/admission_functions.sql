-- Revert chibo:admission_functions from pg

begin;

set local role chibo_owner;
drop function chibo.hold_ceremony;
drop function chibo.admit_member;
drop function chibo.require_ceremony;
drop function chibo.receive_decision;
drop function chibo.decide_admission;
drop function chibo.extend_decision;
drop function chibo.appraise_file;
drop function chibo.return_file;
drop function chibo.send_file_back;
drop function chibo.undo_step;
drop function chibo.submit_file;
drop function chibo.vote_in_committee;
drop function chibo.resolve_deadlock;
drop function chibo.vote_in_branch;
drop function chibo.fail_in_branch;
drop function chibo.approve_in_branch;
drop function chibo.collect_opinions;
drop function chibo.conclude_checks;
drop function chibo.reads_checks;
drop function chibo.answer_check;
drop function chibo.request_checks;
drop function chibo.set_case_paper;
drop function chibo.paper_valid_until;
drop function chibo.paper_type_of;
drop function chibo.paper_is_used;
drop function chibo.renew_file;
drop function chibo.open_file;
drop function chibo.require_decider;
drop function chibo.require_ballot;
drop function chibo.require_certificate;
drop function chibo.require_mentored;
drop function chibo.require_education;
drop function chibo.require_age;
drop function chibo.age_months;

commit;
