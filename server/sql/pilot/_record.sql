-- args: id!
select id, version, unit_id, unit_path, kind, period_month, planned_at_us, held_on, topic, topic_tag, state, rule_doc,
	proposed_by, registered_by, registered_at_us, delegate_count, comment_count, lessons, published_by, published_at_us,
	reason, pos
from pilot_rows($1::uuid)
;
-- args: id!
-- into: delegates
select id, person_id, full_name, capacity
from pilot_delegate
where pilot_id = $1::uuid and reaches(unit_id, unit_pos, pilot_id) and sees_names()
order by full_name collate "vi-x-icu", id
limit 500
;
-- args: id!
-- into: comments
select id, author_id, author_name, comment, iso(said_on) as said_on
from pilot_comment
where pilot_id = $1::uuid and reaches(unit_id, unit_pos, pilot_id) and sees_names()
order by said_on, id
limit 500
