-- Deploy chibo:ledger to pg
-- Every write appends one entry to each feed it touches, in its own transaction: retries are harmless,
-- the actor is on record, the feed can be followed, and the hash chain shows tampering.

begin;
set local role chibo_ledger;

-- The receipt (feed, position) is filled in by publish.
create table ledger.op (
	op_id        uuid primary key,
	account_id   uuid not null,
	request_hash bytea not null check (length(request_hash) = 32),
	at           timestamptz not null default now(),
	feed         uuid,
	position     bigint
) with (fillfactor = 80);

create table ledger.feed_head (
	feed     uuid primary key,
	position bigint not null check (position >= 0),
	hash     bytea not null check (length(hash) = 32)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

-- hash = SHA-256(prev_hash || body). `body` holds, each with its length in front (4 bytes, big-endian):
-- feed, position, op_id, at (microseconds since 1970), account, grant, device, device_seq, method,
-- request_hash, touched. Absent values have length 0. `touched` has a line entity,id,version,kind per record.
create table ledger.entry (
	feed         uuid not null,
	position     bigint not null,
	op_id        uuid not null references ledger.op,
	at           timestamptz not null,
	account_id   uuid not null,
	grant_id     uuid,
	device_id    uuid,
	device_seq   bigint,
	method       text not null,
	request_hash bytea not null,
	touched      text not null,
	body         bytea not null,
	prev_hash    bytea not null,
	hash         bytea not null,
	primary key (feed, position),
	unique (op_id, feed)
);

-- What became of a record. Where several things happened to it in one operation, the last of them is told.
create type ledger.kind as enum ('read', 'changed', 'created', 'deleted', 'left_scope');

-- The lines of `touched`, by record: the history of one, newest first, is a walk backwards through the key.
create table ledger.record (
	entity   text not null,
	id       uuid not null,
	at       timestamptz not null,   -- of the entry
	feed     uuid not null,
	position bigint not null,
	version  int not null,
	kind     ledger.kind not null,
	primary key (entity, id, at, feed, position)
);

create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
	raise exception 'the ledger is append-only' using errcode = 'integrity_constraint_violation';
end
$$;
create trigger append_only before update or delete on ledger.entry
	for each row execute function ledger.refuse_change();
create trigger append_only_truncate before truncate on ledger.entry
	for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete on ledger.record
	for each row execute function ledger.refuse_change();
create trigger append_only_truncate before truncate on ledger.record
	for each statement execute function ledger.refuse_change();
create trigger append_only before delete on ledger.op
	for each row execute function ledger.refuse_change();
create trigger append_only_receipt before update on ledger.op
	for each row when (old.position is not null) execute function ledger.refuse_change();
create trigger append_only_truncate before truncate on ledger.op
	for each statement execute function ledger.refuse_change();

-- Statement triggers on every versioned table collect what the transaction touched into the local
-- setting app.touched, one line entity,id,version,kind,feed per record. An update that leaves version and
-- feed alone (positions following the tree) is no change of the record. What follows a unit into another
-- feed keeps its version, and yet the old feed must tell that it left and the new one that it came.
create function ledger.touch() returns trigger language plpgsql as $$
declare
	lines text;
begin
	if tg_op = 'INSERT' then
		select string_agg(concat_ws(',', tg_argv[0], n.id, n.version, 'created', n.feed_id), e'\n')
		into lines from new_rows n;
	elsif tg_op = 'DELETE' then
		select string_agg(concat_ws(',', tg_argv[0], o.id, o.version, 'deleted', o.feed_id), e'\n')
		into lines from old_rows o;
	else
		select string_agg(
			concat_ws(',', tg_argv[0], n.id, n.version, 'changed', n.feed_id)
			|| case when o.feed_id <> n.feed_id
			   then e'\n' || concat_ws(',', tg_argv[0], n.id, n.version, 'left_scope', o.feed_id)
			   else '' end, e'\n')
		into lines from new_rows n join old_rows o on o.id = n.id
		where o.version <> n.version or o.feed_id <> n.feed_id;
	end if;
	if lines is not null then
		perform set_config('app.touched',
			concat_ws(e'\n', nullif(current_setting('app.touched', true), ''), lines), true);
	end if;
	return null;
end
$$;

create procedure ledger.watch(target regclass, entity text) language plpgsql as $$
begin
	execute format('create trigger touch_insert after insert on %s referencing new table as new_rows '
		'for each statement execute function ledger.touch(%L)', target, entity);
	execute format('create trigger touch_update after update on %s referencing old table as old_rows '
		'new table as new_rows for each statement execute function ledger.touch(%L)', target, entity);
	execute format('create trigger touch_delete after delete on %s referencing old table as old_rows '
		'for each statement execute function ledger.touch(%L)', target, entity);
end
$$;
grant execute on function ledger.touch to chibo_owner, chibo_auth;
grant execute on procedure ledger.watch to chibo_owner, chibo_auth;

-- Takes op_id for this operation. A known one raises, so that nothing of the segment is written twice.
create function ledger.claim(p_op_id uuid, p_request_hash bytea) returns void
language plpgsql security definer set search_path = pg_catalog, ledger, chibo, pg_temp as $$
declare
	v_account uuid := current_setting('app.account_id')::uuid;
begin
	perform set_config('app.op_id', p_op_id::text, true),
	        set_config('app.request_hash', encode(p_request_hash, 'hex'), true);
	insert into ledger.op (op_id, account_id, request_hash)
	values (p_op_id, v_account, p_request_hash)
	on conflict do nothing;
	if found then
		return;
	end if;
	if exists (select from ledger.op o
	           where o.op_id = p_op_id and o.account_id = v_account and o.request_hash = p_request_hash) then
		raise exception using errcode = 'CB100', message = 'replayed';
	end if;
	perform refuse(6, 'op_id_reused', 'op_id');
end
$$;

-- Adds a touched record by hand. Without an entity: an entry without records, for an operation that
-- found nothing left to change.
create function ledger.mark(p_feed uuid, p_entity text default '', p_id uuid default null,
                            p_version int default 0, p_kind text default '')
returns void language plpgsql as $$
begin
	perform set_config('app.touched',
		concat_ws(e'\n', nullif(current_setting('app.touched', true), ''),
		          format('%s,%s,%s,%s,%s', p_entity, p_id, p_version, p_kind, p_feed)), true);
end
$$;

create function ledger.field(p bytea) returns bytea language sql immutable as $$
	select int4send(coalesce(length(p), 0)) || coalesce(p, ''::bytea)
$$;

-- Appends `e` (all but position, hashes and body set) to the end of its feed, and to the history of what it touched.
create function ledger.append(e ledger.entry) returns ledger.entry
language plpgsql set search_path = pg_catalog, ledger, pg_temp as $$
begin
	select h.position + 1, h.hash into e.position, e.prev_hash
	from ledger.feed_head h where h.feed = e.feed for update;
	if not found then
		insert into ledger.feed_head values (e.feed, 0, sha256(''::bytea)) on conflict do nothing;
		select h.position + 1, h.hash into e.position, e.prev_hash
		from ledger.feed_head h where h.feed = e.feed for update;
	end if;
	e.body := ledger.field(uuid_send(e.feed)) || ledger.field(int8send(e.position))
		|| ledger.field(uuid_send(e.op_id))
		|| ledger.field(int8send((extract(epoch from e.at) * 1000000)::bigint))
		|| ledger.field(uuid_send(e.account_id)) || ledger.field(uuid_send(e.grant_id))
		|| ledger.field(uuid_send(e.device_id)) || ledger.field(int8send(e.device_seq))
		|| ledger.field(convert_to(e.method, 'UTF8')) || ledger.field(e.request_hash)
		|| ledger.field(convert_to(e.touched, 'UTF8'));
	e.hash := sha256(e.prev_hash || e.body);
	insert into ledger.entry values (e.*);
	insert into ledger.record (entity, id, at, feed, position, version, kind)
	select split_part(l, ',', 1), split_part(l, ',', 2)::uuid, e.at, e.feed, e.position,
	       split_part(l, ',', 3)::int, split_part(l, ',', 4)::ledger.kind
	from string_to_table(nullif(e.touched, ''), e'\n') as l;
	update ledger.feed_head h set position = e.position, hash = e.hash where h.feed = e.feed;
	return e;
end
$$;

-- Last statement of a write: one entry per touched feed, in the order of feeds, so that two writers
-- never wait for each other. Answers with the entry of the caller's own feed, or else the first one.
create function ledger.publish(out feed uuid, out "position" bigint, out head_hash bytea)
language plpgsql security definer set search_path = pg_catalog, ledger, chibo, pg_temp as $$
declare
	v_home uuid := (select t.feed_id from auth.tree t
	                where t.unit_id = nullif(current_setting('app.unit_id', true), '')::uuid);
	e ledger.entry;
	receipt ledger.entry;
begin
	e.op_id := current_setting('app.op_id')::uuid;
	e.account_id := current_setting('app.account_id')::uuid;
	e.grant_id := nullif(current_setting('app.grant_id', true), '')::uuid;
	e.method := current_setting('app.method');
	e.request_hash := decode(current_setting('app.request_hash'), 'hex');
	e.at := now();
	for e.feed, e.touched in
		with line as (
			select split_part(l, ',', 1) as entity, split_part(l, ',', 2) as id,
			       split_part(l, ',', 3)::int as version, nullif(split_part(l, ',', 4), '')::ledger.kind as kind,
			       split_part(l, ',', 5)::uuid as feed
			from string_to_table(nullif(current_setting('app.touched', true), ''), e'\n') as l
		), record as (
			select l.feed, l.entity, l.id, max(l.version) as version, max(l.kind) as kind
			from line l group by l.feed, l.entity, l.id
		)
		select r.feed, coalesce(string_agg(concat_ws(',', r.entity, r.id, r.version, r.kind), e'\n'
		                                   order by r.entity collate "C", r.id collate "C")
		                        filter (where r.entity <> ''), '')
		from record r group by r.feed order by r.feed
	loop
		e := ledger.append(e);
		if receipt.feed is null or e.feed = v_home then
			receipt := e;
		end if;
	end loop;
	if receipt.feed is null then
		perform refuse(5, 'not_found');
	end if;
	update ledger.op o set feed = receipt.feed, position = receipt.position where o.op_id = receipt.op_id;
	feed := receipt.feed;
	position := receipt.position;
	head_hash := receipt.hash;
end
$$;

-- The receipt of an operation that this account made before.
create function ledger.replay(p_op_id uuid, p_request_hash bytea, out feed uuid, out "position" bigint,
                              out head_hash bytea)
language plpgsql stable security definer set search_path = pg_catalog, ledger, chibo, pg_temp as $$
begin
	select e.feed, e.position, e.hash into feed, position, head_hash
	from ledger.op o join ledger.entry e on e.feed = o.feed and e.position = o.position
	where o.op_id = p_op_id and o.request_hash = p_request_hash
	  and o.account_id = current_setting('app.account_id')::uuid;
	if not found then
		perform refuse(6, 'op_id_reused', 'op_id');
	end if;
end
$$;

-- Ends a dry run: raises the one error that means success, so that nothing is committed.
create function ledger.roll_back() returns void language plpgsql as $$
begin
	raise exception using errcode = 'CB000', message = 'dry_run';
end
$$;

grant execute on function ledger.claim, ledger.publish, ledger.replay, ledger.roll_back, ledger.mark to chibo_app;
grant execute on function ledger.claim, ledger.publish, ledger.mark to chibo_auth;

grant select on ledger.entry, ledger.record to chibo_auth;
-- Who verifies the chain reads all of it and nothing else.
grant usage on schema ledger to chibo_verify;
grant select on ledger.op, ledger.feed_head, ledger.entry, ledger.record to chibo_verify;

set local role chibo_owner;
call ledger.watch('chibo.unit', 'unit');
call ledger.watch('chibo.person', 'person');
call ledger.watch('chibo.member', 'member');
call ledger.watch('chibo.membership', 'membership');
call ledger.watch('chibo.scheme', 'scheme');
call ledger.watch('chibo.rule_param', 'rule');
set local role chibo_auth;
call ledger.watch('auth.account', 'account');
call ledger.watch('auth."grant"', 'grant');

commit;
