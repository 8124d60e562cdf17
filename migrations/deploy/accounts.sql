-- Deploy chibo:accounts to pg
-- Who is calling and what he may do: account -> person -> grants. Nothing here is granted to chibo_app,
-- which comes in through functions alone.

begin;
set local role chibo_auth;

create table auth.role (
	code text primary key check (code ~ '^[A-Z]{2}$'),
	name text not null,
	rank int not null,
	-- of whoever confirms a grant of this role; where nothing is said, only the highest will do
	confirm_rank int not null default 80 check (confirm_rank >= rank)
);

-- What permissions are about, as people name it.
create table auth.object (
	code     text primary key check (code ~ '^[a-z]+(_[a-z]+)*$'),
	name     text not null,
	order_no int not null unique
);

create table auth.permission (
	code     text primary key check (code ~ '^[a-z]+_[a-z]+$'),
	object   text not null references auth.object,
	name     text not null,
	order_no int not null unique
);

-- How far a role's permission goes: all records in the scope of the grant, those of its own unit alone, the
-- caller's own record, what belongs to the grant's meeting, all without plain values, or what an open
-- inspection file names.
create table auth.role_permission (
	role       text not null references auth.role,
	permission text not null references auth.permission,
	reach      chibo.reach not null,
	primary key (role, permission)
);

-- The route table as the database knows it: the name that the server gives opens no more than stands here.
-- PUBLIC is before login, where nobody is entered; SELF needs a session and no grant.
create table auth.method (
	method     text primary key check (method ~ '^[A-Z][A-Za-z]+Service/[A-Z][A-Za-z]+$'),
	permission text not null,
	writes     boolean not null,   -- records that others see
	moves_tree boolean not null    -- takes the tree lock alone
);

create table auth.account (
	id            uuid constraint account_id__id_taken primary key,
	version       int not null default 1,
	feed_id       uuid not null references auth.tree,
	login_name    text not null
		constraint login_name__taken unique
		constraint login_name__format check (login_name ~ '^[a-z0-9.-]{3,40}$'),
	person_id     uuid not null constraint person_id__not_found references chibo.person,
	password_hash text,
	created_at    timestamptz not null default now(),
	last_login_at timestamptz,
	ended_at      timestamptz
);
create unique index person_id__has_account on auth.account (person_id) where ended_at is null;
create index on auth.account (person_id);

-- One-time codes, hashed: the newest of an account is the only one that counts.
create table auth.code (
	account_id uuid primary key references auth.account,
	code_hash  bytea not null constraint code_hash__length check (length(code_hash) = 32),
	expires_at timestamptz not null,
	used_at    timestamptz,
	given_rank int     -- of the role that the giver acted in; null: given at the server itself
);

-- A grant's life is told by who did what to it, and when; only `auth.live_grant` says whether it holds.
create table auth."grant" (
	id         uuid constraint grant_id__id_taken primary key,
	version    int not null default 1,
	person_id  uuid not null constraint person_id__not_found references chibo.person,
	role       text not null constraint role__not_found references auth.role,
	unit_id    uuid not null,
	feed_id    uuid not null,
	during     daterange not null constraint until_on__before_start check (not isempty(during)),
	basis      text not null constraint basis__text check (chibo.is_text(basis, 300)),
	-- the one meeting that a delegate may see, of this unit; change meetings refers it to its table
	meeting_id uuid constraint meeting_id__delegates_only check (meeting_id is null or role = 'DG'),
	expires_at timestamptz,   -- of an emergency grant, and of no other
	requested_by uuid references chibo.person,
	requested_at timestamptz,
	created_by   uuid references chibo.person,   -- null: the first administrators
	created_at   timestamptz default now(),      -- null: a request that nobody took up
	confirmed_by uuid references chibo.person,
	confirmed_at timestamptz,
	ended_by     uuid references chibo.person,
	ended_at     timestamptz,
	check (num_nonnulls(requested_at, created_at) > 0),
	check (confirmed_at is null or created_at is not null),
	check ((requested_by is null) = (requested_at is null)),
	constraint person_id__granted_to_self
		check (person_id <> requested_by and person_id <> created_by and person_id <> confirmed_by),
	constraint id__own_proposal
		check (expires_at is not null or confirmed_by <> created_by and confirmed_by <> requested_by),
	constraint meeting_id__required check (role <> 'DG' or meeting_id is not null),
	constraint until_on__required check (role <> 'DG' or upper(during) is not null),
	foreign key (unit_id, feed_id) references auth.tree (unit_id, feed_id) on update cascade
);
create index on auth."grant" (person_id);
create index on auth."grant" (unit_id);

-- Confirmed, not ended, not over: what holds now or will hold by itself.
create view auth.standing_grant with (security_invoker = true) as
select g.id, g.person_id, g.role, g.unit_id, g.feed_id, g.during, g.expires_at, g.meeting_id
from auth."grant" g
where g.confirmed_at is not null and g.ended_at is null and coalesce(upper(g.during) > chibo.today(), true)
  and coalesce(g.expires_at > now(), true)
  and not exists (select from chibo.unit u where u.id = g.unit_id and u.closed_on <= chibo.today());

-- The grants that one can act in. Whatever asks whether a grant has effect asks here.
create view auth.live_grant with (security_invoker = true) as
select g.id, g.person_id, g.role, g.unit_id, g.feed_id, g.during, g.expires_at, g.meeting_id
from auth.standing_grant g
where coalesce(lower(g.during) <= chibo.today(), true);

create table auth.session (
	token_hash   bytea primary key check (length(token_hash) = 32),
	session_id   uuid not null unique default gen_random_uuid(),
	account_id   uuid not null references auth.account,
	grant_id     uuid references auth."grant",   -- chosen with ChooseGrant
	created_at   timestamptz not null default now(),
	last_seen_at timestamptz not null default now(),   -- written at most every 5 minutes
	expires_at   timestamptz not null default now() + interval '7 days',
	revoked_at   timestamptz
) with (fillfactor = 70);
create index on auth.session (account_id);

create table auth.event (
	at         timestamptz not null default now(),
	kind       text not null,
	account_id uuid,
	local_uid  int
);
create index on auth.event (at);

commit;
