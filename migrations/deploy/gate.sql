-- Deploy chibo:gate to pg
-- What the server's own gate asks: who is calling and what he may use, whether the records that a request
-- names lie in his scope, and, at start, which method needs what.

begin;
set local role chibo_auth;

-- The caller's grant and its permissions, separated by spaces. Opens nothing, and refuses as auth.enter does.
create function auth.identify(p_token_hash bytea, p_grant_id uuid, out grant_id uuid, out permissions text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	s record;
begin
	select * into s from caller(p_token_hash, p_grant_id);
	if not found or s.session_rule is not null then
		perform refuse(16, coalesce(s.session_rule, 'login_required'));
	elsif s.grant_rule is not null then
		perform refuse_grant(s.grant_rule);
	end if;
	grant_id := s.grant_id;
	permissions := coalesce((select string_agg(rp.permission, ' ' order by rp.permission)
	                         from role_permission rp where rp.role = s.role), '');
end
$$;

-- Refuses the first record that does not lie in the interval that auth.enter has opened. Whether it exists
-- elsewhere is not told. Reads past the policies of the application, so that it holds without them.
-- A line for each entity of server/rpc/target.c. Names are written out: each schema of a search path costs
-- every request some microseconds.
create function auth.check_targets(p_entities text[], p_ids uuid[], p_fields text[]) returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
	v_lo int := nullif(current_setting('app.lo', true), '')::int;
	v_hi int := nullif(current_setting('app.hi', true), '')::int;
	v_pos int;
begin
	for i in 1 .. cardinality(p_ids) loop
		case p_entities[i]
		when 'unit' then
			select t.pos into v_pos from auth.tree t where t.unit_id = p_ids[i];
		when 'person' then
			select p.unit_pos into v_pos from chibo.person p where p.id = p_ids[i];
		when 'member' then
			select m.unit_pos into v_pos from chibo.member m where m.id = p_ids[i];
		when 'account' then
			select p.unit_pos into v_pos from auth.account a join chibo.person p on p.id = a.person_id where a.id = p_ids[i];
		when 'grant' then
			select t.pos into v_pos from auth."grant" g join auth.tree t on t.unit_id = g.unit_id where g.id = p_ids[i];
		when 'change_request' then
			select c.unit_pos into v_pos from chibo.change_request c where c.id = p_ids[i];
		when 'meeting' then
			select m.unit_pos into v_pos from chibo.meeting m where m.id = p_ids[i];
		when 'vote_item' then
			select v.unit_pos into v_pos from chibo.vote_item v where v.id = p_ids[i];
		when 'minutes' then
			select m.unit_pos into v_pos from chibo.minutes m where m.id = p_ids[i];
		when 'membership' then
			select s.unit_pos into v_pos from chibo.membership s where s.id = p_ids[i];
		when 'post' then
			select p.unit_pos into v_pos from chibo.post p where p.id = p_ids[i];
		when 'post_holding' then
			select h.unit_pos into v_pos from chibo.post_holding h where h.id = p_ids[i];
		when 'residential_registration' then
			select r.unit_pos into v_pos from chibo.residential_registration r where r.id = p_ids[i];
		when 'sent_report' then
			select r.unit_pos into v_pos from chibo.sent_report r where r.id = p_ids[i];
		when 'plan' then
			select p.unit_pos into v_pos from chibo.plan p where p.id = p_ids[i];
		when 'resolution' then
			select r.unit_pos into v_pos from chibo.resolution r where r.id = p_ids[i];
		when 'resolution_copy' then
			select c.unit_pos into v_pos from chibo.resolution_copy c where c.id = p_ids[i];
		when 'task' then
			select t.unit_pos into v_pos from chibo.task t where t.id = p_ids[i];
		when 'proposal' then
			select p.unit_pos into v_pos from chibo.proposal p where p.id = p_ids[i];
		when 'proposal_recipient' then
			select r.unit_pos into v_pos from chibo.proposal_recipient r where r.id = p_ids[i];
		when 'candidate' then
			select c.unit_pos into v_pos from chibo.candidate c where c.id = p_ids[i];
		when 'term' then
			select t.unit_pos into v_pos from chibo.term t where t.id = p_ids[i];
		when 'target' then
			select t.unit_pos into v_pos from chibo.target t where t.id = p_ids[i];
		when 'scoring' then
			select s.unit_pos into v_pos from chibo.scoring s where s.id = p_ids[i];
		when 'device' then
			select t.pos into v_pos from auth.device d join auth.tree t on t.unit_id = d.unit_id where d.id = p_ids[i];
		when 'parked_operation' then
			select t.pos into v_pos from ledger.parked p join auth.device d on d.id = p.device_id
			join auth.tree t on t.unit_id = d.unit_id where p.id = p_ids[i];
		end case;
		if (v_pos between v_lo and v_hi) is not true then
			perform chibo.refuse(5, 'not_found', p_fields[i]);
		end if;
	end loop;
end
$$;

-- The routes as the database knows them; `is_held`: some role has the permission.
create function auth.route_table() returns table (method text, permission text, writes boolean, is_held boolean)
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	return query
	select m.method, m.permission, m.writes, m.permission in ('PUBLIC', 'SELF')
		or exists (select from role_permission rp where rp.permission = m.permission)
	from method m
	order by m.method;
end
$$;

grant execute on function auth.identify, auth.check_targets, auth.route_table to chibo_app;

commit;
