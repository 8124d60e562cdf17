-- Verify chibo:candidate_functions on pg

begin;

-- fails when one is missing
select 'chibo.candidate_actions'::regproc;
select 'chibo.candidate_cases'::regproc;
select 'chibo.candidate_classes'::regproc;
select 'chibo.candidate_mentors'::regproc;
select 'chibo.candidate_papers'::regproc;
select 'chibo.candidate_record'::regproc;
select 'chibo.clock_rows'::regproc;
select 'chibo.tells_candidate'::regproc;

rollback;
