-- args: id!
select id, version, unit_id, unit_path, full_name, joined_on, due_on, state, is_due, reminder, working_days_left, round, branch_on,
	branch_resolution, committee_round, committee_on, committee_resolution, submitted_at_us, decision_doc, decision_on, full_on,
	removal_on, reason
from probation_sheet
where id = $1::uuid and reaches(unit_id, pos)
;
-- args: id!
-- into: papers
select type, type_name, is_there, needed_for, dated_on, valid_until_on, reference, custodian
from probation_papers($1::uuid)
limit 50
;
-- args: id!
-- into: clocks
select kind, kind_name, started_on, due_on, working_days_left, extra_value, stopped_on, actor, rule_key, rule_value,
	rule_unit, rule_doc
from clock_rows(null, $1::uuid)
where exists (select from probation p where p.id = $1::uuid and reaches(p.unit_id, p.unit_pos))
limit 100
;
-- args: id!
-- into: actions
select method
from probation_actions($1::uuid)
limit 50
