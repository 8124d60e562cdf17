-- args: id!
select id, version, unit_id, unit_path, person_id, full_name, sex, born_on, education_level, occupation, youth_union, stage,
	resume_stage, stage_on, source_group, introduced_by, union_resolution, works_away, identified_on, listed_on,
	listing_resolution, reason, case_id
from candidate_record($1::uuid)
;
-- args: id!
-- into: mentors
select id, mentor_id, mentor_name, resolution, together_since_on, is_replacement, from_on, until_on, reason_end
from candidate_mentors($1::uuid)
limit 50
;
-- args: id!
-- into: classes
select class_id, code, name, result, certificate_no, issued_on, valid_until_on
from candidate_classes($1::uuid)
limit 50
;
-- args: id!
-- into: cases
select id, opened_on, exception, round, branch_on, branch_resolution, committee_round, committee_on, committee_resolution,
	submitted_at_us, appraisal, decision_doc, decision_on, decider, received_on, held_on, consent, member_id, outcome,
	checks_asked, checks_answered
from candidate_cases($1::uuid)
limit 20
;
-- args: id!
-- into: papers
select type, type_name, is_there, needed_for, dated_on, valid_until_on, reference, custodian
from candidate_papers($1::uuid)
limit 50
;
-- args: id!
-- into: clocks
select kind, kind_name, started_on, due_on, working_days_left, extra_value, stopped_on, actor, rule_key, rule_value,
	rule_unit, rule_doc
from clock_rows($1::uuid, null)
where exists (select from candidate c where c.id = $1::uuid and reaches(c.unit_id, c.unit_pos))
limit 100
;
-- args: id!
-- into: actions
select method
from candidate_actions($1::uuid)
limit 50
