-- Deploy chibo:minutes to pg
-- Minutes: text made from the meeting's data, adopted by vote, signed by two persons, sealed by a hash.

begin;
set local role chibo_owner;

create type chibo.minutes_state as enum ('adopted', 'sealed', 'superseded');

-- Number 1 is made when the meeting closes. A correction is a new version that names the one before it.
create table chibo.minutes (
	id              uuid constraint minutes_id__id_taken primary key,
	version         int not null default 1,
	unit_id         uuid not null,
	unit_pos        int not null,
	feed_id         uuid not null,
	meeting_id      uuid not null,
	number          int not null check (number > 0),
	state           chibo.minutes_state not null default 'adopted',
	corrects        uuid references chibo.minutes,
	correction      text constraint correction__text check (length(correction) between 1 and 8000),
	vote_id         uuid,   -- by which it was adopted
	body            text not null,
	hash            bytea not null check (hash = sha256(convert_to(body, 'UTF8'))),
	adopted_at      timestamptz not null,
	chair_id        uuid not null references chibo.person,
	chair_name      text not null,
	chair_signed_at timestamptz,
	clerk_id        uuid not null references chibo.person,
	clerk_name      text not null,
	clerk_signed_at timestamptz,
	constraint clerk_id__same_person check (chair_id <> clerk_id),
	check ((number = 1) = (corrects is null) and (corrects is null) = (correction is null)),
	check ((state <> 'adopted') <= (num_nonnulls(chair_signed_at, clerk_signed_at) = 2)),
	constraint meeting_id__version_exists unique (meeting_id, number),
	foreign key (meeting_id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (vote_id, meeting_id) references chibo.vote_item (id, meeting_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.minutes (unit_pos, meeting_id);

call meta.put_under_scope('chibo.minutes', 'unit_pos');
call ledger.watch('chibo.minutes', 'minutes');
call meta.keep_states('chibo.minutes', 'minutes');
grant select, insert, update on chibo.minutes to chibo_app;
grant select on chibo.minutes to chibo_auth;

insert into chibo.transition (entity, order_no, from_state, to_state) values
	('minutes', 1, 'adopted', 'sealed'),
	('minutes', 2, 'sealed', 'superseded');

commit;
