-- Deploy chibo:member_functions to pg
-- Placing members and changing their status, lists and search.

begin;
set local role chibo_owner;

-- A day that has come already.
create function chibo.past_day(t text, field text) returns date language plpgsql as $$
declare
	d date := chibo.day(t, field);
begin
	if d > chibo.today() then
		perform chibo.refuse(3, 'not_future', field, 'value=' || t);
	end if;
	return d;
end
$$;

-- The same for a date of which perhaps only the year or the month is known.
create function chibo.past_partial(t text, field text) returns text language plpgsql as $$
begin
	if not chibo.is_partial_date(t) then
		perform chibo.refuse(3, 'date_format', field, 'value=' || left(t, 40));
	elsif t > chibo.iso(chibo.today()) then
		perform chibo.refuse(3, 'not_future', field, 'value=' || t);
	end if;
	return t;
end
$$;

-- What a member was on a day on which he belonged to the Party here, whatever became of him later.
create function chibo.status_on(p_status chibo.member_status, p_full_on date, p_day date)
returns chibo.member_status language sql immutable parallel safe as $$
	select case
		when p_day < p_full_on then 'probationary'::chibo.member_status
		when p_status in ('probationary', 'full') then p_status
		when p_full_on is null then 'probationary'::chibo.member_status
		else 'full'::chibo.member_status
	end
$$;

-- Refuses unless the unit is in scope, takes members, and exists on the day.
create function chibo.require_branch(p_unit uuid, p_day date) returns void language plpgsql as $$
declare
	u record;
begin
	select x.founded_on, x.closed_on, k.is_branch into u
	from chibo.unit x join chibo.unit_kind k on k.code = x.kind where x.id = p_unit;
	if not found then
		perform chibo.refuse(5, 'not_found', 'unit_id');
	elsif not u.is_branch then
		perform chibo.refuse(9, 'not_a_branch', 'unit_id');
	elsif u.closed_on is not null then
		perform chibo.refuse(9, 'closed', 'unit_id', 'closed_on=' || chibo.iso(u.closed_on));
	elsif p_day < u.founded_on then
		perform chibo.refuse(9, 'before_founding', 'from_on', 'founded_on=' || chibo.iso(u.founded_on));
	end if;
end
$$;

-- Locks the member's row for a change from `p_base_version`.
create function chibo.lock_member(p_id uuid, p_base_version int) returns chibo.member language plpgsql as $$
declare
	m chibo.member;
begin
	select x.* into m from chibo.member x where x.id = p_id for update;
	if not found then
		perform chibo.refuse(5, 'not_found', 'id');
	elsif m.version <> p_base_version then
		perform chibo.refuse(10, 'conflict', 'base_version', 'version=' || m.version);
	end if;
	perform auth.require_not_own(m.person_id, 'id');
	return m;
end
$$;

-- Moves the member and his person to the unit that keeps their records from now on.
create function chibo.rehome(m chibo.member, p_unit uuid, p_place uuid, p_from date)
returns void language plpgsql as $$
declare
	v_now chibo.membership;
begin
	if p_from > chibo.today() then
		perform chibo.refuse(3, 'not_future', 'from_on');
	end if;
	select s.* into v_now from chibo.membership s
	where s.member_id = m.id and s.kind = 'primary' and upper_inf(s.during);
	if v_now.unit_id = p_unit then
		perform chibo.refuse(9, 'same_unit', 'unit_id');
	elsif p_from <= lower(v_now.during) then
		perform chibo.refuse(9, 'before_current_place', 'from_on', 'from_on=' || chibo.iso(lower(v_now.during)));
	end if;
	update chibo.membership s set version = s.version + 1, during = daterange(lower(s.during), p_from)
	where s.id = v_now.id;
	insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
	select p_place, m.id, u.id, u.pos, u.feed_id, 'primary', daterange(p_from, null)
	from chibo.unit u where u.id = p_unit;
	update chibo.member x set version = x.version + 1, is_guest = false,
		unit_id = u.id, unit_pos = u.pos, feed_id = u.feed_id
	from chibo.unit u where u.id = p_unit and x.id = m.id;
	update chibo.person p set version = p.version + 1, unit_id = u.id, unit_pos = u.pos, feed_id = u.feed_id
	from chibo.unit u where u.id = p_unit and p.id = m.person_id;
end
$$;

create function chibo.place_member(p_id uuid, p_base_version int, p_place uuid, p_unit uuid,
                                   p_kind chibo.membership_kind, p_from date, p_until date)
returns void language plpgsql as $$
declare
	m chibo.member := chibo.lock_member(p_id, p_base_version);
begin
	perform chibo.require_branch(p_unit, p_from);
	if m.status not in ('probationary', 'full') then
		perform chibo.refuse(9, 'not_active', 'id', 'status=' || m.status);
	elsif p_until < p_from then
		perform chibo.refuse(3, 'before_start', 'until_on');
	elsif p_kind = 'primary' and p_until is not null then
		perform chibo.refuse(3, 'primary_is_open', 'until_on');
	elsif p_kind = 'primary' then
		perform chibo.rehome(m, p_unit, p_place, p_from);
	else
		insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
		select p_place, m.id, u.id, u.pos, u.feed_id, p_kind, daterange(p_from, p_until + 1)
		from chibo.unit u where u.id = p_unit;
		update chibo.member x set version = x.version + 1 where x.id = m.id;
	end if;
end
$$;

create function chibo.leave_place(p_id uuid, p_base_version int, p_place uuid, p_last date)
returns void language plpgsql as $$
declare
	m chibo.member := chibo.lock_member(p_id, p_base_version);
	v_place chibo.membership;
begin
	select s.* into v_place from chibo.membership s
	where s.id = p_place and s.member_id = m.id and chibo.inside(s.unit_pos);
	if not found then
		perform chibo.refuse(5, 'not_found', 'membership_id');
	elsif v_place.kind = 'primary' then
		perform chibo.refuse(9, 'primary_stays', 'membership_id');
	elsif p_last < lower(v_place.during) then
		perform chibo.refuse(3, 'before_start', 'last_on', 'from_on=' || chibo.iso(lower(v_place.during)));
	end if;
	update chibo.membership s set version = s.version + 1, during = daterange(lower(s.during), p_last + 1)
	where s.id = p_place;
	update chibo.member x set version = x.version + 1 where x.id = m.id;
end
$$;

-- Full membership counts from the end of probation, however late the decision.
create function chibo.make_full(m chibo.member, p_from date, p_basis text, p_card_no text)
returns void language plpgsql as $$
declare
	v_due date := (m.joined_on
		+ make_interval(months => chibo.rule_number('probation.months', m.joined_on)))::date;
begin
	if p_from < v_due then
		perform chibo.refuse(9, 'probation_running', 'from_on', 'due_on=' || chibo.iso(v_due));
	end if;
	update chibo.member x set version = x.version + 1, status = 'full', full_on = coalesce(v_due, p_from),
		card_no = coalesce(p_card_no, x.card_no), status_on = p_from, status_basis = p_basis
	where x.id = m.id;
end
$$;

-- Of a guest his own unit decides, and what it has decided is recorded; of ours it takes the steps of a recognition.
create function chibo.set_status(p_id uuid, p_base_version int, p_status chibo.member_status, p_from date,
                                 p_basis text, p_card_no text)
returns void language plpgsql as $$
declare
	m chibo.member := chibo.lock_member(p_id, p_base_version);
begin
	if p_status = 'full' and m.status = 'probationary' and not m.is_guest then
		perform chibo.refuse(9, 'recognition_required', 'status');
	elsif p_status = 'full' and m.status = 'probationary' then
		perform chibo.make_full(m, p_from, p_basis, p_card_no);
	elsif p_status in ('probationary', 'full') or m.status not in ('probationary', 'full') then
		perform chibo.refuse(9, 'status_transition', 'status', format(e'from=%s\nto=%s', m.status, p_status));
	else
		perform auth.end_places(p_id, p_from);
		update chibo.member x set version = x.version + 1, status = p_status, status_on = p_from,
			status_basis = p_basis
		where x.id = m.id;
	end if;
end
$$;

grant execute on function chibo.past_day, chibo.past_partial, chibo.status_on, chibo.require_branch,
	chibo.lock_member, chibo.rehome, chibo.place_member, chibo.leave_place, chibo.make_full, chibo.set_status
	to chibo_app;
grant execute on function chibo.status_on to chibo_auth;

-- Leaving the Party ends the places in units that the caller cannot see, too.
create policy leaving_the_party on chibo.membership for update to chibo_auth using (true) with check (true);
create policy leaving_before_start on chibo.membership for delete to chibo_auth using (true);
grant update, delete on chibo.membership to chibo_auth;

set local role chibo_auth;

create function auth.end_places(p_member uuid, p_from date) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	if not exists (select from member m where m.id = p_member and in_scope(m.unit_id)) then
		perform refuse(5, 'not_found', 'id');
	elsif exists (select from membership s
	              where s.member_id = p_member and s.kind = 'primary' and lower(s.during) >= p_from) then
		perform refuse(9, 'before_current_place', 'from_on');
	end if;
	delete from membership s where s.member_id = p_member and lower(s.during) >= p_from;
	update membership s set version = s.version + 1, during = daterange(lower(s.during), p_from)
	where s.member_id = p_member and s.during && daterange(p_from, null);
end
$$;

-- The caller's interval, narrowed to what stands below `p_unit` today.
create function auth.interval_of(p_unit uuid, out lo int, out hi int)
language plpgsql stable set search_path = pg_catalog, auth, pg_temp as $$
begin
	lo := nullif(current_setting('app.lo', true), '')::int;
	hi := nullif(current_setting('app.hi', true), '')::int;
	if p_unit is not null then
		-- not greatest() and least(): they would take a missing scope for an unlimited one
		select case when t.pos > interval_of.lo then t.pos else interval_of.lo end,
		       case when t.last < interval_of.hi then t.last else interval_of.hi end
		into lo, hi
		from tree t where t.unit_id = p_unit;
	end if;
end
$$;

-- The list of those who took part in units of the caller's scope on a day. A unit sees the basic data of
-- its guests and former members although another unit keeps their records: that is what its figures count.
create function auth.member_page(p_unit uuid, p_day date, p_kind chibo.membership_kind,
                                 p_status chibo.member_status, p_after_pos int, p_after_id uuid, p_limit int)
returns table (id uuid, full_name text, sex chibo.sex, born_on text, status chibo.member_status, joined_on text,
               unit_name text, kind chibo.membership_kind, pos int, unit_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, public, pg_temp as $$
declare
	v_unit uuid := coalesce(p_unit, nullif(current_setting('app.unit_id', true), '')::uuid);
	-- today's tree is what the positions say; an older one is asked of the closure
	v_is_today boolean := p_day = today();
	v_lo int;
	v_hi int;
	v_after uuid := '00000000-0000-0000-0000-000000000000';
begin
	select i.lo, i.hi into v_lo, v_hi from interval_of(case when v_is_today then v_unit end) i;
	if p_after_pos >= v_lo and p_after_id is not null then
		v_lo := p_after_pos;
		v_after := p_after_id;
	end if;
	return query
	select m.id, p.full_name, p.sex, p.born_on::text, status_on(m.status, m.full_on, p_day), iso(m.joined_on),
	       (select n.name from unit_name n where n.unit_id = page.unit_id and covers(n.during, p_day)),
	       page.kind, page.unit_pos, page.unit_id
	from (
		select s.member_id, s.unit_id, s.unit_pos, s.kind
		from membership s
		where (s.unit_pos, s.member_id) > (v_lo, v_after) and s.unit_pos <= v_hi
		  and s.kind = p_kind and covers(s.during, p_day)
		  and (v_is_today or exists (
			select from unit_closure c
			where c.unit_id = s.unit_id and c.ancestor_id = v_unit and c.during @> p_day))
		  and (p_status is null or p_status = (
			select status_on(m.status, m.full_on, p_day) from member m where m.id = s.member_id))
		order by s.unit_pos, s.member_id
		limit least(p_limit, 500)
	) page
	join member m on m.id = page.member_id
	join person p on p.id = m.person_id
	order by page.unit_pos, page.member_id;
end
$$;

-- Who takes part in one unit today, by name alone. Where the permission reaches over the own unit only, no
-- other one has rows.
create function auth.roster_page(p_unit uuid, p_after uuid, p_limit int)
returns table (id uuid, full_name text, kind chibo.membership_kind)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_own uuid := nullif(current_setting('app.unit_id', true), '')::uuid;
	v_unit uuid := coalesce(p_unit, v_own);
begin
	return query
	select m.id, p.full_name, page.kind
	from (
		select s.member_id, s.kind
		from tree t join membership s on s.unit_pos = t.pos
		where t.unit_id = v_unit and (v_unit = v_own or current_setting('app.reach', true) <> 'unit')
		  and t.pos between nullif(current_setting('app.lo', true), '')::int
		                and nullif(current_setting('app.hi', true), '')::int
		  and covers(s.during, today()) and s.member_id > coalesce(p_after, '00000000-0000-0000-0000-000000000000')
		order by s.member_id
		limit least(p_limit, 500)
	) page
	join member m on m.id = page.member_id
	join person p on p.id = m.person_id
	order by page.member_id;
end
$$;

-- By a part of the name. Marks in the query put exact hits first; without marks all spellings are equal.
create function auth.member_search(p_name text, p_unit uuid, p_limit int)
returns table (id uuid, full_name text, sex chibo.sex, born_on text, status chibo.member_status, joined_on text,
               unit_name text, kind chibo.membership_kind, pos int, unit_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, public, pg_temp
-- the trigram index can only be read by a bitmap scan
set plan_cache_mode = force_custom_plan set enable_bitmapscan = on as $$
declare
	v_lo int;
	v_hi int;
	v_typed text := lower(regexp_replace(btrim(normalize(p_name)), '\s+', ' ', 'g'));
	v_folded text := fold(v_typed);
begin
	if length(v_folded) < 2 then
		perform refuse(3, 'too_short', 'name', 'min=2');
	elsif length(v_folded) > 100 then
		perform refuse(3, 'too_long', 'name', 'max=100');
	end if;
	select i.lo, i.hi into v_lo, v_hi from interval_of(p_unit) i;
	return query
	select hit.id, hit.full_name, hit.sex, hit.born_on, hit.status, iso(hit.joined_on), n.name, hit.kind,
	       hit.unit_pos, hit.unit_id
	from (
		select m.id, p.full_name, p.sex, p.born_on::text as born_on, m.status, m.joined_on, place.kind,
		       coalesce(place.unit_id, m.unit_id) as unit_id, coalesce(place.unit_pos, m.unit_pos) as unit_pos,
		       row_number() over (
			order by v_typed <> v_folded and position(v_typed in lower(p.full_name)) > 0 desc,
			         p.given_name collate "vi-x-icu", p.family_name collate "vi-x-icu",
			         p.middle_name collate "vi-x-icu" nulls first, m.id) as rank
		from person p
		join member m on m.person_id = p.id
		left join lateral (
			select s.unit_id, s.unit_pos, s.kind from membership s
			where s.member_id = m.id and covers(s.during, today()) and s.unit_pos between v_lo and v_hi
			order by s.kind limit 1
		) place on true
		where p.name_folded like '%' || regexp_replace(v_folded, '([\\%_])', '\\\1', 'g') || '%'
		  and (place.unit_id is not null or m.unit_pos between v_lo and v_hi)
		order by rank
		limit least(p_limit, 100)
	) hit
	join unit_name n on n.unit_id = hit.unit_id and covers(n.during, today())
	order by hit.rank;
end
$$;

grant execute on function auth.end_places, auth.member_page, auth.roster_page, auth.member_search to chibo_app;

commit;
