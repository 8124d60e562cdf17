-- Deploy chibo:enter to pg
-- The first statement of every segment, and the functions behind the session service.

begin;
set local role chibo_auth;

-- Proves token, grant and permission, opens the scope, sets deadline and read-only. 'SELF' asks for a
-- session only and opens no scope. The tree lock comes before the interval is read, so that the tree
-- stands still until commit; what changes the tree takes it alone. 2030601 is this lock's number.
create function auth.enter(
	p_token_hash bytea, p_grant_id uuid, p_method text, p_permission text, p_read_only boolean,
	p_timeout_ms int, out account_id uuid, out grant_id uuid)
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	s record;
begin
	if p_permission in ('unit_create', 'unit_change') then
		perform pg_advisory_xact_lock(2030601);
	else
		perform pg_advisory_xact_lock_shared(2030601);
	end if;

	select x.session_id, x.account_id, a.person_id, x.last_seen_at, x.expires_at, x.revoked_at, a.ended_at,
	       g.id as grant_id, g.role, g.unit_id, t.pos, t.last, rp.role is not null as permitted,
	       count(g.id) over () as grants
	into s
	from session x
	join account a on a.id = x.account_id
	left join "grant" g on g.person_id = a.person_id and g.ended_at is null and g.during @> today()
		and (coalesce(p_grant_id, x.grant_id) is null or g.id = coalesce(p_grant_id, x.grant_id))
	left join tree t on t.unit_id = g.unit_id
	left join role_permission rp on rp.role = g.role and rp.permission = p_permission
	where x.token_hash = p_token_hash
	limit 1;

	if not found or s.revoked_at is not null or s.ended_at is not null then
		perform refuse(16, 'login_required');
	elsif now() >= least(s.expires_at, s.last_seen_at + interval '12 hours') then
		perform refuse(16, 'session_expired');
	end if;
	if p_permission <> 'SELF' then
		if s.grants > 1 then
			perform refuse(9, 'grant_required', 'grant_id');
		elsif s.grants = 0 then
			perform refuse(7, 'grant_ended', 'grant_id');
		elsif s.permitted is not true then
			perform refuse(7, 'permission_denied', null, 'permission=' || p_permission);
		end if;
		perform set_config('app.lo', s.pos::text, true), set_config('app.hi', s.last::text, true);
	end if;
	if s.grants = 1 then
		grant_id := s.grant_id;
		perform set_config('app.grant_id', s.grant_id::text, true),
		        set_config('app.unit_id', s.unit_id::text, true),
		        set_config('app.role', s.role, true);
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

create function auth.hello(out schema_level int, out district text, out now_at_us timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	schema_level := (select m.level from meta.schema m);
	district := (select n.name from tree t join unit_name n on n.unit_id = t.unit_id and n.during @> today()
	             where t.parent_id is null);
	now_at_us := clock_timestamp();
end
$$;

-- Always one row: unknown and ended accounts look like each other.
create function auth.find_account(p_login_name text, out account_id uuid, out password_hash text)
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	select a.id, a.password_hash into account_id, password_hash
	from account a where a.login_name = p_login_name and a.ended_at is null and a.password_hash is not null;
end
$$;

-- Opens a session for an account that has just proved itself, and makes it the caller of this transaction.
create function auth.start_session(p_account uuid, p_token_hash bytea, p_event text,
                                   out account_id uuid, out expires_at_us timestamptz, out full_name text)
language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_person uuid;
begin
	update account a set last_login_at = now() where a.id = p_account and a.ended_at is null
	returning a.id, a.person_id into account_id, v_person;
	if not found then
		perform refuse(16, 'login_failed');
	end if;
	insert into session (token_hash, account_id) values (p_token_hash, p_account)
	returning expires_at into expires_at_us;
	insert into event (kind, account_id) values (p_event, p_account);
	select p.full_name into strict full_name from person p where p.id = v_person;
	perform set_config('app.account_id', p_account::text, true), set_config('app.person_id', v_person::text, true);
end
$$;

create function auth.open_session(p_account uuid, p_token_hash bytea, p_rehashed text,
                                  out account_id uuid, out expires_at_us timestamptz, out full_name text)
language plpgsql security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	if p_rehashed is not null then
		update account a set password_hash = p_rehashed where a.id = p_account;
	end if;
	select s.account_id, s.expires_at_us, s.full_name into account_id, expires_at_us, full_name
	from start_session(p_account, p_token_hash, 'login') s;
end
$$;

-- Turns a one-time code into a password. Whatever is wrong, the answer is the same.
create function auth.redeem_code(p_login_name text, p_code_hash bytea, p_password_hash text, p_token_hash bytea,
                                 out account_id uuid, out expires_at_us timestamptz, out full_name text)
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_account uuid;
begin
	update code c set used_at = now()
	from account a
	where a.login_name = p_login_name and a.ended_at is null
	  and c.account_id = a.id and c.code_hash = p_code_hash and c.used_at is null and c.expires_at > now()
	returning a.id into v_account;
	if not found then
		perform refuse(16, 'login_failed');
	end if;
	update account a set password_hash = p_password_hash where a.id = v_account;
	update session s set revoked_at = now() where s.account_id = v_account and s.revoked_at is null;
	select s.account_id, s.expires_at_us, s.full_name into account_id, expires_at_us, full_name
	from start_session(v_account, p_token_hash, 'redeem') s;
end
$$;

create function auth.record_failure(p_login_name text, p_source text) returns void
language plpgsql security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	insert into failure (login_name, source)
	values (left(coalesce(p_login_name, ''), 40), left(coalesce(p_source, ''), 64));
end
$$;

-- The live grants of the caller, whatever the scope of this request.
create function auth.own_grants()
returns table (id uuid, role text, role_name text, unit_id uuid, unit_path text, until_on text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select g.id, g.role, r.name, g.unit_id, path_of(g.unit_id, today()), last_day(g.during)
	from "grant" g join role r on r.code = g.role
	where g.person_id = nullif(current_setting('app.person_id', true), '')::uuid
	  and g.ended_at is null and g.during @> today()
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

grant execute on function auth.enter, auth.hello, auth.find_account, auth.open_session, auth.redeem_code,
	auth.record_failure, auth.own_grants, auth.who_am_i, auth.choose_grant, auth.log_out to chibo_app;

commit;
