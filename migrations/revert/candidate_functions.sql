-- Revert chibo:candidate_functions from pg

begin;

set local role chibo_owner;
drop function chibo.candidate_actions;
drop function chibo.clock_rows;
drop function chibo.candidate_papers;
drop function chibo.candidate_cases;
drop function chibo.candidate_classes;
drop function chibo.candidate_mentors;
drop function chibo.tells_candidate;
drop function chibo.candidate_record;

commit;
