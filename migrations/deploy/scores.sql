-- Deploy chibo:scores to pg
-- Criteria tables bound to a legal document, and the sheets of those who judge a meeting by them.

begin;
set local role chibo_owner;

-- A published table never changes: another version is another row, and old scores stay as they are.
create table chibo.criteria_table (
	id           uuid constraint criteria_table_id__id_taken primary key,
	version      int not null default 1,
	feed_id      uuid not null,
	code         text not null
		constraint code__table_exists unique
		constraint code__format check (code ~ '^[a-z0-9][a-z0-9.-]{1,39}$'),
	title        text not null constraint title__text check (chibo.is_text(title, 300)),
	legal_doc_id uuid not null constraint legal_doc_id__not_found references chibo.legal_doc,
	edition      int not null constraint edition__out_of_range check (edition between 1 and 999),
	kind         chibo.meeting_kind,   -- null: of every kind
	sector       text constraint sector__not_found references chibo.sector,
	max_total    numeric(5,2) not null constraint max_total__out_of_range check (max_total > 0 and max_total <= 999),
	during       daterange not null constraint until_on__before_start check (not isempty(during)),
	is_example   boolean not null default false,
	constraint edition__edition_exists unique (legal_doc_id, kind, sector, edition)
);
create table chibo.criterion (
	table_id   uuid not null references chibo.criteria_table,
	item_no    int not null constraint item_no__out_of_range check (item_no between 1 and 100),
	code       text not null constraint code__format check (code ~ '^[0-9A-Za-z][0-9A-Za-z.]{0,15}$'),
	title      text not null constraint title__text check (chibo.is_text(title, 500)),
	max_points numeric(5,2) not null constraint max_points__out_of_range check (max_points > 0),
	step       numeric(5,2) not null default 0.5 constraint step__out_of_range check (step > 0),
	is_gate    boolean not null default false,   -- must be at its maximum for the best grade
	constraint item_no__twice__criterion primary key (table_id, item_no),
	constraint code__twice unique (table_id, code)
);
-- The best grade whose least points are reached; grades are of code list meeting_grade.
create table chibo.grade_band (
	table_id   uuid not null references chibo.criteria_table,
	grade      text not null,
	min_points numeric(5,2) not null constraint min_points__out_of_range check (min_points >= 0),
	constraint grade__twice primary key (table_id, grade),
	constraint min_points__twice unique (table_id, min_points)
);

create type chibo.scoring_state as enum ('draft_self', 'voted_by_branch', 'peer_scored', 'confirmed', 'final');
create type chibo.sheet_state as enum ('draft', 'submitted');

-- The scoring of one meeting: which table, how far it has come, and what came out in the end.
create table chibo.scoring (
	id           uuid constraint scoring_id__scoring_exists primary key,   -- of the meeting
	version      int not null default 1,
	unit_id      uuid not null,
	unit_pos     int not null,
	feed_id      uuid not null,
	table_id     uuid not null constraint table_id__not_found references chibo.criteria_table,
	state        chibo.scoring_state not null default 'draft_self',
	vote_id      uuid,
	total        numeric(5,2),      -- of the sheet that was confirmed
	grade        text,
	gap          numeric(5,2),      -- self minus upper
	confirmed_by uuid references chibo.person,
	confirmed_at timestamptz,
	reason       text constraint reason__text check (chibo.is_text(reason, 300)),
	check ((state in ('confirmed', 'final')) <= (num_nonnulls(total, grade, confirmed_by) = 3)),
	foreign key (id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (vote_id, id) references chibo.vote_item (id, meeting_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.scoring (unit_pos, id);

create table chibo.score_sheet (
	id            uuid constraint score_sheet_id__id_taken primary key,
	version       int not null default 1,
	unit_id       uuid not null,
	unit_pos      int not null,
	feed_id       uuid not null,
	meeting_id    uuid not null references chibo.scoring,
	class         text not null,   -- of code list assessor_class: self, ward_committee, peer_secretary, district_delegate
	state         chibo.sheet_state not null default 'draft',
	assessor_id   uuid not null references chibo.person,   -- who filled it in
	assessor_name text not null,
	assessor_unit text not null,   -- in words, as of the day
	total         numeric(5,2) not null,
	grade         text not null,
	comment       text constraint comment__text check (length(comment) between 1 and 4000),
	submitted_at  timestamptz,
	check ((submitted_at is null) = (state = 'draft')),
	constraint class__sheet_exists unique (meeting_id, class, assessor_id),
	unique (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create unique index class__one_sheet on chibo.score_sheet (meeting_id, class) where class in ('self', 'ward_committee');
create index on chibo.score_sheet (unit_pos, meeting_id);

create table chibo.score_line (
	sheet_id uuid not null,
	unit_id  uuid not null,
	unit_pos int not null,
	item_no  int not null,
	code     text not null,
	points   numeric(5,2) not null constraint points__out_of_range check (points >= 0),
	max_points numeric(5,2) not null,
	note     text constraint note__text check (length(note) between 1 and 1000),
	constraint points__above_maximum check (points <= max_points),
	constraint code__twice__score_line primary key (sheet_id, code),
	foreign key (sheet_id, unit_id) references chibo.score_sheet (id, unit_id),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade
);
create index on chibo.score_line (unit_pos, sheet_id);

call meta.put_under_scope('chibo.scoring', 'unit_pos');
call meta.put_under_scope('chibo.score_sheet', 'unit_pos');
call meta.put_under_scope('chibo.score_line', 'unit_pos');
call ledger.watch('chibo.criteria_table', 'criteria_table');
call ledger.watch('chibo.scoring', 'scoring');
call ledger.watch('chibo.score_sheet', 'score_sheet');
call meta.keep_states('chibo.scoring', 'scoring');
call meta.keep_states('chibo.score_sheet', 'score_sheet');
grant select, insert on chibo.criteria_table, chibo.criterion, chibo.grade_band to chibo_app;
grant select on chibo.criteria_table, chibo.criterion, chibo.grade_band, chibo.scoring, chibo.score_sheet,
	chibo.score_line to chibo_auth;
grant select, insert, update on chibo.scoring, chibo.score_sheet to chibo_app;
grant select, insert, delete on chibo.score_line to chibo_app;

insert into chibo.transition (entity, order_no, from_state, to_state) values
	('scoring', 1, 'draft_self', 'voted_by_branch'),
	('scoring', 2, 'voted_by_branch', 'peer_scored'),
	('scoring', 3, 'voted_by_branch', 'confirmed'),
	('scoring', 4, 'peer_scored', 'confirmed'),
	('scoring', 5, 'confirmed', 'final'),
	('scoring', 6, 'voted_by_branch', 'draft_self'),   -- returned with a reason
	('score_sheet', 1, 'draft', 'submitted'),
	('score_sheet', 2, 'submitted', 'draft');

commit;
