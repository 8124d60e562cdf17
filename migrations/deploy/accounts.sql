-- Deploy chibo:accounts to pg
-- Who is calling and what he may do: account -> person -> grants. Nothing here is granted to chibo_app,
-- which comes in through functions alone.

begin;
set local role chibo_auth;

create table auth.role (
	code text primary key check (code ~ '^[A-Z]{2}$'),
	name text not null,
	rank int not null     -- a grant gives only roles ranked below the granter's own
);

create table auth.role_permission (
	role       text not null references auth.role,
	permission text not null check (permission ~ '^[a-z]+_[a-z]+$'),
	primary key (role, permission)
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
	used_at    timestamptz
);

create table auth."grant" (
	id         uuid constraint grant_id__id_taken primary key,
	version    int not null default 1,
	person_id  uuid not null constraint person_id__not_found references chibo.person,
	role       text not null constraint role__not_found references auth.role,
	unit_id    uuid not null,
	feed_id    uuid not null,
	during     daterange not null constraint until_on__before_start check (not isempty(during)),
	basis      text not null constraint basis__text check (chibo.is_text(basis, 300)),
	granted_by uuid references chibo.person,   -- null: the first administrator
	created_at timestamptz not null default now(),
	ended_at   timestamptz,
	ended_by   uuid references chibo.person,
	constraint person_id__granted_to_self check (granted_by <> person_id),
	foreign key (unit_id, feed_id) references auth.tree (unit_id, feed_id) on update cascade
);
create index on auth."grant" (person_id);
create index on auth."grant" (unit_id);

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

create table auth.failure (
	at         timestamptz not null default now(),
	login_name text not null,
	source     text not null
);
create index on auth.failure (login_name, at);

commit;
