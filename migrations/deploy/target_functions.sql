-- Deploy chibo:target_functions to pg
-- Targets from level to level, and progress against them (R08).

begin;
set local role chibo_owner;

-- What is counted is counted by its day; members by the day of admission have theirs with the reports of admissions.
create index on chibo.member (full_on);
create index on chibo.candidate (listed_on);
create index on chibo.class_attendance (issued_on);

create function chibo.create_term(
	p_id uuid, p_unit uuid, p_name text, p_from date, p_last date, p_nominal_years int, p_basis text)
returns void language plpgsql as $$
declare
	u chibo.unit := chibo.writing_unit(p_unit);
begin
	if p_last < p_from then
		perform chibo.refuse(3, 'before_start', 'last_on');
	end if;
	insert into chibo.term (id, unit_id, unit_pos, feed_id, name, during, nominal_years, basis)
	values (p_id, u.id, u.pos, u.feed_id, p_name, daterange(p_from, p_last, '[]'), p_nominal_years, p_basis);
end
$$;

-- The days that a request for a target names in one of three ways. A term is the unit's own or that of one above.
create function chibo.days_of_target(
	p_unit uuid, p_term uuid, p_year int, p_month text, out period chibo.target_period, out during daterange)
language plpgsql stable as $$
begin
	if num_nonnulls(p_term, p_year, p_month) <> 1 then
		perform chibo.refuse(3, 'one_period', 'term_id');
	elsif p_year not between 1930 and 9999 then
		perform chibo.refuse(3, 'out_of_range', 'year', e'min=1930\nmax=9999');
	elsif p_year is not null then
		period := 'year';
		during := daterange(make_date(p_year, 1, 1), make_date(p_year + 1, 1, 1));
	elsif p_month is not null then
		period := 'month';
		during := chibo.month_days(p_month);
	else
		period := 'term';
		select t.during into days_of_target.during from chibo.term t
		join chibo.unit_closure c on c.ancestor_id = t.unit_id and c.unit_id = p_unit and chibo.covers(c.during, chibo.today())
		where t.id = p_term;
		if not found then
			perform chibo.refuse(9, 'term_of_other', 'term_id');
		end if;
	end if;
end
$$;

-- A share is of a target for the same thing and days that stands with a unit above and has been issued.
create function chibo.require_parent_target(
	p_parent uuid, p_unit uuid, p_metric text, p_period chibo.target_period, p_during daterange)
returns void language plpgsql as $$
declare
	t chibo.target;
begin
	select x.* into t from chibo.target x
	where x.id = p_parent and chibo.reaches(x.unit_id, x.unit_pos) for share;
	if not found then
		perform chibo.refuse(5, 'not_found', 'parent_id');
	elsif t.state not in ('issued', 'cascaded') then
		perform chibo.refuse(9, 'parent_not_issued', 'parent_id', 'state=' || t.state);
	elsif (t.metric, t.period, t.during) is distinct from (p_metric, p_period, p_during) or not exists (
		select from chibo.unit_closure c where c.unit_id = p_unit and c.ancestor_id = t.unit_id and c.depth > 0
		and chibo.covers(c.during, chibo.today())) then
		perform chibo.refuse(9, 'parent_differs', 'parent_id');
	end if;
end
$$;

create function chibo.propose_target(
	p_id uuid, p_unit uuid, p_metric text, p_term uuid, p_year int, p_month text, p_value int, p_basis text, p_parent uuid)
returns void language plpgsql as $$
declare
	u chibo.unit := chibo.writing_unit(p_unit);
	d record;
begin
	perform chibo.require_code('metric', p_metric, 'metric');
	select x.period, x.during into d from chibo.days_of_target(u.id, p_term, p_year, p_month) x;
	if p_parent is not null then
		perform chibo.require_parent_target(p_parent, u.id, p_metric, d.period, d.during);
	end if;
	insert into chibo.target (id, unit_id, unit_pos, feed_id, metric, period, during, term_id, value, basis, parent_id,
		proposed_by)
	values (p_id, u.id, u.pos, u.feed_id, p_metric, d.period, d.during, p_term, p_value, p_basis, p_parent, chibo.caller());
end
$$;

-- Locks a target for a step from this version to a state.
create function chibo.lock_target(p_id uuid, p_base_version int, p_to chibo.target_state)
returns chibo.target language plpgsql as $$
declare
	t chibo.target;
begin
	select x.* into t from chibo.target x where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos) for update;
	if not found then
		perform chibo.refuse(5, 'not_found', 'id');
	elsif t.version <> p_base_version then
		perform chibo.refuse(10, 'conflict', 'base_version', 'version=' || t.version);
	end if;
	perform chibo.require_step('target', t.state::text, p_to::text);
	return t;
end
$$;

-- What comes from above is done in a grant above; nobody stands above the root.
create function chibo.require_from_above(t chibo.target) returns void language plpgsql as $$
begin
	if t.unit_id = chibo.acting_unit() and t.unit_id <> auth.root_feed() then
		perform chibo.refuse(9, 'own_unit', 'id');
	end if;
end
$$;

create function chibo.require_not_proposer(t chibo.target) returns void language plpgsql as $$
begin
	if t.proposed_by = chibo.caller() then
		perform chibo.refuse(9, 'own_proposal', 'id');
	end if;
end
$$;

create function chibo.agree_target(p_id uuid, p_base_version int) returns void language plpgsql as $$
declare
	t chibo.target := chibo.lock_target(p_id, p_base_version, 'agreed');
begin
	perform chibo.require_not_proposer(t);
	update chibo.target x set
		version = x.version + 1, state = 'agreed', agreed_by = chibo.caller(), agreed_at = now(), reason = null
	where x.id = t.id;
end
$$;

create function chibo.send_back_target(p_id uuid, p_base_version int, p_reason text) returns void language plpgsql as $$
declare
	t chibo.target := chibo.lock_target(p_id, p_base_version, 'proposed');
begin
	perform chibo.require_from_above(t);
	update chibo.target x set
		version = x.version + 1, state = 'proposed', agreed_by = null, agreed_at = null, reason = p_reason
	where x.id = t.id;
end
$$;

create function chibo.issue_target(p_id uuid, p_base_version int) returns void language plpgsql as $$
declare
	t chibo.target := chibo.lock_target(p_id, p_base_version, 'issued');
begin
	perform chibo.require_from_above(t);
	perform chibo.require_not_proposer(t);
	update chibo.target x set version = x.version + 1, state = 'issued', issued_by = chibo.caller(), issued_at = now()
	where x.id = t.id;
end
$$;

create function chibo.close_target(p_id uuid, p_base_version int, p_reason text) returns void language plpgsql as $$
declare
	t chibo.target := chibo.lock_target(p_id, p_base_version, 'closed');
begin
	perform chibo.require_from_above(t);
	update chibo.target x set version = x.version + 1, state = 'closed', reason = p_reason where x.id = t.id;
end
$$;

-- All versions of a target, from any of them.
create function chibo.versions_of_target(p_id uuid) returns table (id uuid) language sql stable as $$
	with recursive older as (
		select t.id, t.replaces from chibo.target t where t.id = p_id
		union all
		select t.id, t.replaces from older o join chibo.target t on t.id = o.replaces
	), newer as (
		select p_id as id
		union all
		select t.id from newer n join chibo.target t on t.replaces = n.id
	)
	select o.id from older o union select n.id from newer n
$$;

-- Shares that stand, whichever version of the target they were made for.
create function chibo.shares_of_target(p_id uuid) returns setof chibo.target language sql stable as $$
	select s from chibo.versions_of_target(p_id) v join chibo.target s on s.parent_id = v.id
	where s.state not in ('adjusted', 'closed') and chibo.reaches(s.unit_id, s.unit_pos)
$$;

create type chibo.target_line as (id uuid, unit_id uuid, unit_code text, value int);

-- The unit of a line: directly below, by id or by code.
create function chibo.unit_below(p_unit uuid, l chibo.target_line) returns chibo.unit language plpgsql stable as $$
declare
	u chibo.unit;
begin
	select x.* into u from chibo.unit x
	where (x.id = l.unit_id or l.unit_id is null and x.code = l.unit_code) and chibo.reaches(x.id, x.pos);
	if not found then
		perform chibo.refuse(5, 'not_found', 'lines');
	elsif not exists (select from chibo.unit_parent p where p.unit_id = u.id and p.parent_id = p_unit
	                  and chibo.covers(p.during, chibo.today())) then
		perform chibo.refuse(9, 'not_directly_below', 'lines', 'unit_code=' || u.code);
	end if;
	return u;
end
$$;

create function chibo.propose_share(t chibo.target, l chibo.target_line) returns void language plpgsql as $$
declare
	u chibo.unit := chibo.unit_below(t.unit_id, l);
begin
	if l.id is null or l.value is null then
		perform chibo.refuse(3, 'required', 'lines');
	end if;
	insert into chibo.target (id, unit_id, unit_pos, feed_id, metric, period, during, term_id, value, basis, parent_id,
		proposed_by)
	values (l.id, u.id, u.pos, u.feed_id, t.metric, t.period, t.during, t.term_id, l.value, t.basis, t.id, chibo.caller());
end
$$;

-- Shares that stand from before are counted with the new ones: of an adjusted target there may be no line to add.
create function chibo.cascade_target(p_id uuid, p_base_version int, p_lines chibo.target_line[], p_difference text)
returns void language plpgsql as $$
declare
	t chibo.target := chibo.lock_target(p_id, p_base_version, 'cascaded');
	s record;
begin
	perform chibo.propose_share(t, l) from unnest(p_lines) as l;
	select count(*) as n, coalesce(sum(x.value), 0) as sum into s from chibo.shares_of_target(t.id) x;
	if s.n = 0 then
		perform chibo.refuse(3, 'required', 'lines');
	elsif s.sum <> t.value and p_difference is null then
		perform chibo.refuse(9, 'sum_differs', 'lines', format(e'sum=%s\nvalue=%s', s.sum, t.value));
	end if;
	update chibo.target x set
		version = x.version + 1, state = 'cascaded', difference = case when s.sum <> t.value then p_difference end
	where x.id = t.id;
end
$$;

-- A new version in place of the old one. Whoever agreed has agreed to the old one; this one comes from above alone.
create function chibo.adjust_target(p_id uuid, p_base_version int, p_new_id uuid, p_value int, p_basis text, p_reason text)
returns void language plpgsql as $$
declare
	t chibo.target := chibo.lock_target(p_id, p_base_version, 'adjusted');
begin
	perform chibo.require_from_above(t);
	perform chibo.require_not_proposer(t);
	if p_value = t.value then
		perform chibo.refuse(3, 'same_value', 'value');
	end if;
	update chibo.target x set version = x.version + 1, state = 'adjusted' where x.id = t.id;
	insert into chibo.target (id, unit_id, unit_pos, feed_id, metric, period, during, term_id, value, basis, parent_id,
		number, replaces, reason, state, proposed_by, proposed_at, issued_by, issued_at)
	values (p_new_id, t.unit_id, t.unit_pos, t.feed_id, t.metric, t.period, t.during, t.term_id, p_value, p_basis,
		t.parent_id, t.number + 1, t.id, p_reason, 'issued', t.proposed_by, t.proposed_at, chibo.caller(), now());
end
$$;

create view chibo.target_sheet with (security_invoker = true) as
	select t.id, t.version, t.unit_id, auth.unit_path(t.unit_id, chibo.today()) as unit_path, t.metric, t.period,
	       chibo.iso(lower(t.during)) as from_on, chibo.last_day(t.during) as last_on, t.term_id, t.value, t.basis,
	       t.parent_id, t.number, t.replaces, t.difference, t.reason, t.state, t.proposed_at as proposed_at_us,
	       t.agreed_at as agreed_at_us, t.issued_at as issued_at_us, s.share_count, s.sum_of_shares,
	       coalesce(s.sum_of_shares <> t.value, false) as sum_differs, t.during, t.unit_pos as pos
	from chibo.target t
	cross join lateral (
		select count(*)::int as share_count, sum(x.value) as sum_of_shares from chibo.shares_of_target(t.id) x
	) s;
grant select on chibo.target_sheet to chibo_app;

-- What comes from above is not offered to the unit itself.
create function chibo.target_actions(p_id uuid) returns table (method text) language sql stable as $$
	select a.method
	from chibo.target t cross join lateral auth.next_actions('target', t.state::text, t.unit_id) a
	where t.id = p_id and chibo.reaches(t.unit_id, t.unit_pos)
	  and (t.unit_id is distinct from chibo.acting_unit() or t.unit_id = auth.root_feed()
	       or a.method not in ('TargetService/SendBack', 'TargetService/Issue', 'TargetService/Adjust', 'TargetService/Close'))
$$;

-- Whole months between two days, both of them in; one that has begun counts.
create function chibo.months_begun(p_first date, p_last date) returns int language sql immutable parallel safe as $$
	select (12 * extract(year from a.age) + extract(month from a.age) + (extract(day from a.age) > 0)::int)::int
	from age((p_last + 1)::timestamp, p_first::timestamp) as a (age)
$$;

-- How much of a year has passed on a day: in months at the end of one, else in days.
create function chibo.part_of_year(p_year int, p_day date, out passed int, out whole int, out words text)
language plpgsql immutable as $$
declare
	v_first date := make_date(p_year, 1, 1);
	v_next date := make_date(p_year + 1, 1, 1);
	v_until date := greatest(least(p_day + 1, v_next), v_first);
begin
	if extract(day from v_until) = 1 then
		passed := case when v_until = v_next then 12 else extract(month from v_until)::int - 1 end;
		whole := 12;
		words := passed || '/12 tháng';
	else
		passed := v_until - v_first;
		whole := v_next - v_first;
		words := format('%s/%s ngày', passed, whole);
	end if;
end
$$;

-- What dates an admission: the ceremony, or the decision.
create type chibo.count_basis as enum ('ceremony', 'decision');
create type chibo.target_pace as enum ('behind', 'on_track', 'ahead');

-- Nothing is judged before its time has begun to run. p_behind_pct of what was due by now is enough.
create function chibo.pace_of(p_done bigint, p_target int, p_passed int, p_whole int, p_behind_pct int)
returns chibo.target_pace language sql immutable parallel safe as $$
	select case
		when p_target is null or p_passed = 0 then null
		when p_done * p_whole * 100 < p_target::bigint * p_passed * p_behind_pct then 'behind'
		when p_done * p_whole > p_target::bigint * p_passed then 'ahead'
		else 'on_track' end::chibo.target_pace
$$;

grant execute on function chibo.create_term, chibo.days_of_target, chibo.require_parent_target, chibo.propose_target,
	chibo.lock_target, chibo.require_from_above, chibo.require_not_proposer, chibo.agree_target, chibo.send_back_target,
	chibo.issue_target, chibo.close_target, chibo.versions_of_target, chibo.shares_of_target, chibo.unit_below,
	chibo.propose_share, chibo.cascade_target, chibo.adjust_target, chibo.target_actions to chibo_app;
grant execute on function chibo.months_begun, chibo.part_of_year, chibo.pace_of to chibo_app, chibo_auth;

set local role chibo_auth;

-- One decimal, half up, from integers; null where there is nothing to divide by.
create function auth.ratio_text(p_part bigint, p_whole bigint) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
	select to_char(round(p_part::numeric / nullif(p_whole, 0), 1), 'FM9999999990.0')
$$;

-- What happened in the scope, and in which unit: whoever was admitted or recognised counts where he took part on that
-- day, so nobody counts whose record came later from elsewhere. Candidates count where their record lies.
create function auth.metric_events(p_metric text, p_from date, p_until date, p_basis text)
returns table (unit_id uuid, day date)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan
-- days that were asked for are a part of the table, read by its index
set enable_seqscan = off as $$
declare
	v_lo int := nullif(current_setting('app.lo', true), '')::int;
	v_hi int := nullif(current_setting('app.hi', true), '')::int;
begin
	case p_metric
	when 'admissions' then
		return query
		select s.unit_id, case p_basis when 'decision' then m.decision_on else m.joined_on end
		from member m join membership s on s.member_id = m.id and s.kind = 'primary' and covers(s.during, m.joined_on)
		where s.unit_pos between v_lo and v_hi
		  and (p_basis <> 'decision' and m.joined_on between p_from and p_until
		       or p_basis = 'decision' and m.decision_on between p_from and p_until);
	when 'recognitions' then
		return query
		select s.unit_id, m.full_on
		from probation p join member m on m.id = p.id
		join membership s on s.member_id = m.id and s.kind = 'primary' and covers(s.during, m.full_on)
		where s.unit_pos between v_lo and v_hi and p.state = 'recognised' and m.full_on between p_from and p_until;
	when 'candidates' then
		return query
		select c.unit_id, c.listed_on from candidate c
		where c.unit_pos between v_lo and v_hi and c.listed_on between p_from and p_until;
	when 'class_certified' then
		return query
		select a.unit_id, a.issued_on from class_attendance a
		where a.unit_pos between v_lo and v_hi and a.issued_on between p_from and p_until;
	else
		perform refuse(9, 'metric_not_counted', 'metric', 'value=' || left(p_metric, 40));
	end case;
end
$$;

-- The unit that stands today for each one of the scope: itself, or whatever followed it.
create function auth.heirs() returns table (unit_id uuid, heir_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	with recursive line as (
		select u.id, u.id as heir, 0 as n from unit u where inside(u.pos)
		union all
		select l.id, u.successor, l.n + 1 from line l join unit u on u.id = l.heir
		where u.closed_on <= today() and u.successor is not null and l.n < 20
	)
	select distinct on (l.id) l.id, l.heir from line l order by l.id, l.n desc;
end
$$;

-- Every event of a metric, with each unit that it counts for: the one where it happened and all above it, on the day
-- of the event (then) or as things stand today (now), when whatever followed a closed unit has its events. All units
-- at once, in one scan.
create function auth.metric_credits(p_metric text, p_from date, p_until date, p_tree chibo.tree_mode, p_basis text)
returns table (ancestor_id uuid, unit_id uuid, day date, n bigint)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
begin
	return query
	with event as materialized (
		select e.unit_id, e.day, count(*) as n from metric_events(p_metric, p_from, p_until, p_basis) e group by 1, 2
	), placed as (
		select e.unit_id, e.day, e.n from event e where p_tree is distinct from 'now'
		union all
		select h.heir_id, e.day, e.n from event e join heirs() h on h.unit_id = e.unit_id where p_tree = 'now'
	)
	select c.ancestor_id, e.unit_id, e.day, e.n
	from placed e
	join unit_closure c on c.unit_id = e.unit_id
	 and covers(c.during, case when p_tree = 'now' then today() else e.day end);
end
$$;

-- What a unit and all below it did from one day to another.
create function auth.metric_actual(p_unit uuid, p_metric text, p_from date, p_until date, p_tree chibo.tree_mode,
                                   p_basis text default null)
returns bigint language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return (select coalesce(sum(c.n), 0)
	        from metric_credits(p_metric, p_from, p_until, p_tree, coalesce(p_basis, (rule_on('admission.count_basis', p_until)).value)) c
	        where c.ancestor_id = p_unit and in_scope(p_unit));
end
$$;

-- The target of a unit that is or was issued for a period with the day in it; the newest version.
create function auth.target_on(p_unit uuid, p_metric text, p_period chibo.target_period, p_day date) returns chibo.target
language plpgsql stable set search_path = pg_catalog, chibo, pg_temp as $$
declare
	t target;
begin
	select x.* into t from target x
	where x.unit_id = p_unit and x.metric = p_metric and x.period = p_period and x.during @> p_day
	  and (x.state in ('issued', 'cascaded') or x.state = 'closed' and x.issued_at is not null)
	order by x.state = 'closed', x.number desc, x.issued_at desc limit 1;
	return t;
end
$$;

-- The term of a day: of the unit, or else of the nearest one above that has one. Its days are no secret.
create function auth.term_on(p_unit uuid, p_day date) returns chibo.term
language plpgsql stable set search_path = pg_catalog, chibo, pg_temp as $$
declare
	t term;
begin
	select x.* into t from unit_closure c join term x on x.unit_id = c.ancestor_id and x.during @> p_day
	where c.unit_id = p_unit and covers(c.during, p_day)
	order by c.depth limit 1;
	return t;
end
$$;

-- The unit itself (depth 0) and those directly below, with what each should have done and since when.
create function auth.progress_lines(p_unit uuid, p_day date, p_metric text, p_year int, p_tree chibo.tree_mode)
returns table (unit_id uuid, pos int, depth int, term_target int, year_target int, first_on date, last_on date, years int)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_tree_day date := case when p_tree = 'now' then today() else p_day end;
begin
	return query
	select u.id, u.pos, c.depth, g.value, (target_on(u.id, p_metric, 'year', make_date(p_year, 1, 1))).value,
	       lower(coalesce(g.during, t.during)), upper(coalesce(g.during, t.during)) - 1,
	       coalesce((select x.nominal_years from term x where x.id = g.term_id), t.nominal_years)
	from unit_closure c
	join unit u on u.id = c.unit_id
	cross join lateral target_on(u.id, p_metric, 'term', p_day) g
	cross join lateral term_on(u.id, p_day) t
	where c.ancestor_id = p_unit and c.depth <= 1 and covers(c.during, v_tree_day) and inside(u.pos)
	  and (c.depth = 0 or covers(daterange(u.founded_on, u.closed_on), v_tree_day));
end
$$;

-- Branches of each unit that were there before a day and have had no event since.
create function auth.quiet_branches(p_units uuid[], p_after date, p_day date, p_tree chibo.tree_mode, p_active uuid[])
returns table (unit_id uuid, branches bigint)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_tree_day date := case when p_tree = 'now' then today() else p_day end;
begin
	return query
	select c.ancestor_id, count(*)
	from unit_closure c
	join unit u on u.id = c.unit_id and u.founded_on <= p_after and coalesce(u.closed_on > v_tree_day, true)
	join unit_kind k on k.code = u.kind and k.is_branch
	where c.ancestor_id = any (p_units) and covers(c.during, v_tree_day) and inside(u.pos) and u.id <> all (p_active)
	group by c.ancestor_id;
end
$$;

-- R08: a line for each unit directly below, and the last, '*', for the unit itself. Done and cumulative are until the
-- day; the year may be an earlier one. Every average and share has what it was divided by beside it.
create function auth.target_progress(p_unit uuid, p_day date, p_metric text, p_year int, p_tree chibo.tree_mode,
                                     p_basis text, p_zero_years int)
returns table (row_key text, unit_code text, unit_name text, unit_id uuid, term_target int, year_target int,
               done_year bigint, done_term bigint, year_pct text, term_pct text, pro_rata text, pro_rata_pct text,
               pro_rata_part text, status chibo.target_pace, remaining bigint, months_left int, needed_monthly text,
               needed_yearly text, average_nominal text, nominal_years int, average_elapsed text, elapsed_months int,
               zero_branches bigint, is_total boolean)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	v_after date := (p_day - make_interval(years => p_zero_years))::date;
	v_behind int := (rule_on('target.behind_pct', p_day)).value::int;
	v_year daterange := daterange(make_date(p_year, 1, 1), make_date(p_year + 1, 1, 1));
	v_part record;
begin
	select x.passed, x.whole, x.words into v_part from part_of_year(p_year, p_day) x;
	return query
	with line as materialized (
		select l.* from progress_lines(p_unit, p_day, p_metric, p_year, p_tree) l
	), credit as materialized (
		select c.* from metric_credits(p_metric, (select least(min(l.first_on), lower(v_year), v_after) from line l), p_day,
			p_tree, coalesce(p_basis, (rule_on('admission.count_basis', p_day)).value)) c
	), done as (
		select l.unit_id, coalesce(sum(c.n) filter (where c.day <@ v_year), 0)::bigint as year,
		       case when l.first_on is not null
		            then coalesce(sum(c.n) filter (where c.day >= l.first_on), 0)::bigint end as term
		from line l left join credit c on c.ancestor_id = l.unit_id
		group by l.unit_id, l.first_on
	), quiet as (
		select q.* from quiet_branches(array(select l.unit_id from line l), v_after, p_day, p_tree,
			array(select c.unit_id from credit c where c.day > v_after)) q
	), sums as (
		select l.*, d.year, d.term, case when d.term > l.term_target then 0 else l.term_target - d.term end as missing,
		       months_begun(p_day + 1, l.last_on) as ahead, months_begun(l.first_on, p_day) as behind
		from line l join done d on d.unit_id = l.unit_id
	)
	select case when s.depth = 0 then '*' else u.code end, u.code,
	       (select n.name from unit_name n where n.unit_id = u.id and covers(n.during, p_day)), u.id,
	       s.term_target, s.year_target, s.year, s.term, share_text(s.year, s.year_target), share_text(s.term, s.term_target),
	       ratio_text(s.year_target::bigint * v_part.passed, v_part.whole),
	       share_text(s.year * v_part.whole, s.year_target::bigint * v_part.passed), v_part.words,
	       pace_of(s.year, s.year_target, v_part.passed, v_part.whole, v_behind),
	       s.missing, s.ahead, ratio_text(s.missing, s.ahead), ratio_text(12 * s.missing, s.ahead),
	       ratio_text(s.term, s.years), s.years, ratio_text(12 * s.term, s.behind), s.behind,
	       coalesce(q.branches, 0), s.depth = 0
	from sums s
	join unit u on u.id = s.unit_id
	left join quiet q on q.unit_id = s.unit_id
	order by s.depth = 0, s.pos;
end
$$;

grant execute on function auth.metric_actual, auth.target_progress to chibo_app;

commit;
