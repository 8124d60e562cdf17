-- Deploy chibo:meeting_functions to pg
-- What a unit does with its meetings, from the plan to what is sent upward, and what is told of them.

begin;
set local role chibo_auth;

-- Whom the caller may expect at a meeting of his scope: who holds a grant for this one meeting, or is sent to it as a
-- pilot's delegate. Their records may lie elsewhere.
create function auth.invited_to(p_meeting uuid) returns table (person_id uuid, full_name text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select p.id, p.full_name
	from person p
	where exists (select from meeting m where m.id = p_meeting and reaches(m.unit_id, m.unit_pos, m.id))
	  and p.id in (select g.person_id from live_grant g where g.meeting_id = p_meeting
	               union all select d.person_id from pilot_delegate d where d.pilot_id = p_meeting)
	order by p.id;
end
$$;

-- The name of a guest: of the caller's scope, or invited to this very meeting from above; anybody else is like nobody.
create function auth.guest_name(p_meeting uuid, p_person uuid) returns text
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return coalesce((select i.full_name from invited_to(p_meeting) i where i.person_id = p_person),
		full_name_of(p_person, 'person_id'));
end
$$;

-- Whether the caller's role may read meetings whole. Who receives them may not, where he reads counts alone.
create function auth.reads_meetings_whole() returns boolean
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	return coalesce(reach_of('meeting_read') <> 'masked', false);
end
$$;
grant execute on function auth.invited_to, auth.guest_name, auth.reads_meetings_whole to chibo_app;

set local role chibo_owner;

-- The unit that a meeting is planned for.
create function chibo.meeting_unit(p_unit uuid) returns chibo.unit language plpgsql as $$
declare
	u chibo.unit;
begin
	select x.* into u from chibo.unit x where x.id = p_unit and chibo.reaches(x.id, x.pos);
	if not found then
		perform chibo.refuse(5, 'not_found', 'unit_id');
	elsif u.closed_on is not null then
		perform chibo.refuse(9, 'closed', 'unit_id', 'closed_on=' || chibo.iso(u.closed_on));
	end if;
	return u;
end
$$;

create function chibo.take_template(m chibo.meeting, p_code text) returns void language plpgsql as $$
begin
	if not exists (select from chibo.agenda_template t where t.code = p_code) then
		perform chibo.refuse(5, 'not_found', 'template');
	end if;
	insert into chibo.agenda_item (meeting_id, item_no, unit_id, unit_pos, kind, title, minutes)
	select m.id, l.item_no, m.unit_id, m.unit_pos, l.kind, l.title, l.minutes
	from chibo.agenda_template t join chibo.agenda_template_line l on l.template_id = t.id
	where t.code = p_code;
end
$$;

-- Every step of the list, but for those that only a theme needs.
create function chibo.start_checklist(m chibo.meeting) returns void language sql as $$
	insert into chibo.checklist_item (meeting_id, code, unit_id, unit_pos)
	select m.id, c.code, m.unit_id, m.unit_pos from chibo.code c
	where c.list = 'checklist' and (m.kind = 'thematic' or c.code not in ('author_named', 'draft_approved'))
$$;

create function chibo.create_meeting(
	p_id uuid, p_unit uuid, p_kind chibo.meeting_kind, p_month text, p_planned timestamptz, p_place text, p_chair uuid,
	p_clerk uuid, p_topic text, p_topic_tag text, p_template text) returns void language plpgsql as $$
declare
	u chibo.unit := chibo.meeting_unit(p_unit);
	m chibo.meeting;
begin
	perform chibo.require_code('topic', p_topic_tag, 'topic_tag');
	insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, period_month, planned_at, place, chair_id, chair_name,
		clerk_id, clerk_name, topic, topic_tag)
	values (p_id, u.id, u.pos, u.feed_id, p_kind, p_month, p_planned, p_place, p_chair,
		auth.full_name_of(p_chair, 'chair_id'), p_clerk, auth.full_name_of(p_clerk, 'clerk_id'), p_topic, p_topic_tag)
	returning * into m;
	if p_template is not null then
		perform chibo.take_template(m, p_template);
	end if;
	perform chibo.start_checklist(m);
end
$$;

-- What may still change: everything before it opens, and later only when it was published.
create function chibo.require_meeting_fields(p_mask text[], p_state chibo.meeting_state) returns void
language plpgsql as $$
declare
	v_field text;
begin
	if coalesce(cardinality(p_mask), 0) = 0 then
		perform chibo.refuse(3, 'required', 'update_mask');
	end if;
	foreach v_field in array p_mask loop
		if v_field <> all ('{period_month,planned_at_us,place,chair_id,clerk_id,topic,topic_tag,published_on}') then
			perform chibo.refuse(3, 'unknown_field', 'update_mask', 'value=' || left(v_field, 40));
		elsif v_field <> 'published_on' and p_state not in ('planned', 'prepared', 'notified') then
			perform chibo.refuse(9, case when p_state in ('in_session', 'cancelled') then 'meeting_state' else 'meeting_closed' end, 'id',
				'state=' || p_state);
		end if;
	end loop;
end
$$;

create function chibo.update_meeting(
	p_id uuid, p_base_version int, p_mask text[], p_month text, p_planned timestamptz, p_place text, p_chair uuid,
	p_clerk uuid, p_topic text, p_topic_tag text, p_published date) returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_id, 'id', p_base_version);
begin
	perform chibo.require_meeting_fields(p_mask, m.state);
	perform chibo.require_code('topic', p_topic_tag, 'topic_tag');
	update chibo.meeting x set
		version = x.version + 1,
		period_month = case when 'period_month' = any (p_mask) then p_month else x.period_month end,
		planned_at = case when 'planned_at_us' = any (p_mask) then p_planned else x.planned_at end,
		place = case when 'place' = any (p_mask) then p_place else x.place end,
		chair_id = case when 'chair_id' = any (p_mask) then p_chair else x.chair_id end,
		chair_name = case when 'chair_id' = any (p_mask) then auth.full_name_of(p_chair, 'chair_id') else x.chair_name end,
		clerk_id = case when 'clerk_id' = any (p_mask) then p_clerk else x.clerk_id end,
		clerk_name = case when 'clerk_id' = any (p_mask) then auth.full_name_of(p_clerk, 'clerk_id') else x.clerk_name end,
		topic = case when 'topic' = any (p_mask) then p_topic else x.topic end,
		topic_tag = case when 'topic_tag' = any (p_mask) then p_topic_tag else x.topic_tag end,
		published_on = case when 'published_on' = any (p_mask) then p_published else x.published_on end
	where x.id = p_id;
end
$$;

create type chibo.agenda_line as (
	item_no int, kind text, title text, presenter text, minutes int, candidate_id uuid, admission_case_id uuid);

create function chibo.set_agenda(p_id uuid, p_base_version int, p_lines chibo.agenda_line[]) returns void
language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_id, 'id', p_base_version, '{planned,prepared,notified,in_session}');
begin
	perform chibo.require_code('agenda_item', l.kind, 'lines') from unnest(p_lines) l;
	perform chibo.require_candidate_below(m.unit_id, l.candidate_id, 'lines') from unnest(p_lines) l;
	delete from chibo.agenda_item i where i.meeting_id = p_id and chibo.reaches(i.unit_id, i.unit_pos, p_id);
	insert into chibo.agenda_item (meeting_id, item_no, unit_id, unit_pos, kind, title, presenter, minutes, candidate_id,
		admission_case_id)
	select m.id, coalesce(l.item_no, l.ordinality::int), m.unit_id, m.unit_pos, l.kind, l.title, l.presenter, l.minutes,
	       l.candidate_id, l.admission_case_id
	from unnest(p_lines) with ordinality l;
	perform chibo.raise_meeting(p_id);
end
$$;

create function chibo.check_meeting(p_id uuid, p_code text) returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_id, 'id', null, '{planned,prepared,notified}');
begin
	update chibo.checklist_item i set done_at = now(), done_by = chibo.caller()
	where i.meeting_id = m.id and i.code = p_code;
	if not found then
		perform chibo.refuse(5, 'not_found', 'code');
	end if;
	perform chibo.raise_meeting(p_id);
end
$$;

create function chibo.prepare_meeting(p_id uuid) returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_id, 'id', null, '{planned}');
begin
	if exists (select from chibo.checklist_item i
	           where i.meeting_id = m.id and i.code = 'content_agreed' and i.done_at is null) then
		perform chibo.refuse(9, 'checklist_open', 'id', 'code=content_agreed');
	end if;
	update chibo.meeting x set version = x.version + 1, state = 'prepared' where x.id = m.id;
end
$$;

create type chibo.paper_line as (title text, sent_to text, sent_at timestamptz);

-- Members are called once; papers may follow until it opens.
create function chibo.notify_meeting(p_id uuid, p_papers chibo.paper_line[]) returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_id, 'id', null, '{prepared,notified}');
begin
	if exists (select from unnest(p_papers) l where l.sent_at > now()) then
		perform chibo.refuse(3, 'not_future', 'sent_at_us',
			(select 'value=' || chibo.iso(chibo.day_of(max(l.sent_at))) from unnest(p_papers) l));
	elsif m.state = 'notified' and coalesce(cardinality(p_papers), 0) = 0 then
		perform chibo.refuse(3, 'required', 'papers');
	end if;
	insert into chibo.paper (id, meeting_id, unit_id, unit_pos, title, sent_to, sent_at)
	select gen_random_uuid(), m.id, m.unit_id, m.unit_pos, l.title, l.sent_to, coalesce(l.sent_at, now()) from unnest(p_papers) l;
	update chibo.checklist_item i set done_at = now(), done_by = chibo.caller()
	where i.meeting_id = m.id and i.done_at is null
	  and (i.code = 'members_notified' or i.code = 'papers_sent' and cardinality(p_papers) > 0);
	update chibo.meeting x set version = x.version + 1, state = 'notified' where x.id = m.id;
end
$$;

create function chibo.add_guest(p_id uuid, p_meeting uuid, p_class chibo.guest_class, p_person uuid, p_name text,
                                p_capacity text, p_sender text) returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_meeting, 'meeting_id', null, '{planned,prepared,notified,in_session}');
	v_name text := coalesce(auth.guest_name(p_meeting, p_person), p_name);
begin
	if v_name is null then
		perform chibo.refuse(3, 'required', 'full_name');
	end if;
	insert into chibo.guest (id, meeting_id, unit_id, unit_pos, class, person_id, full_name, capacity, sender)
	values (p_id, m.id, m.unit_id, m.unit_pos, p_class, p_person, v_name, p_capacity, p_sender);
	perform chibo.raise_meeting(m.id);
end
$$;

create function chibo.comment_guest(p_meeting uuid, p_guest uuid, p_comment text) returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_meeting, 'meeting_id', null, '{in_session}');
begin
	update chibo.guest g set comment = p_comment where g.id = p_guest and g.meeting_id = m.id;
	if not found then
		perform chibo.refuse(5, 'not_found', 'guest_id');
	end if;
	perform chibo.raise_meeting(m.id);
end
$$;

create function chibo.open_meeting(p_id uuid, p_started timestamptz) returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_id, 'id', null, '{notified}');
begin
	if p_started > now() then
		perform chibo.refuse(3, 'not_future', 'started_at_us', 'value=' || chibo.iso(chibo.day_of(p_started)));
	end if;
	update chibo.meeting x set version = x.version + 1, state = 'in_session', started_at = p_started where x.id = m.id;
end
$$;

-- Who may be called. A branch calls the roll of the day; what has no members of its own, such as a ward's committee,
-- calls members of its scope.
create function chibo.callable(m chibo.meeting, p_members uuid[])
returns table (member_id uuid, full_name text, sort_key text, status chibo.member_status, is_away boolean)
language plpgsql stable as $$
begin
	if (select k.is_branch from chibo.unit u join chibo.unit_kind k on k.code = u.kind where u.id = m.unit_id) then
		return query
		select r.member_id, r.full_name, r.sort_key, r.status, r.is_away from auth.roll_of(m.unit_id, m.held_on) r
		where r.member_id = any (p_members);
	else
		return query
		select x.id, p.full_name, concat_ws(' ', p.given_name, p.family_name, p.middle_name),
		       chibo.status_on(x.status, x.full_on, m.held_on), false
		from chibo.member x join chibo.person p on p.id = x.person_id where x.id = any (p_members);
	end if;
end
$$;

create type chibo.attendance_line as (
	member_id uuid, state chibo.attendance_state, reason text, arrived_at timestamptz, left_at timestamptz);

create function chibo.require_on_roll(m chibo.meeting, p_lines chibo.attendance_line[]) returns void
language plpgsql as $$
declare
	v_unknown bigint;
begin
	select count(*) into v_unknown from unnest(p_lines) l
	where not exists (select from chibo.callable(m, array[l.member_id]) c);
	if v_unknown > 0 then
		perform chibo.refuse(5, 'not_on_roll', 'lines', 'count=' || v_unknown);
	end if;
end
$$;

create function chibo.record_attendance(p_id uuid, p_lines chibo.attendance_line[], p_others chibo.attendance_state)
returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_id, 'id', null, '{in_session}');
begin
	if cardinality(p_lines) = 0 and p_others is null then
		perform chibo.refuse(3, 'required', 'lines');
	end if;
	perform chibo.require_on_roll(m, p_lines);
	update chibo.attendance a set state = l.state, reason = l.reason, arrived_at = l.arrived_at, left_at = l.left_at
	from unnest(p_lines) l where a.meeting_id = m.id and a.member_id = l.member_id;
	insert into chibo.attendance (meeting_id, member_id, unit_id, unit_pos, full_name, sort_key, status, is_away, state,
		reason, arrived_at, left_at)
	select m.id, c.member_id, m.unit_id, m.unit_pos, c.full_name, c.sort_key, c.status, c.is_away, l.state, l.reason,
	       l.arrived_at, l.left_at
	from unnest(p_lines) l
	join chibo.callable(m, array(select x.member_id from unnest(p_lines) x)) c on c.member_id = l.member_id
	where not exists (select from chibo.attendance a where a.meeting_id = m.id and a.member_id = l.member_id);
	if p_others is not null then
		-- a temporary transfer is the reason of whoever is away by one
		insert into chibo.attendance (meeting_id, member_id, unit_id, unit_pos, full_name, sort_key, status, is_away, state,
			reason)
		select m.id, r.member_id, m.unit_id, m.unit_pos, r.full_name, r.sort_key, r.status, r.is_away,
		       case when r.is_away then 'excused' else p_others end,
		       case when r.is_away then 'sinh hoạt tạm thời ở nơi khác' end
		from auth.roll_of(m.unit_id, m.held_on) r
		where not exists (select from chibo.attendance a where a.meeting_id = m.id and a.member_id = r.member_id);
	end if;
	perform chibo.raise_meeting(m.id);
end
$$;

create function chibo.add_speech(p_id uuid, p_meeting uuid, p_member uuid, p_speaker text, p_item int, p_summary text,
                                 p_at timestamptz) returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_meeting, 'meeting_id', null, '{in_session}');
	v_name text := (select c.full_name from chibo.callable(m, array[p_member]) c);
begin
	if p_member is not null and v_name is null then
		perform chibo.refuse(5, 'not_on_roll', 'member_id');
	elsif coalesce(v_name, p_speaker) is null then
		perform chibo.refuse(3, 'required', 'speaker');
	elsif p_item is not null
	      and not exists (select from chibo.agenda_item i where i.meeting_id = m.id and i.item_no = p_item) then
		perform chibo.refuse(5, 'not_found', 'item_no');
	elsif p_at < m.started_at or p_at > now() then
		perform chibo.refuse(3, 'outside_session', 'spoken_at_us');
	end if;
	insert into chibo.speech (id, meeting_id, unit_id, unit_pos, speaker, member_id, item_no, summary, spoken_at)
	values (p_id, m.id, m.unit_id, m.unit_pos, coalesce(v_name, p_speaker), p_member, p_item, p_summary, p_at);
	perform chibo.raise_meeting(m.id);
end
$$;

create function chibo.conclude_meeting(p_id uuid, p_base_version int, p_conclusion text) returns void
language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_id, 'id', p_base_version, '{in_session}');
begin
	update chibo.meeting x set version = x.version + 1, conclusion = p_conclusion where x.id = m.id;
end
$$;

create function chibo.cancel_meeting(p_id uuid, p_reason text) returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_id, 'id', null, '{planned,prepared,notified}');
begin
	update chibo.meeting x set version = x.version + 1, state = 'cancelled', reason = p_reason where x.id = m.id;
end
$$;

create function chibo.submit_meeting(p_id uuid) returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_id, 'id');
begin
	if m.state <> 'closed' then
		perform chibo.refuse(9, 'meeting_state', 'id', 'state=' || m.state);
	elsif exists (select from chibo.minutes x where x.meeting_id = m.id and x.state = 'adopted')
	      or not exists (select from chibo.minutes x where x.meeting_id = m.id) then
		perform chibo.refuse(9, 'minutes_unsigned', 'id');
	end if;
	update chibo.meeting x set version = x.version + 1, state = 'submitted', submitted_by = chibo.caller(),
		submitted_at = now(), reason = null
	where x.id = m.id;
end
$$;

-- For whoever decides on what a lower unit has submitted: not his own unit's, and not what he submitted himself.
create function chibo.lock_submitted(p_id uuid) returns chibo.meeting language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_id, 'id');
begin
	if m.state <> 'submitted' then
		perform chibo.refuse(9, 'meeting_state', 'id', 'state=' || m.state);
	elsif m.unit_id = nullif(current_setting('app.unit_id', true), '')::uuid then
		perform chibo.refuse(9, 'own_unit', 'id');
	elsif m.submitted_by = chibo.caller() then
		perform chibo.refuse(9, 'own_proposal', 'id');
	end if;
	return m;
end
$$;

create function chibo.acknowledge_meeting(p_id uuid) returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_submitted(p_id);
begin
	update chibo.meeting x set version = x.version + 1, state = 'acknowledged', acknowledged_by = chibo.caller(),
		acknowledged_at = now()
	where x.id = m.id;
end
$$;

create function chibo.return_meeting(p_id uuid, p_reason text) returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_submitted(p_id);
begin
	update chibo.meeting x set version = x.version + 1, state = 'closed', reason = p_reason where x.id = m.id;
end
$$;

-- --- what is told of it ---

-- Who was due and who came. Those who are on the roll and have no line yet are due, unless they are away.
create function chibo.roll_figures(p_meeting uuid, out due int, out present int, out excused int, out unexcused int,
                                   out not_recorded int) language sql stable as $$
	select (count(*) filter (where not a.is_away and a.state <> 'exempt') + missing.due)::int,
	       (count(*) filter (where not a.is_away and a.state in ('present', 'online')))::int,
	       (count(*) filter (where not a.is_away and a.state = 'excused'))::int,
	       (count(*) filter (where not a.is_away and a.state = 'unexcused'))::int, missing.total::int
	from chibo.meeting m
	left join chibo.attendance a on a.meeting_id = m.id
	cross join lateral (
		select count(*) as total, count(*) filter (where not r.is_away) as due from auth.roll_of(m.unit_id, m.held_on) r
		where m.state = 'in_session'
		  and not exists (select from chibo.attendance x where x.meeting_id = m.id and x.member_id = r.member_id)
	) missing
	where m.id = p_meeting and m.started_at is not null
	group by missing.due, missing.total
$$;

-- The caller himself if he has reported of a candidate at this meeting: whose answer tells him of it.
create function chibo.reporting(p_meeting uuid) returns uuid language sql stable as $$
	select m.person_id from chibo.mentor_report r join chibo.member m on m.id = r.mentor_id
	where r.meeting_id = p_meeting and m.person_id = chibo.caller()
	limit 1
$$;

create function chibo.meeting_record(p_id uuid, p_names boolean default chibo.sees_names())
returns table (id uuid, version int, unit_id uuid, unit_path text, kind chibo.meeting_kind, is_pilot boolean,
	state chibo.meeting_state, period_month text, planned_at_us timestamptz, held_on text, started_at_us timestamptz,
	ended_at_us timestamptz, place text, chair text, clerk text, topic text, topic_tag text, members_due int, present int,
	excused int, unexcused int, not_recorded int, attendance_pct text, conclusion text, published_on text,
	submitted_at_us timestamptz, acknowledged_at_us timestamptz, reason text)
language sql stable as $$
	select m.id, m.version, m.unit_id, auth.unit_path(m.unit_id, coalesce(m.held_on, chibo.today())), m.kind,
	       exists (select from chibo.pilot p where p.id = m.id and p.state not in ('proposed', 'withdrawn')), m.state,
	       m.period_month, m.planned_at, chibo.iso(m.held_on), m.started_at, m.ended_at, m.place,
	       case when s.names then m.chair_name end, case when s.names then m.clerk_name end, m.topic, m.topic_tag,
	       f.due, f.present, f.excused, f.unexcused, f.not_recorded,
	       auth.share_text(f.present, f.due),
	       case when s.names then m.conclusion end, chibo.iso(m.published_on), m.submitted_at, m.acknowledged_at,
	       case when s.names then m.reason end
	from chibo.meeting m
	cross join (select p_names as names) s
	left join lateral chibo.roll_figures(m.id) f on true
	where m.id = p_id and chibo.reaches(m.unit_id, m.unit_pos, m.id, chibo.reporting(m.id))
$$;

create function chibo.meeting_rows(
	p_unit uuid, p_from text, p_until text, p_kind chibo.meeting_kind, p_state chibo.meeting_state, p_after_month text,
	p_after_pos int, p_after_id uuid, p_limit int)
returns table (id uuid, period_month text, unit_name text, kind chibo.meeting_kind, is_pilot boolean,
	state chibo.meeting_state, planned_at_us timestamptz, held_on text, topic text, unit_id uuid, version int, pos int)
language sql stable as $$
	select m.id, m.period_month::text,
	       (select n.name from chibo.unit_name n where n.unit_id = m.unit_id and chibo.covers(n.during, chibo.today())),
	       m.kind, exists (select from chibo.pilot p where p.id = m.id and p.state not in ('proposed', 'withdrawn')), m.state,
	       m.planned_at, chibo.iso(m.held_on), m.topic, m.unit_id, m.version, m.unit_pos
	from chibo.unit top
	join chibo.meeting m on m.unit_pos between top.pos and top.last
	where top.id = coalesce(p_unit, nullif(current_setting('app.unit_id', true), '')::uuid)
	  and chibo.reaches(m.unit_id, m.unit_pos, m.id)
	  and (p_from is null or m.period_month >= p_from) and (p_until is null or m.period_month <= p_until)
	  and (p_kind is null or m.kind = p_kind) and (p_state is null or m.state = p_state)
	  and (p_after_month is null or m.period_month < p_after_month
	       or m.period_month = p_after_month and (m.unit_pos, m.id) > (p_after_pos, p_after_id))
	order by m.period_month desc, m.unit_pos, m.id
	limit least(p_limit, 500)
$$;

-- Whether a part of the meeting may be told to the caller: only whole, to who may see what is said of persons.
create function chibo.tells_meeting(p_id uuid) returns boolean language sql stable as $$
	select chibo.sees_names()
		and exists (select from chibo.meeting m where m.id = p_id
		             and chibo.reaches(m.unit_id, m.unit_pos, m.id, chibo.reporting(m.id)))
$$;

-- The roll call in the order of a list of members; while the meeting goes on, with those who are not called yet.
create function chibo.meeting_attendance(p_id uuid)
returns table (member_id uuid, full_name text, status chibo.member_status, is_away boolean, state chibo.attendance_state,
	reason text, arrived_at timestamptz, left_at timestamptz) language sql stable as $$
	select x.member_id, x.full_name, x.status, x.is_away, x.state, x.reason, x.arrived_at, x.left_at
	from (
		select a.member_id, a.full_name, a.sort_key, a.status, a.is_away, a.state, a.reason, a.arrived_at, a.left_at
		from chibo.attendance a where a.meeting_id = p_id
		union all
		select r.member_id, r.full_name, r.sort_key, r.status, r.is_away, null, null, null, null
		from chibo.meeting m cross join lateral auth.roll_of(m.unit_id, m.held_on) r
		where m.id = p_id and m.state = 'in_session'
		  and not exists (select from chibo.attendance a where a.meeting_id = m.id and a.member_id = r.member_id)
	) x
	where chibo.tells_meeting(p_id)
	order by x.sort_key collate "vi-x-icu", x.member_id
$$;

create type chibo.remark as (rule text, value text, wanted text, ok boolean, legal_doc text);

-- Present must be more than so many percent of those due: in integers, with the least number that is enough.
create function chibo.attendance_remark(p_day date, p_due int, p_present int) returns chibo.remark
language sql stable as $$
	select row('attendance_pct', format('%s/%s', p_present, p_due), format('%s/%s', p_due * r.value::int / 100 + 1, p_due),
		p_present * 100 > p_due * r.value::int, r.legal_doc)::chibo.remark
	from chibo.rule_param r where r.key = 'meeting.attendance_pct' and r.during @> p_day and p_due > 0
$$;

create function chibo.duration_remark(m chibo.meeting) returns chibo.remark language sql stable as $$
	select row('min_minutes', t.minutes::text, r.value, t.minutes >= r.value::int, r.legal_doc)::chibo.remark
	from chibo.rule_param r
	cross join lateral (select floor(extract(epoch from m.ended_at - m.started_at) / 60)::int as minutes) t
	where r.key = 'meeting.min_minutes' and r.during @> m.held_on and m.ended_at is not null
$$;

-- A June meeting may be held some days before June or after it.
create function chibo.period_remark(m chibo.meeting) returns chibo.remark language sql stable as $$
	select row('period_window', chibo.iso(m.held_on), chibo.iso(w.first) || '…' || chibo.iso(w.last),
		m.held_on between w.first and w.last, b.legal_doc)::chibo.remark
	from chibo.rule_param b
	join chibo.rule_param a on a.key = 'meeting.period_days_after' and a.during @> m.held_on
	cross join lateral (select lower(chibo.month_days(m.period_month)) - b.value::int as first,
		upper(chibo.month_days(m.period_month)) - 1 + a.value::int as last) w
	where b.key = 'meeting.period_days_before' and b.during @> m.held_on
$$;

-- How many members were excused now and so often before without a break that it is more than the rule allows.
create function chibo.excused_remark(m chibo.meeting) returns chibo.remark language sql stable as $$
	select row('excused_in_a_row', e.members::text, '0', e.members = 0, r.legal_doc)::chibo.remark
	from chibo.rule_param r
	cross join lateral (
		select count(*) as members
		from chibo.attendance a
		where a.meeting_id = m.id and a.state = 'excused' and (
			select count(*) filter (where x.state = 'excused') > r.value::int
			from (select b.state from chibo.meeting o join chibo.attendance b on b.meeting_id = o.id
			      where o.unit_id = m.unit_id and o.kind in ('regular', 'thematic') and o.started_at <= m.started_at
			        and b.member_id = a.member_id
			      order by o.started_at desc limit r.value::int + 1) x)
	) e
	where r.key = 'meeting.excused_in_a_row' and r.during @> m.held_on
$$;

create function chibo.meeting_remarks(p_id uuid) returns setof chibo.remark language plpgsql stable as $$
declare
	m chibo.meeting;
	f record;
begin
	select x.* into m from chibo.meeting x
	where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos, x.id) and x.started_at is not null;
	if not found then
		return;
	end if;
	select * into f from chibo.roll_figures(p_id);
	return query
	select r.* from (values
		(1, chibo.period_remark(m)), (2, chibo.attendance_remark(m.held_on, f.due, f.present)),
		(3, row('unexcused', f.unexcused::text, '0', f.unexcused = 0, null)::chibo.remark), (4, chibo.excused_remark(m)),
		(5, chibo.duration_remark(m)),
		(6, (select row('papers_before', count(*)::text, '1', count(*) > 0, null)::chibo.remark from chibo.paper p
		     where p.meeting_id = m.id and p.sent_at < m.started_at)),
		(7, (select row('speakers', count(distinct chibo.fold(s.speaker))::text, '1', count(*) > 0, null)::chibo.remark
		     from chibo.speech s where s.meeting_id = m.id))
	) as line (no, remark)
	cross join lateral (select (line.remark).*) r
	where r.rule is not null
	order by line.no;
end
$$;

grant execute on function chibo.meeting_unit, chibo.take_template, chibo.start_checklist, chibo.create_meeting,
	chibo.require_meeting_fields, chibo.update_meeting, chibo.set_agenda, chibo.check_meeting, chibo.prepare_meeting,
	chibo.notify_meeting, chibo.add_guest, chibo.comment_guest, chibo.open_meeting, chibo.callable, chibo.require_on_roll,
	chibo.record_attendance, chibo.add_speech, chibo.conclude_meeting, chibo.cancel_meeting,
	chibo.submit_meeting, chibo.lock_submitted, chibo.acknowledge_meeting, chibo.return_meeting, chibo.roll_figures,
	chibo.reporting, chibo.meeting_record, chibo.meeting_rows, chibo.tells_meeting, chibo.meeting_attendance, chibo.attendance_remark, chibo.duration_remark,
	chibo.period_remark, chibo.excused_remark, chibo.meeting_remarks to chibo_app;

commit;
