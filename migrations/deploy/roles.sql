-- Deploy chibo:roles to pg
-- Roles and permissions for everybody to read: who wonders why he was refused can look it up.

begin;
set local role chibo_auth;

-- Lowest rank first.
create function auth.role_rows(p_code text) returns table (code text, name text, rank int)
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	return query
	select r.code, r.name, r.rank from role r
	where p_code is null or r.code = p_code
	order by r.rank, r.code;
end
$$;

create function auth.role_rights(p_code text)
returns table (object text, name text, reach chibo.reach, permission text)
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	return query
	select o.name, p.name, rp.reach, p.code
	from role_permission rp
	join permission p on p.code = rp.permission
	join object o on o.code = p.object
	where rp.role = p_code
	order by o.order_no, p.order_no;
end
$$;

grant execute on function auth.role_rows, auth.role_rights to chibo_app;

commit;
