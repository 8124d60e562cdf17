-- Deploy chibo:admin_functions to pg
-- Accounts and the first administrator. Nobody reaches above his own rank or outside his own interval:
-- otherwise a reset would be a promotion.

begin;
set local role chibo_auth;

-- The rank of the role that the caller acts in; 0 is the lowest.
create function auth.own_rank() returns int
language plpgsql stable set search_path = pg_catalog, auth, pg_temp as $$
begin
	return coalesce((select r.rank from role r where r.code = current_setting('app.role', true)), 0);
end
$$;

-- The accounts of persons whose records lie in the caller's scope.
create function auth.account_rows(p_id uuid, p_after text, p_limit int)
returns table (id uuid, login_name text, person_id uuid, full_name text, has_password boolean,
               created_at_us timestamptz, last_login_at_us timestamptz, ended_at_us timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp
-- one account and a page of them need different indexes
set plan_cache_mode = force_custom_plan as $$
begin
	return query
	select a.id, a.login_name, a.person_id, p.full_name, a.password_hash is not null,
	       a.created_at, a.last_login_at, a.ended_at
	from account a join person p on p.id = a.person_id
	where (p_id is null or a.id = p_id) and (p_after is null or a.login_name > p_after)
	  and p.unit_pos between nullif(current_setting('app.lo', true), '')::int
	                     and nullif(current_setting('app.hi', true), '')::int
	order by a.login_name
	limit least(p_limit, 200);
end
$$;

-- What a person may be, and who may have his account, is decided for one at a time.
create function auth.lock_person(p_person uuid) returns void
language sql set search_path = pg_catalog, pg_temp as $$
	select pg_advisory_xact_lock(2030602, hashtext(p_person::text))
$$;

-- Refuses unless the person acts nowhere outside the caller's scope and in no role ranked as high as the
-- caller's own: whoever hands out his code could act as him.
create function auth.require_outranked(p_person uuid, p_field text) returns void
language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	perform lock_person(p_person);
	if exists (select from standing_grant g join role r on r.code = g.role
	           where g.person_id = p_person
	             and (r.rank >= own_rank() or not in_scope(g.unit_id))) then
		perform refuse(7, 'outranked', p_field);
	end if;
end
$$;

create function auth.create_account(p_id uuid, p_login_name text, p_person uuid, p_code_hash bytea) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	if not exists (select from person p where p.id = p_person and in_scope(p.unit_id)) then
		perform refuse(5, 'not_found', 'person_id');
	end if;
	perform require_outranked(p_person, 'person_id');
	insert into account (id, feed_id, login_name, person_id)
	values (p_id, root_feed(), p_login_name, p_person);
	perform set_code(p_id, p_code_hash);
end
$$;

-- Locks an account that the caller may reset or end.
create function auth.lock_account(p_id uuid) returns void
language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_account account;
begin
	select a.* into v_account from account a join person p on p.id = a.person_id
	where a.id = p_id and in_scope(p.unit_id) for update of a;
	if not found then
		perform refuse(5, 'not_found', 'id');
	elsif v_account.ended_at is not null then
		perform refuse(9, 'account_ended', 'id');
	end if;
	perform require_outranked(v_account.person_id, 'id');
end
$$;

-- A new code: of an account that has a password, the way to reset it.
create function auth.invite_account(p_id uuid, p_code_hash bytea) returns void
language plpgsql security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	perform lock_account(p_id);
	perform set_code(p_id, p_code_hash), end_sessions(p_id, null);
	insert into event (kind, account_id)
	select case when a.password_hash is null then 'invite' else 'reset' end, a.id from account a where a.id = p_id;
	update account a set version = a.version + 1 where a.id = p_id;
end
$$;

create function auth.end_account(p_id uuid) returns void
language plpgsql security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	perform lock_account(p_id);
	delete from code c where c.account_id = p_id;
	update session s set revoked_at = now() where s.account_id = p_id and s.revoked_at is null;
	update account a set version = a.version + 1, ended_at = now() where a.id = p_id;
end
$$;

-- Whether somebody who can log in, or still may with his first code, has this role at the root.
create function auth.root_is_held(p_role text) returns boolean
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return exists (
		select from account a
		join live_grant g on g.person_id = a.person_id and g.role = p_role
		join tree t on t.unit_id = g.unit_id and t.parent_id is null
		left join code c on c.account_id = a.id and c.used_at is null and c.expires_at > now()
		where a.ended_at is null and (a.password_hash is not null or c.account_id is not null));
end
$$;

-- The first holder of one of the three highest roles, asked for over the server's root-only socket: person,
-- account and grant at the root, and the root itself if there is none. One role for each person: accounts,
-- grants and their confirmation stay in three hands.
create function auth.bootstrap(
	p_role text, p_account uuid, p_person uuid, p_unit uuid, p_login_name text, p_family_name text, p_given_name text,
	p_unit_code text, p_unit_name text, p_founded_on date, p_code_hash bytea, p_local_uid int,
	out account_id uuid)
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	root tree;
begin
	perform pg_advisory_xact_lock(2030601);
	if p_role not in ('SA', 'DH', 'DS') then
		perform refuse(3, 'enum_value', 'role', 'value=' || p_role);
	elsif root_is_held(p_role) then
		perform refuse(9, 'administrator_exists', 'role', 'role=' || p_role);
	elsif root_feed() is null and (p_unit_code is null or p_unit_name is null) then
		perform refuse(3, 'required', case when p_unit_code is null then 'unit_code' else 'unit_name' end);
	end if;
	-- nobody is entered here: the caller is the account being made, its scope the whole tree
	perform set_config('app.account_id', p_account::text, true),
	        set_config('app.person_id', p_person::text, true),
	        set_config('app.method', 'AdminSocket/Bootstrap', true),
	        set_config('app.lo', '1', true), set_config('app.hi', '2147483647', true);
	perform ledger.claim(gen_random_uuid(), sha256(''::bytea));
	if root_feed() is null then
		perform add_unit(p_unit, null, p_unit_code, p_unit_name, null, 'district_committee', null, p_founded_on,
		                 'Khởi tạo hệ thống', false, true, true, true);
	end if;
	select t.* into strict root from tree t where t.parent_id is null;
	insert into person (id, unit_id, unit_pos, feed_id, family_name, given_name)
	values (p_person, root.unit_id, root.pos, root.feed_id, p_family_name, p_given_name);
	insert into account (id, feed_id, login_name, person_id)
	values (p_account, root.feed_id, p_login_name, p_person);
	perform set_code(p_account, p_code_hash);
	insert into "grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
	values (gen_random_uuid(), p_person, p_role, root.unit_id, root.feed_id, daterange(today(), null),
	        'Khởi tạo hệ thống', now());
	insert into event (kind, account_id, local_uid) values ('bootstrap', p_account, p_local_uid);
	perform ledger.publish();
	account_id := p_account;
end
$$;

grant execute on function auth.account_rows, auth.create_account, auth.invite_account, auth.end_account,
	auth.bootstrap to chibo_app;

commit;
