-- Deploy chibo:due to pg
-- What is due, what is overdue, by how much, and who has to act.

begin;
set local role chibo_owner;

create type chibo.due_level as enum ('overdue', 'today', 'near', 'later');

create index task_open on chibo.task (unit_pos, due_on) include (unit_id) where state not in ('confirmed', 'cancelled');
create index recipient_open on chibo.proposal_recipient (unit_pos, due_on)
	where state in ('waiting', 'received', 'routed') and due_on is not null;

set local role chibo_auth;

-- Names of the roles that hold a permission, the lowest first.
create function auth.role_names(p_permission text) returns text
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	return (select string_agg(r.name, ', ' order by r.rank, r.code)
	        from role_permission rp join role r on r.code = rp.role where rp.permission = p_permission);
end
$$;

-- Units of the caller's interval, all at once: path, own name, nearest grassroots organisation and nearest unit that
-- decides on admissions. The names of the units above are no secret.
create function auth.due_places(p_units uuid[])
returns table (unit_id uuid, path text, name text, grassroots text, decider text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select u.id, string_agg(n.name, ' › ' order by c.depth desc), (array_agg(n.name order by c.depth))[1],
	       (array_agg(n.name order by c.depth) filter (where a.is_grassroots))[1],
	       (array_agg(n.name order by c.depth) filter (where a.can_decide_admission))[1]
	from unit u
	join unit_closure c on c.unit_id = u.id and covers(c.during, today())
	join unit a on a.id = c.ancestor_id
	join unit_name n on n.unit_id = a.id and covers(n.during, today())
	where u.id = any (p_units) and u.pos between nullif(current_setting('app.lo', true), '')::int
	                                         and nullif(current_setting('app.hi', true), '')::int
	group by u.id;
end
$$;
grant execute on function auth.role_names, auth.due_places to chibo_app;

set local role chibo_owner;

-- Of clocks, tasks and proposals, and whose turn it is: a task that is reported waits for its confirmation.
create function chibo.due_kinds()
returns table (code text, name text, order_no int, actor text, permission text) language sql stable as $$
	select k.code, k.name, k.order_no, k.actor::text, k.permission from chibo.clock_kind k
	union all
	values ('task', 'Nhiệm vụ được giao', 500, 'branch', 'task_report'),
	       ('proposal', 'Kiến nghị chờ trả lời', 600, null, 'proposal_answer')
$$;

-- The first day on which somebody is reminded of the end of a probation, in working days from it.
create function chibo.first_reminder() returns int language sql stable as $$
	select min(m::int) from string_to_table(chibo.remind_days(chibo.today()), ',') m
$$;

-- The last day that a list shows without being asked: what is overdue or soon due, and what is to be thought of before.
create function chibo.due_until(p_kind text) returns date language sql stable as $$
	select case p_kind
		when 'probation' then greatest(d.soon, chibo.working_day_after(chibo.today(), -least(chibo.first_reminder(), 0)))
		when 'certificate' then
			(chibo.today() + make_interval(months => chibo.rule_number('awareness_cert.alert_months', chibo.today())))::date
		else d.soon end
	from (select chibo.today() + chibo.rule_number('due.list_days', chibo.today()) as soon) d
$$;

-- The positions asked for, none of a unit out of scope, and the last day that is near.
create function chibo.due_frame(p_unit uuid, out lo int, out hi int, out near date) language sql stable as $$
	select case when p_unit is null then 0 else (select u.pos from chibo.unit u where u.id = p_unit) end,
	       case when p_unit is null then 2147483647 else (select u.last from chibo.unit u where u.id = p_unit) end,
	       chibo.working_day_after(chibo.today(), chibo.rule_number('due.near_days', chibo.today()))
$$;

-- The next rows in the order of day and id, up to p_until or as far as each kind is shown by itself. First which, and
-- names and places for these alone: of a person for whoever may see him, which for counts alone is when the file lies
-- before the reader. `offset 0` keeps the planner, who expects few rows of an interval, to the keys.
create function chibo.due_page(p_unit uuid, p_kind text, p_until date, p_after date, p_after_id uuid, p_limit int)
returns table (id uuid, kind text, kind_name text, subject text, unit_path text, started_on text, due_on text,
	working_days_left int, level chibo.due_level, reminder int, actor_unit text, actor_roles text, rule_doc text,
	candidate_id uuid, member_id uuid, task_id uuid, proposal_id uuid)
language plpgsql stable as $$
#variable_conflict use_column
declare
	f record;
	v_until date := coalesce(p_until, chibo.due_until(null));
	v_probation date := coalesce(p_until, chibo.due_until('probation'));
	v_certificate date := coalesce(p_until, chibo.due_until('certificate'));
	v_marks int[] := string_to_array(chibo.remind_days(chibo.today()), ',')::int[];
	v_today date := chibo.today();
	v_sees boolean := chibo.sees_names();
begin
	select x.lo, x.hi, x.near into f from chibo.due_frame(p_unit) x;
	return query
	with page as materialized (
		(select c.id, c.kind, c.unit_id, c.started_on, c.due_on, c.rule_doc, c.candidate_id, c.member_id,
		        null::uuid as task_id, null::uuid as proposal_id, null::text as title, null::text as actor, null::text as needs
		 from chibo.clock c
		 where c.stopped_on is null and c.unit_pos between f.lo and f.hi and chibo.reaches(c.unit_id, c.unit_pos)
		   and (p_kind is null or c.kind = p_kind) and (c.due_on, c.id) > (p_after, p_after_id)
		   and c.due_on <= case c.kind when 'probation' then v_probation when 'certificate' then v_certificate else v_until end
		 order by c.due_on, c.id limit p_limit)
		union all
		(select t.id, 'task', t.unit_id, chibo.day_of(t.assigned_at), t.due_on, null, null, null, t.id, null, t.title,
		        case when t.state = 'reported' then t.assigner_name end,
		        case when t.state = 'reported' then 'task_write' end
		 from chibo.task t
		 where t.state not in ('confirmed', 'cancelled') and t.unit_pos between f.lo and f.hi
		   and chibo.reaches(t.unit_id, t.unit_pos) and (p_kind is null or p_kind = 'task')
		   and (t.due_on, t.id) > (p_after, p_after_id) and t.due_on <= v_until
		 order by t.due_on, t.id limit p_limit)
		union all
		(select r.id, 'proposal', r.unit_id, chibo.day_of(r.sent_at), r.due_on, null, null, null, null, r.proposal_id, p.title,
		        r.recipient_name, case when r.recipient_id is null then 'proposal_route' end
		 from chibo.proposal_recipient r
		 cross join lateral (select x.title from chibo.proposal x where x.id = r.proposal_id and x.state = 'sent' offset 0) p
		 where r.state in ('waiting', 'received', 'routed') and r.due_on is not null and r.unit_pos between f.lo and f.hi
		   and chibo.reaches(r.unit_id, r.unit_pos) and (p_kind is null or p_kind = 'proposal')
		   and (r.due_on, r.id) > (p_after, p_after_id) and r.due_on <= v_until
		 order by r.due_on, r.id limit p_limit)
		order by 5, 1 limit p_limit
	), day as materialized (
		select d.due_on, chibo.working_days(v_today, d.due_on) as left_over
		from (select distinct g.due_on from page g) d
	), duty as materialized (
		select k.code, k.name, k.actor, auth.role_names(k.permission) as roles from chibo.due_kinds() k
	), needed as materialized (
		select n.needs, auth.role_names(n.needs) as roles from (select distinct g.needs from page g where g.needs is not null) n
	), place as materialized (
		select u.unit_id, u.path, u.name, u.grassroots, u.decider
		from auth.due_places(array(select distinct g.unit_id from page g)) u
	)
	select g.id, g.kind, k.name, w.subject, u.path, chibo.iso(g.started_on), chibo.iso(g.due_on), d.left_over,
	       case when g.due_on < v_today then 'overdue' when g.due_on = v_today then 'today'
	            when g.due_on <= f.near then 'near' else 'later' end::chibo.due_level,
	       case when g.kind = 'probation' then chibo.reminder_at(d.left_over, g.due_on <= v_today, v_marks) end,
	       coalesce(g.actor, case k.actor when 'grassroots' then u.grassroots when 'decider' then u.decider else u.name end),
	       coalesce(n.roles, k.roles), g.rule_doc, g.candidate_id, w.member_id, g.task_id, g.proposal_id
	from page g
	join day d on d.due_on = g.due_on
	join duty k on k.code = g.kind
	left join needed n on n.needs = g.needs
	left join place u on u.unit_id = g.unit_id
	cross join lateral (
		select p.full_name as subject, null::uuid as member_id
		from chibo.candidate c left join chibo.person p on p.id = c.person_id and chibo.sees_candidate(c.stage)
		where c.id = g.candidate_id
		union all
		select p.full_name, m.id
		from chibo.probation b
		left join chibo.member m on m.id = b.id and (v_sees or b.state = 'under_review')
		left join chibo.person p on p.id = m.person_id
		where b.id = g.member_id
		union all
		select case when v_sees then g.title end, null where g.title is not null
		offset 0
	) w
	order by g.due_on, g.id;
end
$$;

-- All that runs, however far away: today counts as near.
create function chibo.due_totals(p_unit uuid, p_kind text)
returns table (kind text, kind_name text, overdue int, near int, later int) language plpgsql stable as $$
#variable_conflict use_column
declare
	f record;
	v_today date := chibo.today();
begin
	select x.lo, x.hi, x.near into f from chibo.due_frame(p_unit) x;
	return query
	with running as (
		select c.kind, c.due_on from chibo.clock c
		where c.stopped_on is null and c.unit_pos between f.lo and f.hi and chibo.reaches(c.unit_id, c.unit_pos)
		union all
		select 'task', t.due_on from chibo.task t
		where t.state not in ('confirmed', 'cancelled') and t.unit_pos between f.lo and f.hi
		  and chibo.reaches(t.unit_id, t.unit_pos)
		union all
		select 'proposal', r.due_on
		from chibo.proposal_recipient r
		cross join lateral (select from chibo.proposal x where x.id = r.proposal_id and x.state = 'sent' offset 0) p
		where r.state in ('waiting', 'received', 'routed') and r.due_on is not null and r.unit_pos between f.lo and f.hi
		  and chibo.reaches(r.unit_id, r.unit_pos)
	)
	select k.code, k.name, count(*) filter (where r.due_on < v_today)::int,
	       count(*) filter (where r.due_on between v_today and f.near)::int, count(*) filter (where r.due_on > f.near)::int
	from running r join chibo.due_kinds() k on k.code = r.kind
	where p_kind is null or k.code = p_kind
	group by k.code, k.name, k.order_no
	order by k.order_no;
end
$$;

grant execute on function chibo.due_kinds, chibo.due_until, chibo.first_reminder, chibo.due_frame,
	chibo.due_page, chibo.due_totals to chibo_app;

commit;
