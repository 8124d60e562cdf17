-- Deploy chibo:parked_functions to pg
-- An operation takes its place, once: among all operations and in the chain of the computer that sent it. What is refused
-- for good takes it too, and is kept until a person decides.

begin;
set local role chibo_owner;
grant execute on function chibo.seal_key to chibo_ledger;

set local role chibo_auth;
grant update (state, version, reason) on auth.device to chibo_ledger;
grant select on auth.method to chibo_ledger;
grant execute on function auth.require_no_session to chibo_ledger;

set local role chibo_ledger;

create index parked_by_key on ledger.parked (chibo.seal_key(body), id) where body is not null;

-- ---- the chain ----

create function ledger.link(p_before bytea, p_seq bigint, p_op_id uuid, p_request_hash bytea) returns bytea
language sql immutable set search_path = pg_catalog, pg_temp as $$
	select sha256(p_before || int8send(p_seq) || uuid_send(p_op_id) || p_request_hash)
$$;

-- The computer of this connection, until commit: its operations come one after the other.
create function ledger.hold_device(p_device_id uuid) returns auth.device
language plpgsql set search_path = pg_catalog, ledger, chibo, pg_temp as $$
declare
	d auth.device;
begin
	if p_device_id is distinct from nullif(current_setting('app.device_id', true), '')::uuid then
		perform refuse(3, 'device_mismatch', 'device_id');
	end if;
	select x.* into d from auth.device x where x.id = p_device_id for update;
	if not found then
		perform refuse(3, 'device_mismatch', 'device_id');
	end if;
	return d;
end
$$;

-- Refuses what is not the next operation of the computer.
create function ledger.require_next(d auth.device, p_seq bigint, p_prev_hash bytea) returns void
language plpgsql stable set search_path = pg_catalog, ledger, chibo, pg_temp as $$
begin
	if d.state = 'quarantined' then
		perform refuse(9, 'device_quarantined', 'device_id');
	elsif p_seq > d.high_seq + 1 then
		perform refuse(9, 'gap', 'device_seq', 'expected=' || d.high_seq + 1);
	elsif p_seq <= d.high_seq or p_prev_hash is distinct from d.high_hash then
		perform refuse(9, 'fork', 'device_seq', 'expected=' || d.high_seq + 1);
	end if;
end
$$;

create function ledger.advance(d auth.device, p_seq bigint, p_op_id uuid, p_request_hash bytea) returns void
language plpgsql set search_path = pg_catalog, ledger, pg_temp as $$
begin
	update auth.device x set high_seq = p_seq, high_hash = link(d.high_hash, p_seq, p_op_id, p_request_hash)
	where x.id = d.id;
end
$$;

-- Something is known already, and comes from a computer that was enrolled anew: its chain goes on all the same.
create function ledger.pass_over(d auth.device, p_seq bigint, p_prev_hash bytea, p_op_id uuid, p_request_hash bytea)
returns void language plpgsql set search_path = pg_catalog, ledger, pg_temp as $$
begin
	if d.state = 'active' and p_seq = d.high_seq + 1 and p_prev_hash = d.high_hash then
		perform advance(d, p_seq, p_op_id, p_request_hash);
	end if;
end
$$;

-- ---- the claim ----

-- Takes op_id for this operation, and the next place in the chain, if `d` is a computer. A known one raises CB100, or
-- `parked`; so nothing of the segment is written twice.
create function ledger.take(p_op_id uuid, p_request_hash bytea, d auth.device, p_seq bigint, p_prev_hash bytea)
returns void language plpgsql set search_path = pg_catalog, ledger, chibo, pg_temp as $$
declare
	v_account uuid := current_setting('app.account_id')::uuid;
begin
	perform set_config('app.op_id', p_op_id::text, true),
	        set_config('app.request_hash', encode(p_request_hash, 'hex'), true),
	        set_config('app.device_seq', coalesce(p_seq::text, ''), true);
	insert into op (op_id, account_id, request_hash, device_id, device_seq)
	values (p_op_id, v_account, p_request_hash, d.id, p_seq)
	on conflict do nothing;
	if found and d.id is null then
		return;
	elsif found then
		perform require_next(d, p_seq, p_prev_hash), advance(d, p_seq, p_op_id, p_request_hash);
		return;
	end if;
	if exists (select from op o
	           where o.op_id = p_op_id and o.account_id = v_account and o.request_hash = p_request_hash) then
		if exists (select from parked p where p.id = p_op_id) then
			perform refuse(9, 'parked', 'op_id');
		end if;
		raise exception using errcode = 'CB100', message = 'replayed';
	elsif p_seq <= d.high_seq then
		perform require_next(d, p_seq, p_prev_hash);
	end if;
	perform refuse(6, 'op_id_reused', 'op_id');
end
$$;

-- A computer whose key two of them use may read and nothing else.
create function ledger.require_writable() returns void
language plpgsql stable set search_path = pg_catalog, ledger, chibo, pg_temp as $$
begin
	if exists (select from auth.device d
	           where d.id = nullif(current_setting('app.device_id', true), '')::uuid and d.state = 'quarantined')
	   and exists (select from auth.method m where m.method = current_setting('app.method', true) and m.writes) then
		perform refuse(9, 'device_quarantined', 'device_id');
	end if;
end
$$;

-- Second statement of what is recorded. Locks go in this order everywhere: computer, records, heads of feeds.
-- What a queue still holds about a record waits for an operation on it that was refused; who is there may go on.
create function ledger.claim(p_op_id uuid, p_request_hash bytea, p_device_id uuid default null,
                             p_device_seq bigint default null, p_prev_hash bytea default null,
                             p_named uuid[] default null, p_attended boolean default null) returns void
language plpgsql security definer set search_path = pg_catalog, ledger, chibo, pg_temp as $$
declare
	d auth.device;
	v_parked uuid;
begin
	if p_device_seq is null then
		perform require_writable(), take(p_op_id, p_request_hash, null, null, null);
		return;
	end if;
	d := hold_device(p_device_id);
	perform take(p_op_id, p_request_hash, d, p_device_seq, p_prev_hash);
	if coalesce(p_attended, false) then
		return;
	end if;
	select p.id into v_parked from parked p
	where p.device_id = d.id and p.state = 'open' and p.subject_id = any (p_named)
	order by p.device_seq desc limit 1;
	if found then
		perform refuse(9, 'waits_for_operation', null, 'op=' || v_parked);
	end if;
end
$$;

-- The receipt of an operation that this account made before.
create function ledger.replay(p_op_id uuid, p_request_hash bytea, p_device_id uuid default null,
                              p_device_seq bigint default null, p_prev_hash bytea default null, out feed uuid,
                              out "position" bigint, out head_hash bytea)
language plpgsql security definer set search_path = pg_catalog, ledger, chibo, pg_temp as $$
begin
	select e.feed, e.position, e.hash into feed, position, head_hash
	from ledger.op o join ledger.entry e on e.feed = o.feed and e.position = o.position
	where o.op_id = p_op_id and o.request_hash = p_request_hash
	  and o.account_id = current_setting('app.account_id')::uuid;
	if not found then
		perform refuse(6, 'op_id_reused', 'op_id');
	elsif p_device_seq is not null then
		perform pass_over(hold_device(p_device_id), p_device_seq, p_prev_hash, p_op_id, p_request_hash);
	end if;
end
$$;

-- ---- refused operations ----

-- Why an operation was refused, and where that stands.
create type ledger.verdict_of_parked as (feed uuid, "position" bigint, head_hash bytea, code int, rule text, field text,
	params text);

-- What was answered when it was parked.
create function ledger.recall_parked(p_op_id uuid, p_request_hash bytea) returns ledger.verdict_of_parked
language plpgsql stable set search_path = pg_catalog, ledger, pg_temp as $$
declare
	v verdict_of_parked;
begin
	select e.feed, e.position, e.hash, p.code, p.rule, p.field, p.params into v
	from parked p
	join op o on o.op_id = p.id
	join entry e on e.feed = o.feed and e.position = o.position
	where p.id = p_op_id and o.request_hash = p_request_hash
	  and o.account_id = current_setting('app.account_id')::uuid;
	return v;
end
$$;

-- The row of a refused operation, with its entry in the feed of its computer.
create function ledger.keep(p ledger.parked) returns ledger.verdict_of_parked
language plpgsql set search_path = pg_catalog, ledger, pg_temp as $$
declare
	v verdict_of_parked;
begin
	perform set_config('app.method', p.method, true);
	p.version := 1;
	p.account_id := current_setting('app.account_id')::uuid;
	p.grant_id := nullif(current_setting('app.grant_id', true), '')::uuid;
	p.parked_at := now();
	insert into parked values (p.*);
	select r.feed, r.position, r.head_hash, p.code, p.rule, p.field, p.params into v from publish() r;
	return v;
end
$$;

-- A definite refusal is an answer: the operation has its place in the chain, and is answered alike for ever. Who was
-- there when it was refused has been told, and nothing is kept to decide on.
create function ledger.park(p_op_id uuid, p_request_hash bytea, p_device_id uuid, p_device_seq bigint, p_prev_hash bytea,
                            p_method text, p_subject_id uuid, p_body bytea, p_code int, p_rule text, p_field text,
                            p_params text)
returns ledger.verdict_of_parked
language plpgsql security definer set search_path = pg_catalog, ledger, chibo, pg_temp as $$
declare
	d auth.device := hold_device(p_device_id);
	v verdict_of_parked := recall_parked(p_op_id, p_request_hash);
	p parked;
begin
	if v.feed is not null then
		perform pass_over(d, p_device_seq, p_prev_hash, p_op_id, p_request_hash);
		return v;
	end if;
	perform take(p_op_id, p_request_hash, d, p_device_seq, p_prev_hash);
	p.id := p_op_id;
	p.feed_id := d.feed_id;
	p.state := case when p_body is null then 'answered' else 'open' end;
	p.device_id := d.id;
	p.device_seq := p_device_seq;
	p.method := left(p_method, 100);
	p.subject_id := p_subject_id;
	p.body := p_body;
	p.code := p_code;
	p.rule := p_rule;
	p.field := coalesce(p_field, '');
	p.params := coalesce(p_params, '');
	p.waits_for := case when p_rule = 'waits_for_operation' then substring(p_params from '(?n)^op=([0-9a-f-]{36})$')::uuid end;
	return keep(p);
end
$$;

-- Two computers write under one key, or one was set back to what it held before: both stop until a person decides. What
-- was sent is kept under an id of the server's (`p_id`): under its own it is not answered, and may be sent again by a
-- computer that was enrolled anew.
create function ledger.quarantine(p_id uuid, p_op_id uuid, p_request_hash bytea, p_device_id uuid, p_device_seq bigint,
                                  p_prev_hash bytea, p_method text, p_subject_id uuid, p_body bytea)
returns ledger.verdict_of_parked
language plpgsql security definer set search_path = pg_catalog, ledger, chibo, pg_temp as $$
declare
	d auth.device := hold_device(p_device_id);
	p parked;
begin
	if d.state = 'quarantined' then
		perform refuse(9, 'device_quarantined', 'device_id');
	elsif p_device_seq > d.high_seq + 1 or p_device_seq = d.high_seq + 1 and p_prev_hash = d.high_hash then
		perform refuse(14, 'busy');
	end if;
	perform take(p_id, p_request_hash, null, null, null);
	update auth.device x set state = 'quarantined', reason = 'fork', version = x.version + 1 where x.id = d.id;
	p.id := p_id;
	p.feed_id := d.feed_id;
	p.state := 'open';
	p.device_id := d.id;
	p.device_seq := p_device_seq;
	p.method := left(p_method, 100);
	p.subject_id := p_subject_id;
	p.body := p_body;
	p.code := 9;
	p.rule := 'fork';
	p.field := 'device_seq';
	p.params := format(e'op=%s\nexpected=%s', p_op_id, d.high_seq + 1);
	return keep(p);
end
$$;

grant execute on function ledger.claim, ledger.replay, ledger.park, ledger.quarantine to chibo_app;
grant execute on function ledger.claim to chibo_auth;

-- ---- keys: as auth.stale_values and auth.reseal do for persons ----

-- Bodies are large: as many as fit into a megabyte, and one at least.
create function ledger.stale_bodies(p_key int, p_limit int)
returns table (table_name text, column_name text, id uuid, value bytea)
language plpgsql stable security definer set search_path = pg_catalog, ledger, auth, chibo, pg_temp as $$
begin
	perform require_no_session();
	return query
	select 'parked'::text, 'body'::text, s.id, s.body
	from (select x.id, x.body, sum(length(x.body)) over (order by x.id) - length(x.body) as before
	      from (select p.id, p.body from parked p where p.body is not null and seal_key(p.body) < p_key
	            order by seal_key(p.body), p.id limit p_limit) x) s
	where s.before < 1000000;
end
$$;

create function ledger.stale_bodies_left(p_key int) returns bigint
language plpgsql stable security definer set search_path = pg_catalog, ledger, auth, chibo, pg_temp as $$
begin
	perform require_no_session();
	return (select count(*) from parked p where p.body is not null and seal_key(p.body) < p_key);
end
$$;

create function ledger.reseal_bodies(p_columns text[], p_ids uuid[], p_olds bytea[], p_news bytea[]) returns void
language plpgsql security definer set search_path = pg_catalog, ledger, auth, chibo, pg_temp as $$
begin
	perform require_no_session();
	update parked p set body = v.new
	from unnest(p_columns, p_ids, p_olds, p_news) as v (column_name, id, old, new)
	where v.column_name = 'body' and p.id = v.id and p.body = v.old;
end
$$;

grant execute on function ledger.stale_bodies, ledger.stale_bodies_left, ledger.reseal_bodies to chibo_app;

-- ---- what people decide ----

grant select, update (state, version, resolved_at, resolved_by, resent_id, note) on ledger.parked to chibo_auth;
grant select on ledger.op to chibo_auth;

set local role chibo_auth;

-- Where the computer stands that sent it; for whoever compares it with the caller's interval.
create function auth.parked_pos(p_device uuid) returns int
language sql stable set search_path = pg_catalog, auth, pg_temp as $$
	select t.pos from device d join tree t on t.unit_id = d.unit_id where d.id = p_device
$$;

create function auth.tell_parked(p ledger.parked)
returns table (id uuid, version int, state ledger.parked_state, method text, subject_id uuid, device_id uuid,
               device_seq bigint, device_name text, unit_id uuid, unit_path text, full_name text,
               parked_at_us timestamptz, code int, rule text, field text, params text, waits_for_id uuid, note text)
language sql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
	select p.id, p.version, p.state, p.method, p.subject_id, p.device_id, p.device_seq, d.name, d.unit_id,
	       path_of(d.unit_id, today()), h.full_name, p.parked_at, p.code, p.rule, p.field, p.params, p.waits_for, p.note
	from device d
	left join account a on a.id = p.account_id
	left join person h on h.id = a.person_id
	where d.id = p.device_id
$$;

-- Of the computers in the caller's scope, or at a unit and below it. Each gives its first ones, so that old decisions
-- of all the others cost nothing.
create function auth.parked_operations(p_unit uuid, p_state ledger.parked_state, p_after uuid, p_limit int)
returns table (id uuid, version int, state ledger.parked_state, method text, subject_id uuid, device_id uuid,
               device_seq bigint, device_name text, unit_id uuid, unit_path text, full_name text,
               parked_at_us timestamptz, code int, rule text, field text, params text, waits_for_id uuid, note text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	u tree := (select t from tree t where t.unit_id = p_unit);
begin
	return query
	with hit as (
		select x.row
		from tree t
		join device d on d.unit_id = t.unit_id
		cross join lateral (
			select p as row, p.id from ledger.parked p
			where p.device_id = d.id and p.state = coalesce(p_state, 'open')
			  and p.id > coalesce(p_after, '00000000-0000-0000-0000-000000000000')
			order by p.id limit p_limit
		) x
		where inside(t.pos) and (p_unit is null or t.pos between u.pos and u.last)
		order by x.id limit p_limit
	)
	select t.* from hit cross join lateral tell_parked(hit.row) t order by t.id;
end
$$;

-- None: outside the caller's scope it is as if there were none.
create function auth.parked_operation(p_id uuid)
returns table (id uuid, version int, state ledger.parked_state, method text, subject_id uuid, device_id uuid,
               device_seq bigint, device_name text, unit_id uuid, unit_path text, full_name text,
               parked_at_us timestamptz, code int, rule text, field text, params text, waits_for_id uuid, note text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select t.* from ledger.parked p cross join lateral tell_parked(p) t
	where p.id = p_id and inside(parked_pos(p.device_id));
end
$$;

-- Sealed. What it says is for whoever made it, and for roles that read records of this kind in their scope, if it was made in a
-- grant of their scope: at a ward's computer somebody of the district may have worked.
create function auth.parked_body(p_id uuid, out id uuid, out body bytea)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	select p.id, case when p.account_id = current_setting('app.account_id')::uuid or exists (
		select from method m
		join permission asked on asked.code = m.permission
		join permission held on held.object = asked.object
		join role_permission rp on rp.permission = held.code and rp.reach = 'scope'
		where m.method = p.method and rp.role = current_setting('app.role', true)
		  and exists (select from "grant" g join tree t on t.unit_id = g.unit_id
		              where g.id = p.grant_id and inside(t.pos))) then p.body end
	into id, body
	from ledger.parked p
	where p.id = p_id and inside(parked_pos(p.device_id));
end
$$;

-- The entry says whose operation was read.
create function auth.mark_parked_read(p_id uuid) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	perform ledger.mark(p.feed_id, 'parked_operation', p.id, p.version, 'read')
	from ledger.parked p
	where p.id = p_id and inside(parked_pos(p.device_id));
	if not found then
		perform refuse(5, 'not_found', 'id');
	end if;
end
$$;

-- Whether the operation was accepted, from the caller himself or in the feed.
create function auth.is_accepted(p_op uuid, p_feed uuid) returns boolean
language sql stable set search_path = pg_catalog, auth, pg_temp as $$
	select exists (
		select from ledger.op o
		where o.op_id = p_op and o.position is not null
		  and (o.account_id = current_setting('app.account_id')::uuid
		       or exists (select from ledger.entry e where e.op_id = o.op_id and e.feed = p_feed))
		  and not exists (select from ledger.parked p where p.id = o.op_id))
$$;

-- Ends the waiting of an operation: something took its place, or nothing does.
create function auth.resolve_parked(p_id uuid, p_base_version int, p_resent_id uuid, p_note text) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	p ledger.parked;
begin
	select x.* into p from ledger.parked x where x.id = p_id and inside(parked_pos(x.device_id)) for update of x;
	if not found then
		perform refuse(5, 'not_found', 'id');
	elsif p.version <> p_base_version then
		perform refuse(10, 'conflict', 'base_version', 'version=' || p.version);
	elsif p.state <> 'open' then
		perform refuse(9, 'parked_closed', 'id', 'state=' || p.state);
	elsif p_resent_id is not null and not is_accepted(p_resent_id, p.feed_id) then
		perform refuse(9, 'resent_unknown', 'resent_id');
	end if;
	update ledger.parked x set
		version = x.version + 1,
		state = case when p_resent_id is null then 'discarded' else 'resent' end::ledger.parked_state,
		resent_id = p_resent_id,
		note = p_note,
		resolved_at = now(),
		resolved_by = current_setting('app.account_id')::uuid
	where x.id = p_id;
end
$$;

grant execute on function auth.parked_operations, auth.parked_operation, auth.parked_body, auth.mark_parked_read,
	auth.resolve_parked to chibo_app;

commit;
