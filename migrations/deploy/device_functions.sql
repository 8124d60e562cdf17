-- Deploy chibo:device_functions to pg
-- How a computer comes to be known, and stops being so.

begin;
set local role chibo_auth;

-- As tls_pin_print writes it.
create function auth.fingerprint(p_key bytea) returns text language sql immutable as $$
	select rtrim(translate(encode(p_key, 'base64'), '+/', '-_'), '=')
$$;

-- Computers in the caller's scope; with `p_unit`, at that unit and what stands below it today.
create function auth.device_rows(p_id uuid, p_unit uuid, p_after uuid, p_limit int)
returns table (id uuid, version int, unit_id uuid, unit_path text, name text, state auth.device_state, fingerprint text,
               enrolled_at_us timestamptz, seen_at_us timestamptz, high_seq bigint, reason text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	v_lo int := nullif(current_setting('app.lo', true), '')::int;
	v_hi int := nullif(current_setting('app.hi', true), '')::int;
begin
	return query
	select d.id, d.version, d.unit_id, path_of(d.unit_id, today()), d.name, device_state(d), fingerprint(d.key_hash),
	       d.enrolled_at, d.seen_at, d.high_seq, d.reason
	from device d
	join tree t on t.unit_id = d.unit_id
	left join tree top on top.unit_id = p_unit
	where (p_id is null or d.id = p_id) and (p_after is null or d.id > p_after)
	  and t.pos between v_lo and v_hi
	  and (p_unit is null or t.pos between top.pos and top.last)
	order by d.id
	limit p_limit;
end
$$;

-- The code holds for 15 minutes, for one computer.
create function auth.invite_device(p_id uuid, p_unit uuid, p_name text, p_code_hash bytea) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	if not in_scope(p_unit) then
		perform refuse(5, 'not_found', 'unit_id');
	end if;
	insert into device (id, unit_id, feed_id, name, code_hash, code_until, invited_by)
	select p_id, p_unit, t.feed_id, p_name, p_code_hash, now() + interval '15 minutes',
	       current_setting('app.account_id')::uuid
	from tree t where t.unit_id = p_unit;
end
$$;

-- The same over the server's root-only socket: without a computer nobody can invite one. An account that acts as SA, DH or
-- DS answers for it. The entry's method tells which local user asked.
create function auth.invite_first_device(p_id uuid, p_login_name text, p_unit_code text, p_name text, p_code_hash bytea,
                                         p_local_uid int) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_account uuid := (select a.id from account a where a.login_name = p_login_name and a.ended_at is null
		and exists (select from live_grant g where g.person_id = a.person_id and g.role in ('SA', 'DH', 'DS')));
	t tree;
begin
	select x.* into t from tree x left join unit u on u.id = x.unit_id
	where case when p_unit_code is null then x.parent_id is null else u.code = p_unit_code end;
	if v_account is null then
		perform refuse(5, 'not_found', 'login_name');
	elsif t.unit_id is null then
		perform refuse(5, 'not_found', 'unit_code');
	end if;
	perform set_config('app.account_id', v_account::text, true),
	        set_config('app.method', format('AdminSocket/InviteDevice uid=%s', p_local_uid), true);
	perform ledger.claim(gen_random_uuid(), sha256(''::bytea));
	insert into device (id, unit_id, feed_id, name, code_hash, code_until, invited_by)
	values (p_id, t.unit_id, t.feed_id, p_name, p_code_hash, now() + interval '15 minutes', v_account);
	perform ledger.publish();
end
$$;

-- The new computer proves that it knows the code; its key is the connection's. Nobody is entered here: whoever
-- invited it answers for it. A wrong, a used and a late code are refused alike, and so is a key that is known.
create function auth.enrol_device(p_code_hash bytea, p_key bytea, out id uuid, out name text, out unit_path text)
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	d device;
begin
	select x.* into d from device x where x.code_hash = p_code_hash and x.state = 'invited' and x.code_until > now()
	for update;
	if not found or p_key is null or exists (select from device x where x.key_hash = p_key) then
		perform refuse(16, 'enrol_failed', 'code');
	end if;
	perform set_config('app.account_id', d.invited_by::text, true),
	        set_config('app.method', 'DeviceService/Enrol', true);
	perform ledger.claim(gen_random_uuid(), sha256(''::bytea));
	update device x set version = x.version + 1, state = 'active', key_hash = p_key, code_hash = null, code_until = null,
		enrolled_at = now(), seen_at = now()
	where x.id = d.id;
	perform ledger.publish();
	id := d.id;
	name := d.name;
	unit_path := path_of(d.unit_id, today());
end
$$;

create function auth.lock_device(p_id uuid, p_base_version int) returns auth.device
language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	d device;
begin
	select x.* into d from device x where x.id = p_id and in_scope(x.unit_id) for update;
	if not found then
		perform refuse(5, 'not_found', 'id');
	elsif d.version <> p_base_version then
		perform refuse(10, 'conflict', 'base_version', 'version=' || d.version);
	elsif d.state = 'revoked' then
		perform refuse(9, 'device_ended', 'id');
	end if;
	return d;
end
$$;

create function auth.confirm_device(p_id uuid, p_base_version int) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	if device_state(lock_device(p_id, p_base_version)) <> 'suspended' then
		perform refuse(9, 'device_not_suspended', 'id');
	end if;
	update device x set version = x.version + 1, seen_at = now(),
		state = case x.state when 'suspended' then 'active' else x.state end
	where x.id = p_id;
end
$$;

-- For good. An invitation that nobody has used is taken back in the same way.
create function auth.revoke_device(p_id uuid, p_base_version int, p_reason text) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	perform lock_device(p_id, p_base_version);
	update device x set version = x.version + 1, state = 'revoked', reason = p_reason, code_hash = null, code_until = null
	where x.id = p_id;
	update session s set revoked_at = now() where s.device_id = p_id and s.revoked_at is null;
end
$$;

-- What the server keeps in memory, to judge a key before the computer may say anything.
create function auth.known_devices() returns table (key_hash bytea, state auth.device_state)
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	return query select d.key_hash, device_state(d) from device d where d.key_hash is not null;
end
$$;

-- How long somebody may still enrol, by any invitation; 0: there is none.
create function auth.open_invitations(out open_ms bigint)
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	open_ms := greatest(0, extract(epoch from (select max(d.code_until) from device d where d.code_hash is not null)
	                                          - clock_timestamp()) * 1000);
	open_ms := coalesce(open_ms, 0);
end
$$;

grant execute on function auth.device_rows, auth.invite_device, auth.invite_first_device, auth.enrol_device, auth.confirm_device,
	auth.revoke_device, auth.known_devices, auth.open_invitations to chibo_app;

commit;
