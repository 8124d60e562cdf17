-- Deploy chibo:members to pg
-- Party members and, day by day, where they take part.

begin;
set local role chibo_owner;

-- unit_id keeps the record: the unit of the primary membership, or of the first one for a guest
-- from outside the district. Numbers are unique within one feed only: a unique key across wards
-- would tell one ward what another one has.
create table chibo.member (
	id           uuid constraint member_id__id_taken primary key,
	version      int not null default 1,
	person_id    uuid not null constraint person_id__not_found references chibo.person
		constraint person_id__has_member unique,
	unit_id      uuid not null,
	unit_pos     int not null,
	feed_id      uuid not null,
	is_guest     boolean not null,   -- never had a primary place here: his home unit lies outside
	status       chibo.member_status not null,
	status_on    date,               -- of the last change
	status_basis text constraint basis__text check (chibo.is_text(status_basis, 300)),
	decision_on  date,
	joined_on    date,
	full_on      date,
	card_no      text constraint card_no__format check (card_no ~ '^[0-9]{8}$'),
	biography_no text constraint biography_no__format check (biography_no ~ '^[0-9]{6}[A-ZĐ]{1,3}$'),
	works_away   boolean not null default false,
	constraint decision_on__required check (is_guest or decision_on is not null),
	constraint joined_on__required check (is_guest or joined_on is not null),
	constraint biography_no__required check (is_guest or biography_no is not null),
	constraint card_no__required check (is_guest or status <> 'full' or card_no is not null),
	constraint full_on__required check (is_guest or status <> 'full' or full_on is not null),
	constraint full_on__probationary check (status <> 'probationary' or full_on is null),
	constraint decision_on__after_joined check (decision_on <= joined_on),
	constraint full_on__before_joined check (full_on >= joined_on),
	constraint card_no__taken unique (feed_id, card_no),
	constraint biography_no__taken unique (feed_id, biography_no),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.member (unit_pos, id);
create index on chibo.member (unit_id);

-- primary counts in the unit's figures; temporary and residential never do.
create table chibo.membership (
	id        uuid constraint membership_id__id_taken primary key,
	version   int not null default 1,
	member_id uuid not null constraint member_id__not_found references chibo.member,
	unit_id   uuid not null,
	unit_pos  int not null,
	feed_id   uuid not null,
	kind      chibo.membership_kind not null,
	during    daterange not null constraint last_on__before_start check (not isempty(during)),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade,
	constraint kind__one_primary
		exclude using gist (member_id with =, during with &&) where (kind = 'primary'),
	constraint kind__one_temporary
		exclude using gist (member_id with =, during with &&) where (kind = 'temporary'),
	constraint kind__one_residential
		exclude using gist (member_id with =, during with &&) where (kind = 'residential'),
	-- so nobody is a residential guest of the unit that he belongs to
	constraint unit_id__one_place
		exclude using gist (member_id with =, unit_id with =, during with &&)
);
create index on chibo.membership (unit_pos, member_id);
create index on chibo.membership (unit_id);
create index on chibo.membership (member_id);

call meta.put_under_scope('chibo.member', 'unit_pos');
call meta.put_under_scope('chibo.membership', 'unit_pos');
grant select, insert, update on chibo.member to chibo_app;
grant select, insert, update on chibo.membership to chibo_app;
grant select on chibo.member, chibo.membership to chibo_auth;

commit;
