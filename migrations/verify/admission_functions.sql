-- Verify chibo:admission_functions on pg

begin;

-- fails when one is missing
select 'chibo.admit_member'::regproc;
select 'chibo.age_months'::regproc;
select 'chibo.answer_check'::regproc;
select 'chibo.appraise_file'::regproc;
select 'chibo.approve_in_branch'::regproc;
select 'chibo.collect_opinions'::regproc;
select 'chibo.conclude_checks'::regproc;
select 'chibo.decide_admission'::regproc;
select 'chibo.extend_decision'::regproc;
select 'chibo.fail_in_branch'::regproc;
select 'chibo.hold_ceremony'::regproc;
select 'chibo.open_file'::regproc;
select 'chibo.paper_is_used'::regproc;
select 'chibo.paper_type_of'::regproc;
select 'chibo.paper_valid_until'::regproc;
select 'chibo.reads_checks'::regproc;
select 'chibo.receive_decision'::regproc;
select 'chibo.renew_file'::regproc;
select 'chibo.request_checks'::regproc;
select 'chibo.require_age'::regproc;
select 'chibo.require_ballot'::regproc;
select 'chibo.require_ceremony'::regproc;
select 'chibo.require_certificate'::regproc;
select 'chibo.require_decider'::regproc;
select 'chibo.require_education'::regproc;
select 'chibo.require_mentored'::regproc;
select 'chibo.resolve_deadlock'::regproc;
select 'chibo.return_file'::regproc;
select 'chibo.send_file_back'::regproc;
select 'chibo.set_case_paper'::regproc;
select 'chibo.submit_file'::regproc;
select 'chibo.undo_step'::regproc;
select 'chibo.vote_in_branch'::regproc;
select 'chibo.vote_in_committee'::regproc;

rollback;
