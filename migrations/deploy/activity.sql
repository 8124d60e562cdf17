-- Deploy chibo:activity to pg
-- Reports of what branches do, from the records of their meetings: the month of each branch (R01), the same added up
-- for each grassroots organisation (R02), pilot meetings (R03).

begin;
set local role chibo_auth;

-- Every branch of an interval in a month, once for each meeting that counts in it, whatever day it was held on; once
-- without one where none was held. Who is on the roll counts, but for the absent who are exempt and those whom a
-- temporary transfer keeps away: the divisor of every percentage of attendance.
create function auth.month_of_branches(p_lo int, p_hi int, p_month text)
returns table (unit_id uuid, unit_code text, feed_id uuid, pos int, nth bigint, meeting_id uuid, kind chibo.meeting_kind,
               held_on date, is_pilot boolean, is_submitted boolean, due int, present int, excused int, unexcused int,
               minutes int)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
begin
	return query
	with held as (
		select m.id, m.unit_id, m.kind, m.held_on, m.started_at,
		       m.state in ('submitted', 'acknowledged') as is_submitted,
		       floor(extract(epoch from m.ended_at - m.started_at) / 60)::int as minutes
		from meeting m
		where m.unit_pos between p_lo and p_hi and m.period_month = p_month
		  and m.state in ('closed', 'submitted', 'acknowledged')
		  and m.kind in ('regular', 'thematic', 'extraordinary', 'congress')
	), roll as (
		select a.meeting_id,
		       count(*) filter (where not a.is_away and a.state <> 'exempt')::int as due,
		       count(*) filter (where not a.is_away and a.state in ('present', 'online'))::int as present,
		       count(*) filter (where not a.is_away and a.state = 'excused')::int as excused,
		       count(*) filter (where not a.is_away and a.state = 'unexcused')::int as unexcused
		from held h join attendance a on a.meeting_id = h.id
		group by a.meeting_id
	)
	select u.id, u.code, u.feed_id, u.pos, row_number() over (partition by u.id order by h.started_at, h.id),
	       h.id, h.kind, h.held_on,
	       exists (select from pilot p where p.id = h.id and p.state not in ('proposed', 'withdrawn')),
	       coalesce(h.is_submitted, false), r.due, r.present, r.excused, r.unexcused, h.minutes
	from unit u
	join unit_kind k on k.code = u.kind and k.is_branch
	left join held h on h.unit_id = u.id
	left join roll r on r.meeting_id = h.id
	where u.pos between p_lo and p_hi and daterange(u.founded_on, u.closed_on) && month_days(p_month);
end
$$;

-- R01. Tasks and proposals are the branch's, not a meeting's: they stand in its first line. Overdue is judged on the
-- last day of the month, or today if that is earlier.
create function auth.branch_activity(p_unit uuid, p_month text)
returns table (row_key text, unit_code text, unit_name text, period_month text, is_held boolean, held_on text,
               kind chibo.meeting_kind, is_pilot boolean, members_due int, present int, excused int, unexcused int,
               attendance_pct text, minutes int, speakers int, resolution_nos text, tasks_new int, tasks_done int,
               tasks_overdue int, proposals int, self_grade text, grade text, is_submitted boolean, meeting_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	v_days daterange := month_days(p_month);
	v_last date := least(upper(v_days) - 1, today());
	i record;
begin
	select x.lo, x.hi into i from interval_of(p_unit) x;
	return query
	select concat_ws('/', b.unit_code, case when b.nth > 1 then b.nth end), b.unit_code,
	       (select n.name from unit_name n where n.unit_id = b.unit_id and covers(n.during, upper(v_days) - 1)),
	       p_month, b.meeting_id is not null, iso(b.held_on), b.kind, b.is_pilot, b.due, b.present, b.excused,
	       b.unexcused, share_text(b.present, b.due), b.minutes, s.speakers, r.numbers, t.new, t.done, t.overdue, p.sent,
	       (select x.grade from score_sheet x where x.meeting_id = b.meeting_id and x.class = 'self'),
	       (select c.grade from scoring c where c.id = b.meeting_id and c.state in ('confirmed', 'final')),
	       b.is_submitted, b.meeting_id
	from month_of_branches(i.lo, i.hi, p_month) b
	left join lateral (
		select count(distinct fold(x.speaker))::int as speakers from speech x where x.meeting_id = b.meeting_id
	) s on b.meeting_id is not null
	left join lateral (
		select string_agg(x.number || '-' || x.suffix, ', ' order by x.issued_on, x.number) as numbers
		from resolution x where x.meeting_id = b.meeting_id and x.number is not null
	) r on b.meeting_id is not null
	left join lateral (
		select count(*) filter (where day_of(x.assigned_at) <@ v_days)::int as new,
		       count(*) filter (where day_of(x.confirmed_at) <@ v_days)::int as done,
		       count(*) filter (where x.due_on < v_last and x.state <> 'cancelled'
		                        and coalesce(day_of(x.confirmed_at) > v_last, true))::int as overdue
		from task x where x.unit_id = b.unit_id and day_of(x.assigned_at) <= v_last
	) t on b.nth = 1
	left join lateral (
		select count(*)::int as sent from proposal x where x.unit_id = b.unit_id and day_of(x.sent_at) <@ v_days
	) p on b.nth = 1
	order by b.pos, b.nth;
end
$$;

-- R02: a line for each grassroots organisation, and with p_totals one for all of them. The average attendance is all
-- who were present over all who were due. Late is a branch that has submitted nothing of the month.
create function auth.ward_activity(p_unit uuid, p_month text, p_totals boolean)
returns table (row_key text, unit_code text, unit_name text, branches int, held int, not_held int, regular int,
               thematic int, pilot int, members_due int, present int, attendance_pct text, good int, fair int,
               average int, poor int, not_graded int, late int)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	v_day date := upper(month_days(p_month)) - 1;
	i record;
begin
	select x.lo, x.hi into i from interval_of(p_unit) x;
	return query
	with line as (
		select b.*, b.kind in ('regular', 'thematic') as counts,
		       (select c.grade from scoring c where c.id = b.meeting_id and c.state in ('confirmed', 'final')) as grade
		from month_of_branches(i.lo, i.hi, p_month) b
	), branch as (
		select l.unit_id, coalesce(bool_or(l.counts), false) as held,
		       bool_or(l.counts and l.is_submitted) is not true as late
		from line l group by l.unit_id
	), summed as (
		select case when p_totals then null else l.feed_id end as ward,
		       count(distinct l.unit_id)::int as branches,
		       count(*) filter (where l.nth = 1 and b.held)::int as held,
		       count(*) filter (where l.kind = 'regular')::int as regular,
		       count(*) filter (where l.kind = 'thematic')::int as thematic,
		       count(*) filter (where l.is_pilot)::int as pilot,
		       coalesce(sum(l.due) filter (where l.counts), 0)::int as due,
		       coalesce(sum(l.present) filter (where l.counts), 0)::int as present,
		       count(*) filter (where l.grade = 'good')::int as good, count(*) filter (where l.grade = 'fair')::int as fair,
		       count(*) filter (where l.grade = 'average')::int as average,
		       count(*) filter (where l.grade = 'poor')::int as poor,
		       count(*) filter (where l.counts and l.grade is null)::int as not_graded,
		       count(*) filter (where l.nth = 1 and b.late)::int as late
		from line l join branch b on b.unit_id = l.unit_id
		group by 1
	)
	select coalesce(w.code, '*'), case when in_scope(s.ward) then w.code end,   -- of a part of it: the name alone
	       (select n.name from unit_name n where n.unit_id = s.ward and covers(n.during, v_day)),
	       s.branches, s.held, s.branches - s.held, s.regular, s.thematic, s.pilot, s.due, s.present,
	       share_text(s.present, s.due), s.good, s.fair, s.average, s.poor, s.not_graded, s.late
	from summed s
	left join unit w on w.id = s.ward
	order by w.pos;
end
$$;

-- R03: pilots of a month that are registered or further, in tree order.
create function auth.pilot_list(p_unit uuid, p_month text)
returns table (row_key text, ward_name text, unit_name text, unit_code text, kind chibo.meeting_kind, topic text,
               topic_tag text, delegates text, planned_on text, held_on text, state chibo.pilot_state,
               has_after_action boolean, meeting_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_day date := upper(month_days(p_month)) - 1;
	i record;
begin
	select x.lo, x.hi into i from interval_of(p_unit) x;
	return query
	select concat_ws('/', u.code, case when row_number() over w > 1 then row_number() over w end),
	       (select n.name from unit_name n where n.unit_id = p.committee_id and covers(n.during, v_day)),
	       (select n.name from unit_name n where n.unit_id = p.unit_id and covers(n.during, v_day)),
	       u.code, m.kind, m.topic, m.topic_tag, d.names, iso(day_of(m.planned_at)), iso(m.held_on), p.state,
	       exists (select from pilot_comment c where c.pilot_id = p.id), p.id
	from pilot p
	join meeting m on m.id = p.id
	join unit u on u.id = p.unit_id
	left join lateral (
		select string_agg(x.full_name, ', ' order by x.id) as names from pilot_delegate x where x.pilot_id = p.id
	) d on true
	where p.unit_pos between i.lo and i.hi and p.period_month = p_month and p.state not in ('proposed', 'withdrawn')
	window w as (partition by u.id order by p.id)
	order by u.pos, p.id;
end
$$;

grant execute on function auth.branch_activity, auth.ward_activity, auth.pilot_list to chibo_app;

commit;
