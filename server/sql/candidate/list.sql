-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: ethnicity
select from require_origin_reader($1::text)
;
-- args: unit_id, stage, source_group, unit_members_max, founded_months, age_max, education_level, ethnicity, after_pos, after_id, limit
select c.id, c.version, case when sees_candidate(c.stage) then p.full_name end as full_name,
	auth.unit_path(c.unit_id, today()) as unit_path, c.stage, c.source_group, iso(c.stage_on) as stage_on,
	case when sees_file() then (
		select iso(min(k.due_on)) from clock k where k.candidate_id = c.id and k.stopped_on is null) end as due_on,
	c.unit_id, c.unit_pos as pos
from candidate_pick($1::uuid, $2::candidate_stage, $3::text, $4::int4, $5::int4, $6::int4, $7::text, $8::text) c
join person p on p.id = c.person_id
where (c.unit_pos, c.id) > (coalesce($9::int4, 0), coalesce($10::uuid, '00000000-0000-0000-0000-000000000000'))
order by c.unit_pos, c.id
limit coalesce($11::int4, 100)
;
-- args: unit_id, stage, source_group, unit_members_max, founded_months, age_max, education_level, ethnicity
-- into: groups
select k.code as source_group, k.name, count(*)::int4 as candidates
from candidate_pick($1::uuid, $2::candidate_stage, $3::text, $4::int4, $5::int4, $6::int4, $7::text, $8::text) c
join code k on k.list = 'source_group' and k.code = c.source_group
group by k.code, k.name, k.order_no
order by k.order_no
limit 100
