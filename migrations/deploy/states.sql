-- Deploy chibo:states to pg
-- What records with a life of their own share: states that move as one table allows, months, and how far a
-- permission reaches.

begin;
set local role chibo_owner;

-- A month as people report by it: 2022-06. What happened in it may have been held on a day of the next one.
create domain chibo.month as text
	constraint period_month__month_format check (value ~ '^(19|[2-9][0-9])[0-9]{2}-(0[1-9]|1[0-2])$');

create function chibo.month_days(m text) returns daterange language sql immutable parallel safe as $$
	select daterange((m || '-01')::date, ((m || '-01')::date + interval '1 month')::date)
$$;

-- A month from the text of request field `field`; null stays null.
create function chibo.a_month(t text, field text) returns text language plpgsql as $$
begin
	if t !~ '^(19|[2-9][0-9])[0-9]{2}-(0[1-9]|1[0-2])$' then
		perform chibo.refuse(3, 'month_format', field, 'value=' || left(t, 40));
	end if;
	return t;
end
$$;

-- The day of an instant at the place where the records are kept.
create function chibo.day_of(at timestamptz) returns date language sql stable parallel safe as $$
	select (at at time zone 'Asia/Ho_Chi_Minh')::date
$$;

-- Every way from one state to another. A record is born in the state that stands first for it.
create table chibo.transition (
	entity     text not null check (entity ~ '^[a-z][a-z_]{1,39}$'),
	order_no   int not null,
	from_state text not null,
	to_state   text not null check (to_state <> from_state),
	primary key (entity, from_state, to_state),
	unique (entity, order_no)
);
grant select on chibo.transition to chibo_app, chibo_auth;

-- Trigger on the tables of such records; its arguments are the entity and the column of the state. Whatever writes:
-- no other way is taken.
create function chibo.check_transition() returns trigger
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
declare
	v_from text := to_jsonb(old) ->> tg_argv[1];
	v_to text := to_jsonb(new) ->> tg_argv[1];
begin
	if not exists (select from transition t where t.entity = tg_argv[0] and t.from_state = v_from and t.to_state = v_to) then
		perform refuse(9, 'state_transition', 'state', format(e'from=%s\nto=%s', v_from, v_to));
	end if;
	return new;
end
$$;

-- Refuses a step from a state to itself or off the way, before anything is written: the trigger sees changes alone.
create function chibo.require_step(p_entity text, p_from text, p_to text) returns void language plpgsql stable as $$
begin
	if not exists (select from chibo.transition t where t.entity = p_entity and t.from_state = p_from and t.to_state = p_to) then
		perform chibo.refuse(9, 'state_transition', 'state', format(e'from=%s\nto=%s', p_from, p_to));
	end if;
end
$$;

create procedure meta.keep_states(target regclass, entity text, state_column name default 'state') language plpgsql as $$
begin
	execute format('create trigger check_transition before update of %1$I on %2$s for each row '
		'when (old.%1$I is distinct from new.%1$I) execute function chibo.check_transition(%3$L, %1$L)',
		state_column, target, entity);
end
$$;

-- What may be asked of a record in a state, by the method that does it: whether it moves the record or not.
create table chibo.action (
	entity   text not null,
	state    text not null,
	method   text not null check (method ~ '^[A-Z][A-Za-z]+Service/[A-Z][A-Za-z]+$'),
	order_no int not null,
	primary key (entity, state, method)
);
grant select on chibo.action to chibo_app, chibo_auth;

-- In which states a method may be asked for: what is offered as a next action is what is accepted.
create function chibo.states_of(p_entity text, p_method text) returns text[] language sql stable as $$
	select array_agg(a.state) from chibo.action a where a.entity = p_entity and a.method = p_method
$$;
grant execute on function chibo.states_of to chibo_app;

-- Whether a record lies within what the permission of this request reaches: its unit in the caller's interval,
-- and where the permission reaches less than that, the caller's own unit, the meeting of his grant, or himself.
-- Written to be inlined. Row-level security knows the interval alone, so each statement asks this too.
create function chibo.reaches(p_unit uuid, p_pos int, p_meeting uuid default null, p_person uuid default null)
returns boolean language sql stable parallel safe as $$
	select p_pos between nullif(current_setting('app.lo', true), '')::int
	                 and nullif(current_setting('app.hi', true), '')::int
	   and case current_setting('app.reach', true)
		when 'scope' then true
		when 'masked' then true
		when 'unit' then coalesce(p_unit = nullif(current_setting('app.unit_id', true), '')::uuid, false)
		when 'meeting' then coalesce(p_meeting = nullif(current_setting('app.meeting_id', true), '')::uuid, false)
		when 'own' then coalesce(p_person = nullif(current_setting('app.person_id', true), '')::uuid, false)
		else false
	   end
$$;

-- Whether this request may see what is said of persons, or counts alone.
create function chibo.sees_names() returns boolean language sql stable parallel safe as $$
	select current_setting('app.reach', true) is distinct from 'masked'
$$;

-- Refuses a code that its list does not have; null is no code.
create function chibo.require_code(p_list text, p_code text, p_field text) returns void language plpgsql as $$
begin
	if p_code is not null and not exists (select from chibo.code c where c.list = p_list and c.code = p_code) then
		perform chibo.refuse(5, 'unknown_code', p_field, format(e'list=%s\nvalue=%s', p_list, left(p_code, 40)));
	end if;
end
$$;

create function chibo.caller() returns uuid language sql stable parallel safe as $$
	select nullif(current_setting('app.person_id', true), '')::uuid
$$;

grant execute on function chibo.month_days, chibo.a_month, chibo.day_of, chibo.reaches, chibo.sees_names, chibo.caller,
	chibo.require_code to chibo_app, chibo_auth, chibo_ledger;
grant execute on function chibo.require_step to chibo_app;
grant execute on function chibo.check_transition to chibo_app, chibo_auth;

-- The name of somebody whose record lies in the caller's interval, for what is written down as of the day; whoever
-- is out of scope is like nobody.
set local role chibo_auth;
create function auth.full_name_of(p_person uuid, p_field text) returns text
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_name text := (select p.full_name from person p where p.id = p_person and in_scope(p.unit_id));
begin
	if v_name is null and p_person is not null then
		perform refuse(5, 'not_found', p_field);
	end if;
	return v_name;
end
$$;
create function auth.own_name() returns text
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return (select p.full_name from person p where p.id = caller());
end
$$;
-- How far another permission of the caller's role reaches; null: he does not have it.
create function auth.reach_of(p_permission text) returns chibo.reach
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	return (select rp.reach from role_permission rp
	        where rp.role = current_setting('app.role', true) and rp.permission = p_permission);
end
$$;

-- What the caller, in the role of this request, may do next with a record of this unit in this state. Guards are not
-- asked: what is still missing is told when it is tried.
create function auth.next_actions(p_entity text, p_state text, p_unit uuid) returns table (method text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select a.method
	from action a
	join method m on m.method = a.method
	join role_permission rp on rp.permission = m.permission and rp.role = current_setting('app.role', true)
	where a.entity = p_entity and a.state = p_state
	  and (rp.reach = 'scope' or rp.reach = 'unit' and p_unit = nullif(current_setting('app.unit_id', true), '')::uuid)
	order by a.order_no;
end
$$;

-- A share in percent with one decimal, half up; null where there is nothing to divide by. Never capped.
create function auth.share_text(p_part bigint, p_whole bigint) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
	select to_char(round(100.0 * p_part / nullif(p_whole, 0), 1), 'FM999990.0')
$$;

grant execute on function auth.full_name_of, auth.own_name, auth.reach_of, auth.next_actions, auth.share_text to chibo_app;

commit;
