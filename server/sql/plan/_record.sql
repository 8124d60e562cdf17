-- args: id!
select id, version, unit_id, unit_path, kind, state, title, from_on, until_on, basis, sent_by, sent_at_us, item_count, pos
from plan_rows($1::uuid)
;
-- args: id!
-- into: lines
select item_no, month, topic, topic_tag, case when sees_names() then author end as author
from plan_item
where plan_id = $1::uuid and reaches(unit_id, unit_pos)
order by item_no
limit 100
