-- Deploy chibo:change_requests to pg
-- Corrections of a person's file: proposed with a written paper, approved by two further persons, and
-- only then made.

begin;
set local role chibo_owner;

create type chibo.change_state as enum ('submitted', 'approved', 'confirmed', 'refused');
create type chibo.person_field as enum
	('family_name', 'middle_name', 'given_name', 'sex', 'born_on', 'native_place');

-- The unit is the one that keeps the person's record. Whatever a function may forget: no row has two
-- approvals of one person, or one of whoever submitted it or is its subject.
create table chibo.change_request (
	id             uuid constraint change_request_id__id_taken primary key,
	version        int not null default 1,
	unit_id        uuid not null,
	unit_pos       int not null,
	feed_id        uuid not null,
	person_id      uuid not null constraint person_id__not_found references chibo.person,
	person_version int not null,
	state          chibo.change_state not null default 'submitted',
	closed         boolean not null generated always as (state in ('confirmed', 'refused')) stored,
	fields         chibo.person_field[] not null constraint update_mask__required check (cardinality(fields) > 0),
	before         text[] not null check (cardinality(before) = cardinality(fields)),   -- at person_version
	family_name    text constraint family_name__name check (chibo.is_name_part(family_name)),
	middle_name    text constraint middle_name__name check (chibo.is_name_part(middle_name)),
	given_name     text constraint given_name__name check (chibo.is_name_part(given_name)),
	sex            chibo.sex,
	born_on        chibo.partial_date,
	native_place   text constraint native_place__text check (chibo.is_text(native_place, 200)),
	basis          text not null constraint basis__text check (chibo.is_text(basis, 300)),
	submitted_by   uuid not null references chibo.person,
	submitted_at   timestamptz not null default now(),
	first_by       uuid references chibo.person,
	first_at       timestamptz,
	second_by      uuid references chibo.person,
	second_at      timestamptz,
	refused_by     uuid references chibo.person,
	refused_at     timestamptz,
	reason         text constraint reason__text check (chibo.is_text(reason, 300)),
	constraint id__own_proposal
		check (submitted_by <> first_by and submitted_by <> second_by and submitted_by <> refused_by),
	constraint id__own_record check (person_id <> first_by and person_id <> second_by and person_id <> refused_by),
	constraint id__second_person check (first_by <> second_by),
	check (state <> 'approved' or first_by is not null),
	check ((state = 'confirmed') = (second_by is not null) and (second_by is null or first_by is not null)),
	check ((state = 'refused') = (refused_by is not null) and (refused_by is null) = (reason is null)),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.change_request (unit_pos, id);
create index on chibo.change_request (closed, unit_pos, id);
create index on chibo.change_request (person_id);
create index on chibo.change_request (unit_id);

call meta.put_under_scope('chibo.change_request', 'unit_pos');
call ledger.watch('chibo.change_request', 'change_request');
-- Nothing for chibo_app, which comes in through the functions below alone.
grant select, insert, update on chibo.change_request to chibo_auth;
grant update on chibo.person to chibo_auth;
grant execute on function chibo.past_partial to chibo_auth;

set local role chibo_auth;

create function auth.can_log_in(p_person uuid) returns boolean
language plpgsql stable set search_path = pg_catalog, auth, pg_temp as $$
begin
	return exists (select from account a
	               where a.person_id = p_person and a.ended_at is null and a.password_hash is not null);
end
$$;

-- The unit and those above it, lowest first.
create function auth.units_above(p_unit uuid) returns uuid[]
language plpgsql stable set search_path = pg_catalog, auth, pg_temp as $$
begin
	return array(
		with recursive above as (
			select t.unit_id, t.parent_id, 0 as height from tree t where t.unit_id = p_unit
			union all
			select t.unit_id, t.parent_id, above.height + 1 from above join tree t on t.unit_id = above.parent_id
		)
		select a.unit_id from above a order by a.height);
end
$$;

-- Whose turn it is where `p_permission` is needed for a record of `p_unit`: of the roles that have it
-- the lowest, at the lowest unit at or above, that somebody holds who is not excluded and can log in.
-- moved_up: without the exclusions it would lie lower. No row's worth (nulls): nobody may.
create function auth.approver_of(p_unit uuid, p_permission text, p_excluded uuid[],
                                 out unit_id uuid, out role text, out moved_up boolean)
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp
-- a page asks for each row: planning anew would take longer than looking
set plan_cache_mode = force_generic_plan as $$
declare
	v_roles text[] := array(select rp.role from role_permission rp join role r on r.code = rp.role
	                        where rp.permission = p_permission and rp.reach = 'scope' order by r.rank, r.code);
	v_units uuid[] := units_above(p_unit);
begin
	select h.unit_id, h.role, h.role <> v_roles[1] or h.unit_id <> h.usual
	into unit_id, role, moved_up
	from (
		select g.unit_id, g.role, g.person_id, array_position(v_roles, g.role) as rank,
		       array_position(v_units, g.unit_id) as height,
		       first_value(g.unit_id) over (order by array_position(v_roles, g.role),
			array_position(v_units, g.unit_id)) as usual
		from live_grant g
		where g.unit_id = any (v_units) and g.role = any (v_roles) and can_log_in(g.person_id)
	) h
	where h.person_id <> all (p_excluded)
	order by h.rank, h.height limit 1;
end
$$;

-- Whether the permission of this request reaches only the caller's own record.
create function auth.is_own_only() returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
	return current_setting('app.reach', true) is distinct from 'scope';
end
$$;

create function auth.may_see_change(r chibo.change_request) returns boolean
language plpgsql stable set search_path = pg_catalog, auth, pg_temp as $$
begin
	return in_scope(r.unit_id)
		and (not is_own_only() or r.person_id = nullif(current_setting('app.person_id', true), '')::uuid);
end
$$;

-- Whom an open request waits for. The first approval belongs to the record's grassroots organisation.
create function auth.change_wait(r chibo.change_request, out unit_id uuid, out role text, out moved_up boolean)
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	if r.state = 'submitted' then
		select a.unit_id, a.role, a.moved_up or t.feed_id <> r.feed_id into unit_id, role, moved_up
		from approver_of(r.unit_id, 'change_first', array[r.submitted_by, r.person_id]) a
		join tree t on t.unit_id = a.unit_id;
	elsif r.state = 'approved' then
		select a.unit_id, a.role, a.moved_up into unit_id, role, moved_up
		from approver_of(r.unit_id, 'change_second', array[r.submitted_by, r.person_id, r.first_by]) a;
	end if;
end
$$;

create type auth.change_row as (
	id uuid, version int, person_id uuid, full_name text, unit_id uuid, unit_path text, state chibo.change_state,
	old_values text, new_values text, basis text, submitted_by text, submitted_at_us timestamptz,
	first_by text, first_at_us timestamptz, second_by text, second_at_us timestamptz,
	refused_by text, refused_at_us timestamptz, reason text,
	waits_for_role text, waits_for_unit_path text, moved_up boolean, person_version int, pos int
);

create function auth.field_changes(r chibo.change_request)
returns table (field chibo.person_field, old_value text, new_value text)
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select f.field, f.before, to_jsonb(r) ->> f.field::text from unnest(r.fields, r.before) as f (field, before);
end
$$;

-- The unit that it waits for stands above the record's, whose path the reader sees anyway.
create function auth.describe_change(r chibo.change_request) returns auth.change_row
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	d change_row;
begin
	d := row(r.id, r.version, r.person_id, null, r.unit_id, path_of(r.unit_id, today()), r.state, null, null, r.basis,
		null, r.submitted_at, null, r.first_at, null, r.second_at, null, r.refused_at, r.reason,
		null, null, null, r.person_version, r.unit_pos);
	select p.full_name into d.full_name from person p where p.id = r.person_id;
	select p.full_name into d.submitted_by from person p where p.id = r.submitted_by;
	select p.full_name into d.first_by from person p where p.id = r.first_by;
	select p.full_name into d.second_by from person p where p.id = r.second_by;
	select p.full_name into d.refused_by from person p where p.id = r.refused_by;
	select string_agg(coalesce(c.old_value, '–'), '; '), string_agg(coalesce(c.new_value, '–'), '; ')
	into d.old_values, d.new_values from field_changes(r) c;
	select w.role, path_of(w.unit_id, today()), w.moved_up
	into d.waits_for_role, d.waits_for_unit_path, d.moved_up from change_wait(r) w;
	return d;
end
$$;

create function auth.change_rows(p_id uuid) returns setof auth.change_row
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select d.* from change_request r cross join lateral describe_change(r) d
	where r.id = p_id and may_see_change(r);
end
$$;

create function auth.change_lines(p_id uuid)
returns table (field chibo.person_field, old_value text, new_value text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select c.field, c.old_value, c.new_value from change_request r cross join lateral field_changes(r) c
	where r.id = p_id and may_see_change(r);
end
$$;

-- Open requests first, then closed ones, each in tree order.
create function auth.change_page(p_unit uuid, p_after_state chibo.change_state, p_after_pos int, p_after_id uuid,
                                 p_limit int) returns setof auth.change_row
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_scope record;
	v_own uuid := case when is_own_only() then nullif(current_setting('app.person_id', true), '')::uuid end;
	v_after_closed boolean := coalesce(p_after_state in ('confirmed', 'refused'), false);
	v_goes_on boolean;
	v_left int := least(p_limit, 200);
	v_got int;
begin
	select i.lo, i.hi into v_scope from interval_of(p_unit) i;
	for v_closed in v_after_closed::int .. 1 loop
		v_goes_on := v_closed = v_after_closed::int and p_after_pos >= v_scope.lo and p_after_id is not null;
		return query
		select d.*
		from (
			select r from change_request r
			where r.closed = (v_closed = 1) and r.unit_pos <= v_scope.hi
			  and (r.unit_pos, r.id) > (case when v_goes_on then p_after_pos else v_scope.lo end,
				case when v_goes_on then p_after_id else '00000000-0000-0000-0000-000000000000' end)
			  and (not is_own_only() or r.person_id = v_own)
			order by r.unit_pos, r.id
			limit v_left
		) page
		cross join lateral describe_change(page.r) d;
		get diagnostics v_got = row_count;
		v_left := v_left - v_got;
	end loop;
end
$$;

-- Refuses a correction that says nothing new, or empties what every file must have.
create function auth.require_correction(p_field text, p_old text, p_new text) returns void
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
begin
	if p_field <> all (enum_range(null::person_field)::text[]) then
		perform refuse(3, 'unknown_field', 'update_mask', 'value=' || p_field);
	elsif p_new is null and p_field not in ('middle_name', 'native_place') then
		perform refuse(3, 'required', p_field);
	elsif p_new is not distinct from p_old then
		perform refuse(9, 'same_value', p_field);
	end if;
end
$$;

create function auth.submit_change(
	p_id uuid, p_person uuid, p_mask text[], p_family_name text, p_middle_name text, p_given_name text,
	p_sex chibo.sex, p_born_on text, p_native_place text, p_basis text)
returns void language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_caller uuid := current_setting('app.person_id')::uuid;
	v_fields person_field[];
	v_old jsonb;
	v_new jsonb := jsonb_build_object('family_name', p_family_name, 'middle_name', p_middle_name,
		'given_name', p_given_name, 'sex', p_sex, 'born_on', past_partial(p_born_on, 'born_on'),
		'native_place', p_native_place);
	p person;
begin
	select x.* into p from person x
	where x.id = p_person and in_scope(x.unit_id) and (not is_own_only() or x.id = v_caller);
	if not found then
		perform refuse(5, 'not_found', 'person_id');
	elsif coalesce(cardinality(p_mask), 0) = 0 then
		perform refuse(3, 'required', 'update_mask');
	end if;
	v_old := to_jsonb(p);
	perform require_correction(f.name, v_old ->> f.name, v_new ->> f.name) from unnest(p_mask) as f (name);
	v_fields := array(select distinct f.name::person_field from unnest(p_mask) as f (name) order by 1);
	v_new := (select jsonb_object_agg(f.name, v_new -> f.name::text) from unnest(v_fields) as f (name));
	insert into change_request (id, unit_id, unit_pos, feed_id, person_id, person_version, fields, before,
		family_name, middle_name, given_name, sex, born_on, native_place, basis, submitted_by)
	values (p_id, p.unit_id, p.unit_pos, p.feed_id, p.id, p.version, v_fields,
		array(select v_old ->> f.name::text from unnest(v_fields) with ordinality as f (name, n) order by f.n),
		v_new ->> 'family_name', v_new ->> 'middle_name', v_new ->> 'given_name', (v_new ->> 'sex')::sex,
		v_new ->> 'born_on', v_new ->> 'native_place', p_basis, v_caller);
end
$$;

-- Locks an open request; with `p_state`, one that has come as far as this.
create function auth.lock_change(p_id uuid, p_state chibo.change_state default null) returns chibo.change_request
language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	r change_request;
begin
	select x.* into r from change_request x where x.id = p_id and in_scope(x.unit_id) for update;
	if not found then
		perform refuse(5, 'not_found', 'id');
	elsif r.closed then
		perform refuse(9, 'request_closed', 'id', 'state=' || r.state);
	elsif r.state <> p_state then
		perform refuse(9, case r.state when 'submitted' then 'first_approval_missing'
		                               else 'first_approval_given' end, 'id');
	end if;
	return r;
end
$$;

-- Refuses unless it is the caller's turn: separation of duties first, which holds on the person, then the
-- level that the approval lies at now. Its path is named to those who see that unit.
create function auth.require_turn(r chibo.change_request) returns uuid
language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_caller uuid := current_setting('app.person_id')::uuid;
	w record;
begin
	if v_caller = r.submitted_by then
		perform refuse(9, 'own_proposal', 'id');
	elsif v_caller = r.first_by then
		perform refuse(9, 'second_person', 'id');
	end if;
	perform require_not_own(r.person_id, 'id');
	select x.unit_id, x.role, x.moved_up into w from change_wait(r) x;
	if w.unit_id is distinct from nullif(current_setting('app.unit_id', true), '')::uuid
	   or w.role is distinct from current_setting('app.role', true) then
		perform refuse(9, case when w.moved_up then 'approval_moved_up' else 'not_yours_to_approve' end, 'id',
			concat_ws(e'\n', 'role=' || w.role, 'unit=' || unit_path(w.unit_id, today())));
	end if;
	return v_caller;
end
$$;

create function auth.approve_change(p_id uuid) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	r change_request := lock_change(p_id, 'submitted');
	v_caller uuid := require_turn(r);
begin
	update change_request x set version = x.version + 1, state = 'approved', first_by = v_caller, first_at = now()
	where x.id = p_id;
end
$$;

-- The second approval; the record changes with it, unless it has moved on since the request was made.
create function auth.confirm_change(p_id uuid) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	r change_request := lock_change(p_id, 'approved');
	v_caller uuid := require_turn(r);
	v_version int;
begin
	select p.version into v_version from person p where p.id = r.person_id for update;
	if v_version is distinct from r.person_version then
		perform refuse(10, 'conflict', 'person_id', 'version=' || v_version);
	end if;
	update person p set
		version = p.version + 1,
		family_name = case when 'family_name' = any (r.fields) then r.family_name else p.family_name end,
		middle_name = case when 'middle_name' = any (r.fields) then r.middle_name else p.middle_name end,
		given_name = case when 'given_name' = any (r.fields) then r.given_name else p.given_name end,
		sex = case when 'sex' = any (r.fields) then r.sex else p.sex end,
		born_on = case when 'born_on' = any (r.fields) then r.born_on else p.born_on end,
		native_place = case when 'native_place' = any (r.fields) then r.native_place else p.native_place end
	where p.id = r.person_id;
	update change_request x set version = x.version + 1, state = 'confirmed', second_by = v_caller, second_at = now()
	where x.id = p_id;
end
$$;

-- By whoever could approve it now, be it for the first or the second time.
create function auth.refuse_change(p_id uuid, p_reason text) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	r change_request := lock_change(p_id);
	v_caller uuid := require_turn(r);
begin
	update change_request x set version = x.version + 1, state = 'refused', reason = p_reason,
		refused_by = v_caller, refused_at = now()
	where x.id = p_id;
end
$$;

-- Requests go where the record goes.
create function auth.move_changes() returns trigger
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	update change_request r set version = r.version + 1,
		unit_id = new.unit_id, unit_pos = new.unit_pos, feed_id = new.feed_id
	where r.person_id = new.id;
	return null;
end
$$;

grant execute on function auth.change_rows, auth.change_lines, auth.change_page, auth.submit_change,
	auth.approve_change, auth.confirm_change, auth.refuse_change to chibo_app;
grant execute on function auth.move_changes to chibo_owner;

set local role chibo_owner;
create trigger move_changes after update of unit_id on chibo.person
	for each row when (old.unit_id <> new.unit_id) execute function auth.move_changes();

commit;
