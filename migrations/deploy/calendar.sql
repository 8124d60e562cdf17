-- Deploy chibo:calendar to pg
-- Working days: Monday to Friday, but for holidays and for days that changed places with others.

begin;
set local role chibo_owner;

-- Days that are not what their weekday says: holidays that move with the moon, days off in place of another, and
-- Saturdays worked for them. Announced year by year.
create table chibo.calendar_day (
	id         uuid constraint calendar_day_id__id_taken primary key,
	version    int not null default 1,
	feed_id    uuid,   -- null: shipped, before there was any district
	day        date not null constraint day_on__day_exists unique,
	is_working boolean not null,
	name       text not null constraint name__text check (chibo.is_text(name, 100)),
	basis      text not null constraint basis__text check (chibo.is_text(basis, 300)),
	clocks_moved int not null default 0   -- by its last change
);
call ledger.watch('chibo.calendar_day', 'calendar_day');
grant select, insert, update on chibo.calendar_day to chibo_app;
grant select on chibo.calendar_day to chibo_auth;

create function chibo.is_working_day(p_day date) returns boolean language sql stable as $$
	select coalesce((select c.is_working from chibo.calendar_day c where c.day = p_day), extract(isodow from p_day) < 6)
$$;

-- The last of p_days working days after p_day, which itself is not one of them; of a negative number, before it.
create function chibo.working_day_after(p_day date, p_days int) returns date language sql stable as $$
	select case when p_days = 0 then p_day else (
		select d.day
		from (select n, p_day + sign(p_days)::int * n as day from generate_series(1, 2 * abs(p_days) + 30) n) d
		left join chibo.calendar_day c on c.day = d.day
		where coalesce(c.is_working, extract(isodow from d.day) < 6)
		order by d.n offset abs(p_days) - 1 limit 1) end
$$;

-- Mondays to Fridays since Monday, 1 January 1900, up to and with the day.
create function chibo.weekdays_until(p_day date) returns int language sql immutable parallel safe as $$
	select (p_day - date '1899-12-31') / 7 * 5 + least((p_day - date '1899-12-31') % 7, 5)
$$;

-- Weeks are counted by sevens, and only the days of the calendar one by one.
create function chibo.working_days_between(p_from date, p_until date) returns int language sql stable as $$
	select chibo.weekdays_until(p_until) - chibo.weekdays_until(p_from) + (
		select coalesce(sum(case when c.is_working and extract(isodow from c.day) > 5 then 1
		                         when not c.is_working and extract(isodow from c.day) < 6 then -1 else 0 end), 0)
		from chibo.calendar_day c where c.day > p_from and c.day <= p_until)::int
$$;

-- How many working days lie after p_from, until p_until: negative when that is earlier.
create function chibo.working_days(p_from date, p_until date) returns int language sql stable as $$
	select case when p_until < p_from then -chibo.working_days_between(p_until, p_from)
	            else chibo.working_days_between(p_from, p_until) end
$$;

grant execute on function chibo.is_working_day, chibo.working_day_after, chibo.working_days, chibo.working_days_between,
	chibo.weekdays_until to chibo_app, chibo_auth;

commit;
