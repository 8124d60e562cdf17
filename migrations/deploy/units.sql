-- Deploy chibo:units to pg
-- The tree of units. auth.tree is today's shape, for authority; the dated tables are its history, for reports.

begin;
set local role chibo_auth;

-- [pos, last] of a unit contains those of all units below it, in preorder; grants open such intervals.
-- `used` is the highest number ever handed out inside: numbers are never given out twice, so an
-- interval read before a reorganisation can only see too little. Not granted to chibo_app.
create table auth.tree (
	unit_id   uuid constraint unit_id__id_taken primary key,
	parent_id uuid references auth.tree,
	pos       int not null unique,
	last      int not null,
	used      int not null,
	feed_id   uuid not null references auth.tree,
	check (pos <= used and used <= last),
	check (parent_id is not null or feed_id = unit_id),
	unique (unit_id, pos, last, feed_id),
	unique (unit_id, feed_id)
) with (fillfactor = 70);
create unique index tree_has_one_root on auth.tree ((true)) where parent_id is null;
create index on auth.tree (parent_id);
create index on auth.tree (feed_id);
grant references, select on auth.tree to chibo_owner;
grant select on auth.tree to chibo_ledger;

set local role chibo_owner;

create table chibo.unit (
	id                     uuid constraint unit_id__id_taken primary key,
	pos                    int not null,
	last                   int not null,
	feed_id                uuid not null,
	version                int not null default 1,
	code                   text not null
		constraint code__unit_exists unique
		constraint code__format check (code ~ '^[A-Z0-9.-]{3,20}$'),
	kind                   text not null constraint kind__not_found references chibo.unit_kind,
	sector                 text constraint sector__not_found references chibo.sector,
	founded_on             date not null,
	closed_on              date constraint closed_on__before_founding check (closed_on > founded_on),
	successor              uuid references chibo.unit,
	basis                  text not null constraint basis__text check (chibo.is_text(basis, 300)),
	is_grassroots          boolean not null,
	can_decide_admission   boolean not null,
	issues_transfer_letter boolean not null,
	keeps_member_files     boolean not null,
	foreign key (id, pos, last, feed_id) references auth.tree (unit_id, pos, last, feed_id) on update cascade,
	unique (id, pos),
	unique (id, pos, feed_id)
) with (fillfactor = 80);
create index on chibo.unit (pos, id);

create table chibo.unit_name (
	unit_id  uuid not null,
	unit_pos int not null,
	name     text not null constraint name__text check (chibo.is_text(name, 200)),
	abbrev   text constraint abbrev__text check (chibo.is_text(abbrev, 40)),
	during   daterange not null check (not isempty(during)),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade,
	constraint from_on__one_name_a_day exclude using gist (unit_id with =, during with &&)
);
create index on chibo.unit_name (unit_pos, unit_id);
create index on chibo.unit_name (unit_id);

create table chibo.unit_parent (
	unit_id   uuid not null,
	unit_pos  int not null,
	parent_id uuid not null references chibo.unit,
	during    daterange not null check (not isempty(during)),
	check (parent_id <> unit_id),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade,
	constraint from_on__one_parent_a_day exclude using gist (unit_id with =, during with &&)
);
create index on chibo.unit_parent (unit_pos, unit_id);
create index on chibo.unit_parent (parent_id);

-- Every unit with each unit above it and itself (depth 0), day by day; derived from unit_parent.
create table chibo.unit_closure (
	ancestor_id uuid not null references chibo.unit,
	unit_id     uuid not null,
	unit_pos    int not null,
	depth       int not null check (depth >= 0),
	during      daterange not null check (not isempty(during)),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade,
	exclude using gist (unit_id with =, ancestor_id with =, during with &&)
);
create index on chibo.unit_closure (unit_pos, unit_id);
create index on chibo.unit_closure (unit_id, ancestor_id);
create index on chibo.unit_closure (ancestor_id, unit_id);

call meta.put_under_scope('chibo.unit', 'pos');
call meta.put_under_scope('chibo.unit_name', 'unit_pos');
call meta.put_under_scope('chibo.unit_parent', 'unit_pos');
call meta.put_under_scope('chibo.unit_closure', 'unit_pos');

-- The application reads; units are written by the functions of change unit_functions alone.
grant select on chibo.unit, chibo.unit_name, chibo.unit_parent, chibo.unit_closure to chibo_app;
grant select, insert, update on chibo.unit, chibo.unit_name, chibo.unit_parent to chibo_auth;
grant select, insert, update, delete on chibo.unit_closure to chibo_auth;

commit;
