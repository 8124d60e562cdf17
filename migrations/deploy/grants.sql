-- Deploy chibo:grants to pg
-- The life of a grant: a ward asks, the organisation board drafts, somebody else confirms, somebody ends it.
-- Whoever can give roles could give himself all others, so each step looks at the person who takes it.

begin;
set local role chibo_auth;

create type auth.grant_state as enum ('requested', 'draft', 'upcoming', 'live', 'over', 'ended', 'refused');

-- What waits for somebody is looked for by itself.
create index grant_waits on auth."grant" (id) where confirmed_at is null and ended_at is null;

alter table auth.code alter given_rank set default nullif(auth.own_rank(), 0);

create function auth.grant_state(g auth."grant") returns auth.grant_state
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return case
		when g.ended_at is not null then case when g.confirmed_at is null then 'refused' else 'ended' end
		when exists (select from live_grant l where l.id = g.id) then 'live'
		when exists (select from standing_grant s where s.id = g.id) then 'upcoming'
		when g.confirmed_at is not null or upper(g.during) <= today() then 'over'
		when g.created_at is null then 'requested'
		else 'draft' end;
end
$$;

-- Grants on units in the caller's scope; with `p_unit`, on that unit and what stands below it today. Whoever had
-- a hand in one is named if his record lies in that scope: a ward learns no names from above.
create function auth.grant_rows(p_id uuid, p_unit uuid, p_pending boolean, p_after uuid, p_limit int)
returns table (id uuid, person_id uuid, full_name text, role text, unit_id uuid, unit_path text, from_on text,
               until_on text, basis text, state auth.grant_state, meeting_id uuid, emergency boolean,
               expires_at_us timestamptz, requested_by text, requested_at_us timestamptz, created_by text,
               created_at_us timestamptz, confirmed_by text, confirmed_at_us timestamptz, ended_by text,
               ended_at_us timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	v_lo int := nullif(current_setting('app.lo', true), '')::int;
	v_hi int := nullif(current_setting('app.hi', true), '')::int;
begin
	return query
	with known as not materialized (
		select x.id, x.full_name from person x where x.unit_pos between v_lo and v_hi
	)
	select g.id, g.person_id, p.full_name, g.role, g.unit_id, path_of(g.unit_id, today()), iso(lower(g.during)),
	       last_day(g.during), g.basis, grant_state(g), g.meeting_id, g.expires_at is not null, g.expires_at,
	       requester.full_name, g.requested_at, creator.full_name, g.created_at,
	       confirmer.full_name, g.confirmed_at, ender.full_name, g.ended_at
	from "grant" g
	join tree t on t.unit_id = g.unit_id
	join person p on p.id = g.person_id
	left join known requester on requester.id = g.requested_by
	left join known creator on creator.id = g.created_by
	left join known confirmer on confirmer.id = g.confirmed_by
	left join known ender on ender.id = g.ended_by
	left join tree top on top.unit_id = p_unit
	where (p_id is null or g.id = p_id) and (p_after is null or g.id > p_after)
	  and (p_unit is null or t.pos between top.pos and top.last)
	  and (p_pending is not true or g.confirmed_at is null and g.ended_at is null)
	  and t.pos between v_lo and v_hi
	order by g.id
	limit least(p_limit, 200);
end
$$;

-- What is proposed for the caller and has no effect yet, and who can give it effect.
create function auth.own_waiting_grants()
returns table (role text, role_name text, unit_path text, waits_for text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select g.role, r.name, path_of(g.unit_id, today()),
	       (select string_agg(w.name, ' / ' order by w.rank)
	        from role_permission rp join role w on w.code = rp.role
	        where rp.permission = case when g.created_at is null then 'grant_create' else 'grant_confirm' end
	          and (g.created_at is null or w.rank >= r.confirm_rank))
	from "grant" g join role r on r.code = g.role
	where g.person_id = nullif(current_setting('app.person_id', true), '')::uuid
	  and g.confirmed_at is null and g.ended_at is null and coalesce(upper(g.during) > today(), true)
	order by r.rank desc, g.id
	limit 200;
end
$$;

-- ---- What every proposal is held against ----

create function auth.check_proposal(p_person uuid, p_role text, p_unit uuid, p_from date, p_until date) returns void
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_closed date := (select u.closed_on from unit u where u.id = p_unit and u.closed_on <= today());
begin
	if not in_scope(p_unit) then
		perform refuse(5, 'not_found', 'unit_id');
	elsif not exists (select from person p where p.id = p_person and in_scope(p.unit_id)) then
		perform refuse(5, 'not_found', 'person_id');
	elsif not exists (select from role r where r.code = p_role) then
		perform refuse(5, 'not_found', 'role');
	elsif v_closed is not null then
		perform refuse(9, 'closed', 'unit_id', 'closed_on=' || iso(v_closed));
	elsif p_person = current_setting('app.person_id')::uuid then
		perform refuse(9, 'granted_to_self', 'person_id');
	elsif p_until < p_from then
		perform refuse(3, 'before_start', 'until_on', 'from_on=' || iso(p_from));
	end if;
end
$$;

-- A delegate's grant opens one meeting of the very unit that it is for. A meeting out of scope is like none.
create function auth.check_meeting(p_unit uuid, p_meeting uuid) returns void
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_unit uuid := (select m.unit_id from meeting m where m.id = p_meeting and in_scope(m.unit_id));
begin
	if p_meeting is not null and v_unit is null then
		perform refuse(5, 'not_found', 'meeting_id');
	elsif v_unit <> p_unit then
		perform refuse(9, 'meeting_unit', 'meeting_id');
	end if;
end
$$;

-- Who looks after machines and accounts gives no rights, whichever grant he acts in.
create function auth.check_giver() returns void
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	if exists (select from live_grant g
	           where g.person_id = current_setting('app.person_id')::uuid and g.role = 'SA') then
		perform refuse(9, 'administrator_grants');
	end if;
end
$$;

-- An inspector holds no office in what he inspects, nor in what is above it. Counts only under the person's lock.
create function auth.check_inspector(p_person uuid, p_role text, p_unit uuid, p_during daterange) returns void
language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_offices constant text[] := '{BD,BS,WO,WS,DO,DH,DS}';
begin
	if exists (select from standing_grant g
	           join tree theirs on theirs.unit_id = g.unit_id
	           join tree ours on ours.unit_id = p_unit
	           where g.person_id = p_person and g.during && p_during
	             and (p_role = 'IC' and g.role = any (v_offices) or g.role = 'IC' and p_role = any (v_offices))
	             and (theirs.pos between ours.pos and ours.last or ours.pos between theirs.pos and theirs.last)) then
		perform refuse(9, 'inspector_executive', 'person_id');
	end if;
end
$$;

-- A one-time code is the account. Nobody gets a role while somebody of no higher rank may have his account: by
-- a code that is still open, or that was used since the role was proposed.
create function auth.check_code(p_person uuid, p_role text, p_since timestamptz) returns void
language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	if exists (select from account a join code c on c.account_id = a.id
	           join role r on r.code = p_role and c.given_rank <= r.rank
	           where a.person_id = p_person and a.ended_at is null
	             and (c.used_at > p_since or c.used_at is null and c.expires_at > now())) then
		perform refuse(9, 'code_given', 'person_id');
	end if;
end
$$;

create function auth.check_confirmer(p_role text, p_field text) returns void
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	if (select own_rank() < r.confirm_rank from role r where r.code = p_role) then
		perform refuse(7, 'outranked', p_field, 'role=' || p_role);
	end if;
end
$$;

-- Locks a grant in the caller's scope that nobody has ended.
create function auth.lock_grant(p_id uuid) returns auth."grant"
language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	g "grant";
begin
	select x.* into g from "grant" x where x.id = p_id and in_scope(x.unit_id) for update;
	if not found then
		perform refuse(5, 'not_found', 'id');
	elsif g.ended_at is not null then
		perform refuse(9, 'grant_ended', 'id');
	end if;
	return g;
end
$$;

-- ---- The steps ----

create function auth.request_grant(p_id uuid, p_person uuid, p_role text, p_unit uuid, p_from date, p_until date,
                                   p_meeting uuid, p_basis text) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	perform check_proposal(p_person, p_role, p_unit, p_from, p_until);
	perform check_meeting(p_unit, p_meeting);
	if (select r.rank >= own_rank() from role r where r.code = p_role) then
		perform refuse(7, 'outranked', 'role', 'role=' || p_role);
	end if;
	insert into "grant" (id, person_id, role, unit_id, feed_id, during, basis, meeting_id,
	                     requested_by, requested_at, created_at)
	select p_id, p_person, p_role, t.unit_id, t.feed_id, daterange(p_from, p_until + 1), p_basis, p_meeting,
	       current_setting('app.person_id')::uuid, now(), null
	from tree t where t.unit_id = p_unit;
end
$$;

create function auth.create_grant(p_id uuid, p_person uuid, p_role text, p_unit uuid, p_from date, p_until date,
                                  p_meeting uuid, p_basis text) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	perform check_proposal(p_person, p_role, p_unit, p_from, p_until);
	perform check_meeting(p_unit, p_meeting);
	perform check_giver();
	perform check_inspector(p_person, p_role, p_unit, daterange(p_from, p_until + 1));
	insert into "grant" (id, person_id, role, unit_id, feed_id, during, basis, meeting_id, created_by)
	select p_id, p_person, p_role, t.unit_id, t.feed_id, daterange(p_from, p_until + 1), p_basis, p_meeting,
	       current_setting('app.person_id')::uuid
	from tree t where t.unit_id = p_unit;
end
$$;

-- The board makes a ward's request its own draft.
create function auth.adopt_grant(p_id uuid) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	g "grant" := lock_grant(p_id);
	v_caller uuid := current_setting('app.person_id')::uuid;
begin
	perform check_giver();
	if g.created_at is not null then
		perform refuse(9, 'grant_adopted', 'id');
	elsif g.person_id = v_caller then
		perform refuse(9, 'granted_to_self', 'id');
	end if;
	perform check_inspector(g.person_id, g.role, g.unit_id, g.during);
	update "grant" x set version = x.version + 1, created_by = v_caller, created_at = now() where x.id = p_id;
end
$$;

create function auth.confirm_grant(p_id uuid) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	g "grant" := lock_grant(p_id);
	v_caller uuid := current_setting('app.person_id')::uuid;
begin
	perform check_giver();
	if g.created_at is null then
		perform refuse(9, 'not_adopted', 'id');
	elsif g.confirmed_at is not null then
		perform refuse(9, 'grant_confirmed', 'id');
	elsif upper(g.during) <= today() then
		perform refuse(9, 'grant_ended', 'id');
	elsif g.person_id = v_caller then
		perform refuse(9, 'granted_to_self', 'id');
	elsif v_caller in (g.created_by, g.requested_by) then
		perform refuse(9, 'own_proposal', 'id');
	end if;
	perform check_confirmer(g.role, 'id');
	perform lock_person(g.person_id);
	perform check_inspector(g.person_id, g.role, g.unit_id, g.during);
	perform check_code(g.person_id, g.role, coalesce(g.requested_at, g.created_at));
	update "grant" x set version = x.version + 1, confirmed_by = v_caller, confirmed_at = now() where x.id = p_id;
end
$$;

-- One person alone, for 24 hours by the clock of the database; the next one within a week needs a second person.
create function auth.create_emergency_grant(p_id uuid, p_person uuid, p_role text, p_unit uuid, p_meeting uuid,
                                            p_basis text) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_caller uuid := current_setting('app.person_id')::uuid;
begin
	perform check_proposal(p_person, p_role, p_unit, today(), today());
	perform check_meeting(p_unit, p_meeting);
	perform check_giver();
	perform check_confirmer(p_role, 'role');
	if (select r.rank >= own_rank() from role r where r.code = p_role) then
		perform refuse(7, 'outranked', 'role', 'role=' || p_role);
	end if;
	perform lock_person(p_person);
	perform check_inspector(p_person, p_role, p_unit, daterange(today(), today() + 2));
	perform check_code(p_person, p_role, now());
	if exists (select from "grant" g
	           where g.person_id = p_person and g.role = p_role and g.unit_id = p_unit
	             and g.expires_at is not null and g.created_at > now() - interval '7 days'
	             and not exists (select from "grant" c
	                             where c.person_id = p_person and c.role = p_role and c.unit_id = p_unit
	                               and c.expires_at is null and c.confirmed_at > g.created_at)) then
		perform refuse(9, 'emergency_again', 'person_id');
	end if;
	insert into "grant" (id, person_id, role, unit_id, feed_id, during, basis, meeting_id, expires_at,
	                     created_by, confirmed_by, confirmed_at)
	select p_id, p_person, p_role, t.unit_id, t.feed_id, daterange(today(), today() + 2), p_basis, p_meeting,
	       now() + interval '24 hours', v_caller, v_caller, now()
	from tree t where t.unit_id = p_unit;
end
$$;

-- Whoever could confirm a grant can end it. What nobody confirmed is refused by this, whatever its role.
create function auth.end_grant(p_id uuid) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	g "grant" := lock_grant(p_id);
begin
	if g.confirmed_at is not null then
		perform check_confirmer(g.role, 'id');
	end if;
	update "grant" x set version = x.version + 1, ended_at = now(),
		ended_by = current_setting('app.person_id')::uuid
	where x.id = p_id;
end
$$;

grant execute on function auth.grant_rows, auth.own_waiting_grants, auth.request_grant, auth.create_grant,
	auth.adopt_grant, auth.confirm_grant, auth.create_emergency_grant, auth.end_grant to chibo_app;

commit;
