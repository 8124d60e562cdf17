-- Deploy chibo:devices to pg
-- Computers that may speak to the server, the chain of what each of them sent, and the operations that were refused.

begin;
set local role chibo_auth;

create type auth.device_state as enum ('invited', 'active', 'suspended', 'quarantined', 'revoked');

-- A computer at a unit. Its operations are a chain of their own: high_seq is the last one that was answered, and
-- high_hash = SHA-256(high_hash before || seq as 8 bytes, big-endian || op_id || request hash), from 32 zero bytes on.
create table auth.device (
	id          uuid constraint id__id_taken primary key,
	version     int not null default 1,
	unit_id     uuid not null references auth.tree,
	feed_id     uuid not null,
	name        text not null constraint name__text check (chibo.is_text(name, 80)),
	state       auth.device_state not null default 'invited',
	key_hash    bytea unique check (length(key_hash) = 32),
	code_hash   bytea constraint code_hash__length check (length(code_hash) = 32),
	code_until  timestamptz,       -- the code is gone once it was used
	invited_by  uuid not null references auth.account,   -- enrolling is his act: nobody is logged in then
	enrolled_at timestamptz,
	seen_at     timestamptz,
	high_seq    bigint not null default 0 check (high_seq >= 0),
	high_hash   bytea not null default decode(repeat('00', 32), 'hex') check (length(high_hash) = 32),
	reason      text constraint reason__text check (chibo.is_text(reason, 300)),
	-- what it last said of itself
	reported_at timestamptz,
	waiting     int,
	oldest_at   timestamptz,
	position    bigint,            -- applied, of its own feed
	proven_at   timestamptz,
	check (case state when 'invited' then key_hash is null when 'revoked' then true else key_hash is not null end),
	foreign key (unit_id, feed_id) references auth.tree (unit_id, feed_id) on update cascade
) with (fillfactor = 70);
create index on auth.device (unit_id);
create index on auth.device (feed_id);
create unique index on auth.device (code_hash) where code_hash is not null;
call ledger.watch('auth.device', 'device');
create index on auth.device (code_until) where code_hash is not null;
-- A session belongs to the computer that it was opened on; null: that showed no key.
alter table auth.session add column device_id uuid references auth.device;
create index on auth.session (device_id) where device_id is not null;
grant select on auth.device to chibo_ledger;
grant update (high_seq, high_hash) on auth.device to chibo_ledger;

set local role chibo_ledger;

-- Where an operation stands in the chain of the computer that sent it; null: it was sent without one.
alter table ledger.op
	add column device_id  uuid,
	add column device_seq bigint,
	add constraint one_operation_a_place unique (device_id, device_seq);

create type ledger.parked_state as enum ('open', 'answered', 'resent', 'discarded');

-- What became of a device's operation that was refused. `id` is its op_id, so that sent again it is refused again.
-- The body is sealed; it is kept only where somebody has to decide.
create table ledger.parked (
	id          uuid primary key references ledger.op,
	version     int not null default 1,
	feed_id     uuid not null,
	state       ledger.parked_state not null,
	device_id   uuid not null,
	device_seq  bigint not null,
	account_id  uuid not null,
	grant_id    uuid,
	method      text not null,
	subject_id  uuid,
	body        bytea check (length(body) >= 44),
	code        int not null,
	rule        text not null,
	field       text not null default '',
	params      text not null default '',
	waits_for   uuid references ledger.parked,
	parked_at   timestamptz not null default now(),
	resolved_at timestamptz,
	resolved_by uuid,
	resent_id   uuid,
	note        text constraint note__text check (chibo.is_text(note, 300)),
	check (state <> 'open' or body is not null)
);
create index on ledger.parked (device_id, subject_id) where state = 'open';
create index on ledger.parked (device_id, state, id);
call ledger.watch('ledger.parked', 'parked_operation');

-- Changes when the database is another one than it was: initialised, restored, promoted. Positions and heads that
-- somebody keeps are of one history.
create table ledger.history (
	id                uuid primary key default gen_random_uuid(),
	started_at        timestamptz not null default clock_timestamp(),
	system_identifier bigint not null,
	timeline          int not null,
	database          oid not null,
	local_uid         int            -- of who said so; null: it was seen
);
create index on ledger.history (started_at);

commit;
