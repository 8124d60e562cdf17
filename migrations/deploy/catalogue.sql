-- Deploy chibo:catalogue to pg
-- Lists that are data: kinds of units, sectors, report schemes, rules with numbers.

begin;
set local role chibo_owner;

create table chibo.unit_kind (
	code          text primary key check (code ~ '^[a-z][a-z_]{1,39}$'),
	name          text not null,
	order_no      int not null,
	is_branch     boolean not null,   -- holds members, needs a sector
	is_grassroots boolean not null    -- what a new unit of this kind is, unless the request says otherwise
);

create table chibo.sector (
	code     text primary key check (code ~ '^[a-z][a-z_]{1,39}$'),
	name     text not null,
	order_no int not null
);

-- A scheme groups sectors under labels of its own, so that one set of branches answers several forms.
create table chibo.scheme (
	id      uuid constraint scheme_id__id_taken primary key,
	version int not null default 1,
	feed_id uuid not null,
	code    text not null
		constraint code__scheme_exists unique
		constraint code__format check (code ~ '^[a-z0-9][a-z0-9.-]{1,39}$'),
	name    text not null constraint name__text check (chibo.is_text(name, 200))
);

create table chibo.scheme_line (
	scheme_id uuid not null references chibo.scheme,
	sector    text not null constraint sector__not_found references chibo.sector,
	label     text not null constraint label__text check (chibo.is_text(label, 200)),
	order_no  int not null default 0,
	constraint sector__twice primary key (scheme_id, sector)
);

-- Rules with numbers are judged by the row in force on the day of the step, never by today's.
create table chibo.rule_param (
	id        uuid default gen_random_uuid() constraint rule_param_id__id_taken primary key,
	version   int not null default 1,
	feed_id   uuid,   -- null: shipped, before there was any district
	key       text not null check (key ~ '^[a-z_]+\.[a-z_]+$'),
	value     text not null,
	unit      text not null,
	during    daterange not null check (not isempty(during)),
	legal_doc text not null constraint legal_doc__text check (chibo.is_text(legal_doc, 300)),
	constraint during__one_rule_a_day exclude using gist (key with =, during with &&)
);

create function chibo.rule_number(p_key text, p_day date) returns int language sql stable as $$
	select r.value::int from chibo.rule_param r where r.key = p_key and r.during @> p_day
$$;
grant execute on function chibo.rule_number to chibo_app, chibo_auth;

grant select on chibo.unit_kind, chibo.sector, chibo.rule_param to chibo_app, chibo_auth, chibo_report;
grant select, insert on chibo.scheme, chibo.scheme_line to chibo_app;
-- A rule only ends; what it said stays.
grant insert, update (version, feed_id, during) on chibo.rule_param to chibo_app;

commit;
