-- Deploy chibo:enter to pg
-- The first statement of every segment, and what a session tells about itself.

begin;
set local role chibo_auth;

-- The session of a token, the grant that it acts in, and what forbids the one or the other: the part that
-- both gates share, the server's (auth.identify) and the database's. Written to be inlined.
create function auth.caller(p_token_hash bytea, p_grant_id uuid)
returns table (session_id uuid, account_id uuid, person_id uuid, last_seen_at timestamptz, grant_id uuid, role text,
               unit_id uuid, meeting_id uuid, device_id uuid, session_rule text, grant_rule text)
language sql stable as $$
	select x.session_id, x.account_id, a.person_id, x.last_seen_at, g.id, g.role, g.unit_id, g.meeting_id, x.device_id,
	       case when x.revoked_at is not null or a.ended_at is not null then 'login_required'
	            when now() >= least(x.expires_at, x.last_seen_at + interval '12 hours') then 'session_expired' end,
	       case when count(g.id) over () > 1 then 'grant_required' when g.id is null then 'grant_ended' end
	from auth.session x
	join auth.account a on a.id = x.account_id
	left join auth.live_grant g on g.person_id = a.person_id
		and (coalesce(p_grant_id, x.grant_id) is null or g.id = coalesce(p_grant_id, x.grant_id))
	where x.token_hash = p_token_hash
	limit 1
$$;

create function auth.refuse_grant(p_rule text) returns void
language plpgsql stable set search_path = pg_catalog, chibo, pg_temp as $$
begin
	perform refuse(case p_rule when 'grant_required' then 9 else 7 end, p_rule, 'grant_id');
end
$$;

-- Whoever was silent for 90 days is suspended, from the moment that it is looked at: nobody has to write that down.
create function auth.device_state(d auth.device) returns auth.device_state language sql stable as $$
	select case when d.state in ('active', 'quarantined') and d.seen_at < now() - interval '90 days'
	       then 'suspended'::auth.device_state else d.state end
$$;

-- The computer with this key, if it may speak to the server.
create function auth.live_device(p_key bytea) returns auth.device
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	d device;
	v_state auth.device_state;
begin
	select x.* into d from device x where x.key_hash = p_key;
	v_state := device_state(d);
	if v_state is null or v_state not in ('active', 'quarantined') then
		perform refuse(16, coalesce('device_' || v_state, 'device_unknown'));
	end if;
	return d;
end
$$;

-- The computer behind the connection, in every transaction: what is revoked is refused at its next request, on an
-- open connection too.
create function auth.enter_device(p_key bytea) returns void
language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	d device := live_device(p_key);
begin
	perform set_config('app.device_id', d.id::text, true);
	if d.seen_at < now() - interval '5 minutes' then
		update device x set seen_at = now()
		where x.id = (select y.id from device y where y.id = d.id for no key update skip locked); -- somebody else writes it
	end if;
end
$$;

-- Proves token, grant and the permission that the method asks for, opens the scope, sets deadline and
-- read-only. 'SELF' asks for a session only and opens no scope. The tree lock comes before the interval is
-- read, so that the tree stands still until commit; what changes the tree takes it alone. 2030601 is this
-- lock's number.
create function auth.enter(
	p_token_hash bytea, p_grant_id uuid, p_method text, p_read_only boolean, p_timeout_ms int,
	p_device_key bytea default null, out account_id uuid, out grant_id uuid)
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	m record;
	s record;
begin
	if p_device_key is not null then
		perform enter_device(p_device_key);
	end if;
	select x.permission,
	       case when x.moves_tree then pg_advisory_xact_lock(2030601) else pg_advisory_xact_lock_shared(2030601) end
	into m
	from method x where x.method = p_method;
	if not found then
		perform refuse(7, 'permission_denied', null, 'method=' || coalesce(p_method, ''));
	end if;

	select c.*, t.pos, t.last, rp.reach
	into s
	from caller(p_token_hash, p_grant_id) c
	left join tree t on t.unit_id = c.unit_id
	left join role_permission rp on rp.role = c.role and rp.permission = m.permission;

	if not found or s.session_rule is not null then
		perform refuse(16, coalesce(s.session_rule, 'login_required'));
	elsif s.device_id is distinct from nullif(current_setting('app.device_id', true), '')::uuid then
		perform refuse(16, 'other_computer');
	end if;
	if m.permission <> 'SELF' then
		if s.grant_rule is not null then
			perform refuse_grant(s.grant_rule);
		elsif s.reach is null then
			perform refuse(7, 'permission_denied', null, 'permission=' || m.permission);
		end if;
		perform set_config('app.lo', s.pos::text, true), set_config('app.hi', s.last::text, true),
		        set_config('app.reach', s.reach::text, true);
	end if;
	if s.grant_rule is null then
		grant_id := s.grant_id;
		perform set_config('app.grant_id', s.grant_id::text, true),
		        set_config('app.unit_id', s.unit_id::text, true),
		        set_config('app.role', s.role, true),
		        set_config('app.meeting_id', coalesce(s.meeting_id::text, ''), true);
	end if;
	account_id := s.account_id;
	perform set_config('app.account_id', s.account_id::text, true),
	        set_config('app.person_id', s.person_id::text, true),
	        set_config('app.session_id', s.session_id::text, true),
	        set_config('app.method', p_method, true),
	        set_config('statement_timeout', greatest(p_timeout_ms, 1)::text, true);

	if s.last_seen_at < now() - interval '5 minutes' then
		update session x set last_seen_at = now() where x.session_id = s.session_id;
	end if;
	if p_read_only then
		perform set_config('transaction_read_only', 'on', true);
	end if;
end
$$;

-- Nobody changes his own record: separation of duties is on the person, whatever the role.
create function auth.require_not_own(p_person uuid, p_field text) returns void
language plpgsql stable set search_path = pg_catalog, chibo, pg_temp as $$
begin
	if p_person = nullif(current_setting('app.person_id', true), '')::uuid then
		perform refuse(9, 'own_record', p_field);
	end if;
end
$$;

create function auth.hello(out schema_level int, out district text, out now_at_us timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	schema_level := (select m.level from meta.schema m);
	district := (select n.name from tree t join unit_name n on n.unit_id = t.unit_id and n.during @> today()
	             where t.parent_id is null);
	now_at_us := clock_timestamp();
end
$$;

-- The live grants of the caller, whatever the scope of this request.
create function auth.own_grants()
returns table (id uuid, role text, role_name text, unit_id uuid, unit_path text, until_on text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select g.id, g.role, r.name, g.unit_id, path_of(g.unit_id, today()), last_day(g.during)
	from live_grant g join role r on r.code = g.role
	where g.person_id = nullif(current_setting('app.person_id', true), '')::uuid
	order by r.rank desc, g.id
	limit 200;
end
$$;

create function auth.who_am_i(out login_name text, out full_name text, out person_id uuid, out grant_id uuid,
                              out expires_at_us timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	select a.login_name, p.full_name, p.id, nullif(current_setting('app.grant_id', true), '')::uuid,
	       least(s.expires_at, s.last_seen_at + interval '12 hours')
	into strict login_name, full_name, person_id, grant_id, expires_at_us
	from session s join account a on a.id = s.account_id join person p on p.id = a.person_id
	where s.session_id = current_setting('app.session_id')::uuid;
end
$$;

-- The grant that requests without a grant_id act in from now on.
create function auth.choose_grant(p_id uuid, out id uuid, out role text, out unit_path text)
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	select g.id, g.role, g.unit_path into id, role, unit_path from own_grants() g where g.id = p_id;
	if not found then
		perform refuse(5, 'not_found', 'id');
	end if;
	update session s set grant_id = p_id where s.session_id = current_setting('app.session_id')::uuid;
end
$$;

create function auth.log_out() returns void
language plpgsql security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	update session s set revoked_at = now()
	where s.session_id = current_setting('app.session_id')::uuid and s.revoked_at is null;
end
$$;

grant execute on function auth.enter, auth.hello, auth.own_grants, auth.who_am_i, auth.choose_grant, auth.log_out,
	auth.require_not_own to chibo_app;

commit;
