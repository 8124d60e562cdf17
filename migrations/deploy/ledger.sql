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

-- The lines of `touched`, by record: the history of one, newest first, is a walk backwards through the key. Where it lay then
-- is no part of the entry: it tells readers of less than a feed what of it is theirs.
create table ledger.record (
	entity   text not null,
	id       uuid not null,
	at       timestamptz not null,   -- of the entry
	feed     uuid not null,
	position bigint not null,
	version  int not null,
	kind     ledger.kind not null,
	unit_id      uuid,               -- where it lies; null: nowhere in the tree
	from_unit_id uuid,               -- where it lay before, if that is another place: its unit, or the one above a unit that moved
	primary key (entity, id, at, feed, position)
);
create index on ledger.record (feed, position);

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

-- A line of app.touched. Units are empty where there are none.
create function ledger.line(p_entity text, p_id uuid, p_version int, p_kind text, p_feed uuid, p_unit uuid, p_from uuid)
returns text language sql stable as $$
	select concat_ws(',', p_entity, p_id, p_version, p_kind, coalesce(p_feed::text, ''), coalesce(p_unit::text, ''),
	                 coalesce(p_from::text, ''))
$$;

-- Where a row says that it lies; a unit lies in itself.
create function ledger.unit_of(p_entity text, p_row jsonb) returns uuid language sql immutable as $$
	select coalesce(p_row ->> 'unit_id', case p_entity when 'unit' then p_row ->> 'id' end)::uuid
$$;

-- Statement triggers on every versioned table collect what the transaction touched into the local setting app.touched, one
-- line entity,id,version,kind,feed,unit,from per record. An update that leaves version, feed and unit alone (positions
-- following the tree) is no change of the record, unless its unit is being moved: app.moved_from names the one above it until
-- then. What follows a unit keeps its version, and yet the old place must be told that it left and the new one that it came.
create function ledger.touch() returns trigger language plpgsql as $$
declare
	v_entity text := tg_argv[0];
	v_from uuid;
	lines text;
begin
	if tg_op = 'INSERT' then
		select string_agg(ledger.line(v_entity, n.id, n.version, 'created', n.feed_id,
			ledger.unit_of(v_entity, to_jsonb(n)), null), e'\n')
		into lines from new_rows n;
	elsif tg_op = 'DELETE' then
		select string_agg(ledger.line(v_entity, o.id, o.version, 'deleted', o.feed_id,
			ledger.unit_of(v_entity, to_jsonb(o)), null), e'\n')
		into lines from old_rows o;
	else
		v_from := nullif(current_setting('app.moved_from', true), '')::uuid;
		select string_agg(
			ledger.line(v_entity, n.id, n.version, 'changed', n.feed_id, p.unit, p.before)
			|| case when o.feed_id <> n.feed_id
			   then e'\n' || ledger.line(v_entity, n.id, n.version, 'left_scope', o.feed_id, p.unit, p.before)
			   else '' end, e'\n')
		into lines
		from new_rows n
		join old_rows o on o.id = n.id
		cross join lateral (select ledger.unit_of(v_entity, to_jsonb(n)) as unit, ledger.unit_of(v_entity, to_jsonb(o)) as was) u
		cross join lateral (select u.unit, case when u.was <> u.unit then u.was else v_from end as before) p
		where o.version <> n.version or o.feed_id <> n.feed_id or u.was <> u.unit or u.unit is not null and v_from is not null;
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
grant execute on function ledger.touch, ledger.line, ledger.unit_of to chibo_owner, chibo_auth, chibo_app;
grant execute on procedure ledger.watch to chibo_owner, chibo_auth;

-- Adds a touched record by hand. Without an entity: an entry without records, for an operation that
-- found nothing left to change.
create function ledger.mark(p_feed uuid, p_entity text default '', p_id uuid default null,
                            p_version int default 0, p_kind text default '')
returns void language plpgsql as $$
begin
	perform set_config('app.touched',
		concat_ws(e'\n', nullif(current_setting('app.touched', true), ''),
		          format('%s,%s,%s,%s,%s,,', p_entity, p_id, p_version, p_kind, p_feed)), true);
end
$$;

create function ledger.field(p bytea) returns bytea language sql immutable as $$
	select int4send(coalesce(length(p), 0)) || coalesce(p, ''::bytea)
$$;

-- Appends `e` (all but position, hashes and body set) to the end of its feed, and to the history of what it touched; units
-- by the lines of `touched`.
create function ledger.append(e ledger.entry, p_units uuid[] default null, p_froms uuid[] default null) returns ledger.entry
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
	insert into ledger.record (entity, id, at, feed, position, version, kind, unit_id, from_unit_id)
	select split_part(t.line, ',', 1), split_part(t.line, ',', 2)::uuid, e.at, e.feed, e.position,
	       split_part(t.line, ',', 3)::int, split_part(t.line, ',', 4)::ledger.kind, t.unit_id, t.from_unit_id
	from unnest(string_to_array(nullif(e.touched, ''), e'\n'), p_units, p_froms) as t (line, unit_id, from_unit_id)
	where t.line is not null;
	update ledger.feed_head h set position = e.position, hash = e.hash where h.feed = e.feed;
	return e;
end
$$;

-- Last statement of a write, which ledger.claim has begun: one entry per touched feed, in the order of feeds, so that two writers
-- never wait for each other. Answers with the entry of the caller's own feed, or else the first one.
create function ledger.publish(out feed uuid, out "position" bigint, out head_hash bytea)
language plpgsql security definer set search_path = pg_catalog, ledger, chibo, pg_temp as $$
declare
	v_home uuid := (select t.feed_id from auth.tree t
	                where t.unit_id = nullif(current_setting('app.unit_id', true), '')::uuid);
	e ledger.entry;
	receipt ledger.entry;
	v_units uuid[];
	v_froms uuid[];
begin
	e.op_id := current_setting('app.op_id')::uuid;
	e.account_id := current_setting('app.account_id')::uuid;
	e.grant_id := nullif(current_setting('app.grant_id', true), '')::uuid;
	e.method := current_setting('app.method');
	e.request_hash := decode(current_setting('app.request_hash'), 'hex');
	e.device_id := nullif(current_setting('app.device_id', true), '')::uuid;
	e.device_seq := nullif(current_setting('app.device_seq', true), '')::bigint;
	e.at := now();
	for e.feed, e.touched, v_units, v_froms in
		with line as (
			select split_part(l, ',', 1) as entity, split_part(l, ',', 2) as id,
			       split_part(l, ',', 3)::int as version, nullif(split_part(l, ',', 4), '')::ledger.kind as kind,
			       split_part(l, ',', 5)::uuid as feed, nullif(split_part(l, ',', 6), '') as unit,
			       nullif(split_part(l, ',', 7), '') as before, n
			from string_to_table(nullif(current_setting('app.touched', true), ''), e'\n') with ordinality as t (l, n)
		), record as (
			-- of several places the last one, and the one before the first
			select l.feed, l.entity, l.id, max(l.version) as version, max(l.kind) as kind,
			       ((array_agg(l.unit order by l.n desc) filter (where l.unit is not null))[1])::uuid as unit,
			       ((array_agg(l.before order by l.n) filter (where l.before is not null))[1])::uuid as before
			from line l group by l.feed, l.entity, l.id
		)
		select r.feed, coalesce(string_agg(concat_ws(',', r.entity, r.id, r.version, r.kind), e'\n'
		                                   order by r.entity collate "C", r.id collate "C")
		                        filter (where r.entity <> ''), ''),
		       array_agg(r.unit order by r.entity collate "C", r.id collate "C") filter (where r.entity <> ''),
		       array_agg(r.before order by r.entity collate "C", r.id collate "C") filter (where r.entity <> '')
		from record r group by r.feed order by r.feed
	loop
		e := ledger.append(e, v_units, v_froms);
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

-- Ends a dry run: raises the one error that means success, so that nothing is committed.
create function ledger.roll_back() returns void language plpgsql as $$
begin
	raise exception using errcode = 'CB000', message = 'dry_run';
end
$$;

grant execute on function ledger.publish, ledger.roll_back, ledger.mark to chibo_app;
grant execute on function ledger.publish, ledger.mark to chibo_auth;

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
