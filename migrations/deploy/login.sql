-- Deploy chibo:login to pg
-- A password or a one-time code becomes a session; what fails is counted, so that a restart of the server
-- forgets nothing. The server decides who has to wait (server/rpc/throttle.h); here stands what it remembers,
-- and the one limit that it cannot lift: BLOCKED_AT failures in a row, 100.
--
-- What row security cannot do here: chibo_app reads the password hash of any login name, one at a time, and
-- opens a session for whoever's hash it names; it cannot list names without a session. Who owns the server's
-- process can thus come in as anybody whose login name he knows. Each such session is an auth.event.

begin;
set local role chibo_auth;

-- What failed lately, one row for each login name, whether an account has it or not, and one for each source
-- (an IPv4 /24 or an IPv6 /64). Rows of accounts stay; names of nobody go after an hour, sources when their
-- attempts are paid for.
create table auth.failure (
	kind       text not null check (kind in ('name', 'source')),
	subject    text not null check (length(subject) <= 64),
	in_a_row   int not null default 0,               -- of a name: since `cleared` last grew
	failed_at  timestamptz not null default now(),   -- of a name: the last one
	cleared    int not null default 0,               -- of a name: grows when its failures are forgiven
	kept_until timestamptz not null default now(),   -- of a source: when it owes nothing any more
	primary key (kind, subject)
) with (fillfactor = 70);
create index on auth.failure (kept_until);

-- Of a name or source: what the server asks before it lets anybody try.
create function auth.failures_of(p_login_name text, p_source text, out failures int, out failed_ago_ms bigint,
                                 out cleared int, out source_owes_ms bigint)
language plpgsql stable set search_path = pg_catalog, auth, pg_temp as $$
begin
	select f.in_a_row, extract(epoch from clock_timestamp() - f.failed_at) * 1000, f.cleared
	into failures, failed_ago_ms, cleared
	from failure f where f.kind = 'name' and f.subject = left(p_login_name, 40);
	select greatest(extract(epoch from f.kept_until - clock_timestamp()), 0) * 1000 into source_owes_ms
	from failure f where f.kind = 'source' and f.subject = left(p_source, 64);
	failures := coalesce(failures, 0);
	failed_ago_ms := coalesce(failed_ago_ms, 0);
	cleared := coalesce(cleared, 0);
	source_owes_ms := coalesce(source_owes_ms, 0);
end
$$;

-- Always one row: unknown and ended accounts look like each other.
create function auth.find_account(p_login_name text, p_source text, out account_id uuid, out password_hash text,
                                  out failures int, out failed_ago_ms bigint, out cleared int,
                                  out source_owes_ms bigint)
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	select f.failures, f.failed_ago_ms, f.cleared, f.source_owes_ms
	into failures, failed_ago_ms, cleared, source_owes_ms
	from failures_of(p_login_name, p_source) f;
	select a.id, a.password_hash into account_id, password_hash
	from account a where a.login_name = p_login_name and a.ended_at is null and a.password_hash is not null;
end
$$;

-- The same of the caller, who wants to change his password.
create function auth.own_password(p_source text, out login_name text, out password_hash text, out failures int,
                                  out failed_ago_ms bigint, out cleared int, out source_owes_ms bigint)
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	select a.login_name, a.password_hash into strict login_name, password_hash
	from account a where a.id = current_setting('app.account_id')::uuid;
	select f.failures, f.failed_ago_ms, f.cleared, f.source_owes_ms
	into failures, failed_ago_ms, cleared, source_owes_ms
	from failures_of(login_name, p_source) f;
end
$$;

-- Finds or makes the row, and returns how many failures it has now. Updating first: a row that another
-- transaction is just deleting is then made anew.
create function auth.count_failure(p_kind text, p_subject text, p_counts boolean, p_owes interval,
                                   p_keep timestamptz) returns int
language plpgsql set search_path = pg_catalog, auth, pg_temp as $$
declare
	v_in_a_row int;
begin
	loop
		update failure f set in_a_row = f.in_a_row + p_counts::int,
			failed_at = case when p_counts then clock_timestamp() else f.failed_at end,
			kept_until = coalesce(p_keep, greatest(f.kept_until, clock_timestamp()) + p_owes)
		where f.kind = p_kind and f.subject = p_subject
		returning f.in_a_row into v_in_a_row;
		exit when found;
		insert into failure (kind, subject) values (p_kind, p_subject) on conflict do nothing;
	end loop;
	return v_in_a_row;
end
$$;

-- One failed attempt, or one that was refused without a look at the password (`p_tested` false): that costs
-- its source as much, but brings the name no nearer to being blocked. Null: a guess that names nobody. Names before sources, always, so that
-- two failures never wait for each other.
create function auth.record_failure(p_login_name text, p_source text, p_tested boolean, p_source_cost_ms int)
returns void
language plpgsql security definer set search_path = pg_catalog, auth, pg_temp as $$
declare
	v_name text := left(coalesce(p_login_name, ''), 40);
	v_account uuid := (select a.id from account a where a.login_name = v_name);
begin
	if p_login_name is not null and count_failure('name', v_name, p_tested, null, case when v_account is null
	                 then now() + interval '1 hour' else 'infinity' end) = 100 and p_tested then
		insert into event (kind, account_id) values ('blocked', v_account);
	end if;
	perform count_failure('source', left(coalesce(p_source, ''), 64), false,
	                      make_interval(secs => p_source_cost_ms / 1000.0), null);
	delete from failure f using (
		select x.kind, x.subject from failure x where x.kept_until < now() order by x.kept_until limit 20
		for update skip locked) old
	where f.kind = old.kind and f.subject = old.subject;
end
$$;

-- After a login, a redeemed code or a reset: whatever failed before no longer counts.
create function auth.forgive_failures(p_account uuid) returns void
language plpgsql set search_path = pg_catalog, auth, pg_temp as $$
begin
	update failure f set in_a_row = 0, cleared = f.cleared + 1, kept_until = 'infinity'
	from account a
	where a.id = p_account and f.kind = 'name' and f.subject = a.login_name and f.in_a_row > 0;
end
$$;

-- Opens a session for an account that has just proved itself, and makes it the caller of this transaction.
create function auth.start_session(p_account uuid, p_token_hash bytea, p_event text, p_device_key bytea,
                                   out account_id uuid, out expires_at_us timestamptz, out full_name text)
language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_person uuid;
	v_device uuid;
begin
	if p_device_key is not null then
		v_device := (live_device(p_device_key)).id;
	end if;
	update account a set last_login_at = now() where a.id = p_account and a.ended_at is null
	and not exists (select from failure f where f.kind = 'name' and f.subject = a.login_name and f.in_a_row >= 100)
	returning a.id, a.person_id into account_id, v_person;
	if not found then
		perform refuse(16, 'login_failed');
	end if;
	perform forgive_failures(p_account);
	insert into session (token_hash, account_id, device_id) values (p_token_hash, p_account, v_device)
	returning expires_at into expires_at_us;
	insert into event (kind, account_id) values (p_event, p_account);
	select p.full_name into strict full_name from person p where p.id = v_person;
	perform set_config('app.account_id', p_account::text, true), set_config('app.person_id', v_person::text, true);
end
$$;

-- `p_checked` is the hash that the password was held against: another one means that the password was
-- changed, or a code redeemed, while it was being hashed.
create function auth.open_session(p_account uuid, p_checked text, p_token_hash bytea, p_rehashed text,
                                  p_device_key bytea default null,
                                  out account_id uuid, out expires_at_us timestamptz, out full_name text)
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	update account a set password_hash = coalesce(p_rehashed, a.password_hash)
	where a.id = p_account and a.password_hash = p_checked;
	if not found then
		perform refuse(16, 'login_failed');
	end if;
	select s.account_id, s.expires_at_us, s.full_name into account_id, expires_at_us, full_name
	from start_session(p_account, p_token_hash, 'login', p_device_key) s;
end
$$;

-- A new code in place of any older one. The first one, of an account without a password, is an invitation
-- and holds for three days; later ones are resets.
create function auth.set_code(p_account uuid, p_code_hash bytea) returns void
language plpgsql set search_path = pg_catalog, auth, pg_temp as $$
begin
	delete from code c where c.account_id = p_account;
	insert into code (account_id, code_hash, expires_at)
	select a.id, p_code_hash,
	       now() + case when a.password_hash is null then interval '72 hours' else interval '30 minutes' end
	from account a where a.id = p_account;
	perform forgive_failures(p_account);
end
$$;

create function auth.end_sessions(p_account uuid, p_but uuid) returns int
language plpgsql set search_path = pg_catalog, auth, pg_temp as $$
declare
	v_ended int;
begin
	update session s set revoked_at = now()
	where s.account_id = p_account and s.revoked_at is null and s.session_id is distinct from p_but;
	get diagnostics v_ended = row_count;
	return v_ended;
end
$$;

-- Turns a one-time code into a password. Whatever is wrong, the answer is the same.
create function auth.redeem_code(p_login_name text, p_code_hash bytea, p_password_hash text, p_token_hash bytea,
                                 p_device_key bytea default null,
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
	perform end_sessions(v_account, null);
	select s.account_id, s.expires_at_us, s.full_name into account_id, expires_at_us, full_name
	from start_session(v_account, p_token_hash, 'redeem', p_device_key) s;
end
$$;

-- The caller's own new password: ends his other sessions, and a code that somebody had given out.
create function auth.change_password(p_checked text, p_password_hash text, out sessions_ended int)
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_account uuid := current_setting('app.account_id')::uuid;
begin
	update account a set password_hash = p_password_hash where a.id = v_account and a.password_hash = p_checked;
	if not found then
		perform refuse(3, 'wrong_password', 'old_password');
	end if;
	delete from code c where c.account_id = v_account and c.used_at is null;
	sessions_ended := end_sessions(v_account, current_setting('app.session_id')::uuid);
	perform forgive_failures(v_account);
	insert into event (kind, account_id) values ('change_password', v_account);
end
$$;

-- The way back for those whom nobody outranks, asked for over the server's root-only socket: a code for an
-- account that acts as SA, DH or DS. The entry's method tells which local user asked.
create function auth.reset_admin(p_login_name text, p_code_hash bytea, p_local_uid int, out account_id uuid)
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	select a.id into account_id from account a
	where a.login_name = p_login_name and a.ended_at is null
	  and exists (select from live_grant g where g.person_id = a.person_id and g.role in ('SA', 'DH', 'DS'))
	for update;
	if not found then
		perform refuse(5, 'not_found', 'login_name');
	end if;
	-- nobody is entered here: the caller is the account itself
	perform set_config('app.account_id', account_id::text, true),
	        set_config('app.method', format('AdminSocket/ResetAdmin uid=%s', p_local_uid), true);
	perform ledger.claim(gen_random_uuid(), sha256(''::bytea));
	perform set_code(account_id, p_code_hash), end_sessions(account_id, null);
	update code c set expires_at = now() + interval '30 minutes' where c.account_id = reset_admin.account_id;
	update account a set version = a.version + 1 where a.id = reset_admin.account_id;
	insert into event (kind, account_id, local_uid) values ('reset', account_id, p_local_uid);
	perform ledger.publish();
end
$$;

grant execute on function auth.find_account, auth.own_password, auth.record_failure, auth.open_session,
	auth.redeem_code, auth.change_password, auth.reset_admin to chibo_app;

commit;
