-- Deploy chibo:foundation to pg
-- Schemas and the small functions that every later change uses.

begin;

create schema meta authorization chibo_owner;
create schema chibo authorization chibo_owner;
create schema auth authorization chibo_auth;
create schema ledger authorization chibo_ledger;

alter default privileges for role chibo_owner revoke execute on functions from public;
alter default privileges for role chibo_auth revoke execute on functions from public;
alter default privileges for role chibo_ledger revoke execute on functions from public;

set local role chibo_owner;
grant usage on schema chibo to chibo_auth, chibo_ledger, chibo_app, chibo_report;
grant usage on schema meta to chibo_auth, chibo_app;
set local role chibo_auth;
grant usage on schema auth to chibo_owner, chibo_ledger, chibo_app;
set local role chibo_ledger;
grant usage on schema ledger to chibo_owner, chibo_auth, chibo_app;

set local role chibo_owner;

-- What a running server checks before it opens its port: it needs level >= its own need, and
-- floor <= what it knows. Adding raises `level`, taking away raises `floor`.
create table meta.schema (
	only_row boolean primary key default true check (only_row),
	level    int not null check (level > 0),
	floor    int not null check (floor between 1 and level)
);
insert into meta.schema (level, floor) values (1, 1);
grant select on meta.schema to chibo_app, chibo_auth;

create type chibo.sex as enum ('male', 'female');
create type chibo.member_status as enum
	('probationary', 'full', 'transferred_out', 'removed', 'expelled', 'resigned', 'deceased');
create type chibo.membership_kind as enum ('primary', 'temporary', 'residential');
create type chibo.tree_mode as enum ('then', 'now');
create type chibo.reach as enum ('scope', 'unit', 'own', 'meeting', 'masked', 'inspection');

-- Refuses the request: `code` is a google.rpc.Code, `rule` the machine name of what refused, `field`
-- a request field, `params` lines of name=value. Nothing else of an error leaves the server.
create function chibo.refuse(code int, rule text, field text default null, params text default null)
returns void language plpgsql as $$
begin
	raise exception using
		errcode = 'CB' || lpad(code::text, 3, '0'),
		message = rule,
		column = coalesce(field, ''),
		detail = coalesce(params, '');
end
$$;

-- The day at the place where the records are kept, whatever the server's time zone.
create function chibo.today() returns date language sql stable parallel safe as $$
	select (now() at time zone 'Asia/Ho_Chi_Minh')::date
$$;

create function chibo.iso(d date) returns text language sql stable parallel safe as $$
	select to_char(d, 'YYYY-MM-DD')
$$;

-- The last day of a period, as people write it; null when it is open.
create function chibo.last_day(during daterange) returns text language sql stable parallel safe as $$
	select to_char(upper(during) - 1, 'YYYY-MM-DD')
$$;

-- `during @> d`, written so that the planner expects many rows where there are many: it takes every
-- range test against a parameter for a rare hit, and then joins thousands of rows one by one.
create function chibo.covers(during daterange, d date) returns boolean language sql immutable parallel safe as $$
	select coalesce(lower(during) <= d, true) and coalesce(upper(during) > d, true)
$$;

-- A calendar day as ISO text, from 1900 on. Casting would also take 'today', '20210106' and 'infinity'.
create function chibo.is_day(t text) returns boolean language sql immutable parallel safe as $$
	select case
		when t !~ '^(19|[2-9][0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' then false
		when substr(t, 9)::int <= 28 then true
		when substr(t, 6, 2) = '02' then
			substr(t, 9) = '29' and left(t, 4)::int % 4 = 0
			and (left(t, 4)::int % 100 <> 0 or left(t, 4)::int % 400 = 0)
		when substr(t, 9) = '31' then substr(t, 6, 2) not in ('04', '06', '09', '11')
		else true
	end
$$;

-- A day from the text of request field `field`; null stays null.
create function chibo.day(t text, field text) returns date language plpgsql as $$
begin
	if not chibo.is_day(t) then
		perform chibo.refuse(3, 'date_format', field, 'value=' || left(t, 40));
	end if;
	return t::date;
end
$$;

-- A date of which perhaps only the year or the month is known: 1965, 1965-07, 1965-07-12.
create function chibo.is_partial_date(t text) returns boolean language sql immutable parallel safe as $$
	select case length(t)
		when 4 then t ~ '^(19|[2-9][0-9])[0-9]{2}$'
		when 7 then t ~ '^(19|[2-9][0-9])[0-9]{2}-(0[1-9]|1[0-2])$'
		else chibo.is_day(t)
	end
$$;

create domain chibo.partial_date as text
	constraint born_on__date_format check (chibo.is_partial_date(value))
	constraint born_on__too_early check (value > '1900');

-- The key for searching: lower case, without marks, đ as d. "Thuỷ" and "Thủy" fold to the same.
create function chibo.fold(t text) returns text language sql immutable strict parallel safe as $$
	select lower(public.unaccent('public.unaccent'::regdictionary, t))
$$;

-- One to 30 letters, spaces, apostrophes, hyphens and dots in composed form, without stray spaces.
create function chibo.is_name_part(t text) returns boolean language sql immutable parallel safe as $$
	select t ~ '^[[:alpha:]][[:alpha:].''’ -]*$' and t !~ '  | $' and length(t) <= 30 and t is nfc normalized
$$;

-- Free text as it should be stored: composed, trimmed, no control characters, at most `max` characters.
create function chibo.is_text(t text, max int) returns boolean language sql immutable parallel safe as $$
	select length(t) between 1 and max and t !~ '^\s|\s$|[\u0001-\u001f\u007f\u00a0\u200b\ufeff]'
		and t is nfc normalized
$$;

-- Whether a record's position lies in the caller's scope, for statements that must not rely on row-level
-- security alone: those that show more than what the request's targets name. Written to be inlined.
create function chibo.inside(pos int) returns boolean language sql stable parallel safe as $$
	select pos between nullif(current_setting('app.lo', true), '')::int
	               and nullif(current_setting('app.hi', true), '')::int
$$;

grant execute on all functions in schema chibo to chibo_auth, chibo_ledger, chibo_app, chibo_report;

-- Puts a table under the scope of the caller's grant. `pos_column` holds the unit's position in
-- today's tree; a grant opens one interval of positions. Without the settings there are no rows.
-- chibo_auth owns the definer functions: it reads everywhere and writes only inside the same scope.
create procedure meta.put_under_scope(target regclass, pos_column name) language plpgsql as $$
declare
	inside text := format(
		'%I between (select nullif(current_setting(''app.lo'', true), '''')::int)'
		' and (select nullif(current_setting(''app.hi'', true), '''')::int)', pos_column);
begin
	execute format('alter table %s enable row level security', target);
	execute format('alter table %s force row level security', target);
	execute format('create policy scope on %s to chibo_app, chibo_auth using (%s) with check (%s)',
	               target, inside, inside);
	execute format('create policy definer_functions on %s for select to chibo_auth using (true)', target);
end
$$;

commit;
