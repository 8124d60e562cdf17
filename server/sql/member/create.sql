-- args: unit_id!, kind, from_on
select from require_branch($1::uuid,
	case when $2::membership_kind in ('temporary', 'residential') then day($3::text, 'from_on')
	     else past_day($3::text, 'from_on') end)
;
-- args: status!
select refuse(3, 'not_active', 'status', 'value=' || $1::member_status)
where $1::member_status not in ('probationary', 'full')
;
-- args: from_on, joined_on
select refuse(3, 'before_joined', 'from_on', 'joined_on=' || $2::text)
where day($1::text, 'from_on') < day($2::text, 'joined_on')
;
-- args: person_id!, unit_id!, family_name!, middle_name, given_name!, sex!, born_on!, native_place, education, profession
insert into person (id, unit_id, unit_pos, feed_id, family_name, middle_name, given_name, sex, born_on, native_place,
	education, profession)
select $1::uuid, u.id, u.pos, u.feed_id, $3::text, $4::text, $5::text, $6::sex, past_partial($7::text, 'born_on'),
	$8::text, $9::text, $10::text
from unit u
where u.id = $2::uuid
;
-- args: id!, person_id!, unit_id!, kind, status!, decision_on, joined_on, full_on, card_no, biography_no, works_away
insert into member (id, person_id, unit_id, unit_pos, feed_id, is_guest, status, decision_on, joined_on, full_on,
	card_no, biography_no, works_away)
select $1::uuid, $2::uuid, u.id, u.pos, u.feed_id, coalesce($4::membership_kind, 'primary') <> 'primary',
	$5::member_status, past_day($6::text, 'decision_on'), past_day($7::text, 'joined_on'),
	past_day($8::text, 'full_on'), $9::text, $10::text, coalesce($11::boolean, false)
from unit u
where u.id = $3::uuid
;
-- args: id!, unit_id!, kind, from_on, joined_on
insert into membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
select gen_random_uuid(), $1::uuid, u.id, u.pos, u.feed_id, coalesce($3::membership_kind, 'primary'),
	daterange(first_day(day($4::text, 'from_on'), day($5::text, 'joined_on'), u.founded_on), null)
from unit u
where u.id = $2::uuid
;
-- args: id!
select m.id, m.version, m.person_id, p.full_name, p.sex, p.born_on, m.status, iso(m.decision_on) as decision_on,
	iso(m.joined_on) as joined_on, iso(m.full_on) as full_on, m.card_no, m.biography_no, m.works_away, m.unit_id,
	auth.unit_path(m.unit_id, today()) as unit_path
from member m
join person p on p.id = m.person_id
where m.id = $1::uuid and inside(m.unit_pos)
