-- Verify chibo:candidate_functions on pg

begin;

-- fails when one is missing
select 'auth.candidate_reports'::regproc;
select 'chibo.assign_mentor'::regproc;
select 'chibo.candidate_actions'::regproc;
select 'chibo.candidate_cases'::regproc;
select 'chibo.candidate_classes'::regproc;
select 'chibo.candidate_mentors'::regproc;
select 'chibo.candidate_papers'::regproc;
select 'chibo.candidate_pick'::regproc;
select 'chibo.candidate_record'::regproc;
select 'chibo.certify_candidate'::regproc;
select 'chibo.certify_class'::regproc;
select 'chibo.class_page'::regproc;
select 'chibo.class_participants'::regproc;
select 'chibo.class_record'::regproc;
select 'chibo.class_rows'::regproc;
select 'chibo.clock_rows'::regproc;
select 'chibo.create_candidate'::regproc;
select 'chibo.create_class'::regproc;
select 'chibo.drop_candidate'::regproc;
select 'chibo.end_mentor'::regproc;
select 'chibo.end_mentors'::regproc;
select 'chibo.enlist_candidate'::regproc;
select 'chibo.is_young'::regproc;
select 'chibo.lock_candidates'::regproc;
select 'chibo.move_candidate'::regproc;
select 'chibo.report_candidate'::regproc;
select 'chibo.require_after'::regproc;
select 'chibo.require_candidate_below'::regproc;
select 'chibo.require_mentor'::regproc;
select 'chibo.require_mentor_terms'::regproc;
select 'chibo.require_origin_reader'::regproc;
select 'chibo.require_person_codes'::regproc;
select 'chibo.require_source_person'::regproc;
select 'chibo.require_source_unit'::regproc;
select 'chibo.resume_candidate'::regproc;
select 'chibo.send_to_class'::regproc;
select 'chibo.set_person_facts'::regproc;
select 'chibo.stages_of'::regproc;
select 'chibo.suspend_candidate'::regproc;
select 'chibo.tells_candidate'::regproc;
select 'chibo.the_class'::regproc;
select 'chibo.update_candidate'::regproc;

rollback;
