-- Deploy chibo:votes to pg
-- Votes on paper or by hand: tellers count, the sums must hold, the rule of the day decides.

begin;
set local role chibo_owner;

create type chibo.vote_method as enum ('hand', 'card', 'secret_ballot');
-- What is voted on; it decides which rule applies.
create type chibo.vote_purpose as enum ('ordinary', 'minutes', 'score', 'resolution', 'proposal', 'admission', 'election');

-- eligible and present are counted from the roll at voted_at, never typed. Each sum that must hold is a constraint
-- with a name of its own. Of a secret ballot there are totals and nothing else.
create table chibo.vote_item (
	id           uuid constraint vote_item_id__id_taken primary key,
	version      int not null default 1,
	unit_id      uuid not null,
	unit_pos     int not null,
	feed_id      uuid not null,
	meeting_id   uuid not null,
	item_no      int,
	purpose      chibo.vote_purpose not null,
	subject      text not null constraint subject__text check (chibo.is_text(subject, 300)),
	subject_id   uuid,   -- an admission case, a resolution, a proposal
	method       chibo.vote_method not null,
	round        int not null default 1 constraint round__out_of_range check (round between 1 and 3),
	voted_at     timestamptz not null,
	eligible     int not null check (eligible >= 0),
	present      int not null,
	quorum_met   boolean not null,
	issued       int constraint issued__negative check (issued >= 0),      -- papers or cards
	returned     int constraint returned__negative check (returned >= 0),
	missing      int constraint missing__negative check (missing >= 0),
	valid        int not null constraint valid__negative check (valid >= 0),
	invalid      int not null default 0 constraint invalid__negative check (invalid >= 0),
	votes_for     int not null constraint votes_for__negative check (votes_for >= 0),
	votes_against int not null constraint votes_against__negative check (votes_against >= 0),
	blank        int not null constraint blank__negative check (blank >= 0),
	tellers      text constraint tellers__text check (chibo.is_text(tellers, 300)),
	rule_key     text not null,   -- the row of rule_param that was applied
	rule_value   text not null,
	rule_doc     text not null,
	needed       int not null,    -- the least number of votes in favour that passes
	passed       boolean not null,
	constraint present__present_within_eligible check (present <= eligible),
	constraint issued__ballots_required check ((method = 'secret_ballot') <= (num_nonnulls(issued, returned, missing) = 3)),
	constraint issued__ballots_together check (num_nonnulls(issued, returned, missing) in (0, 3)),
	constraint issued__issued_within_present check (issued <= present),
	constraint issued__issued_is_returned_and_missing check (issued = returned + missing),
	constraint returned__returned_is_valid_and_invalid check (returned = valid + invalid),
	constraint votes_for__options_within_valid check (votes_for + votes_against + blank <= valid),
	constraint valid__options_fill_valid check (purpose = 'election' or votes_for + votes_against + blank = valid),
	constraint valid__cast_within_eligible check (valid + invalid <= eligible),
	constraint valid__cast_within_present check (valid + invalid <= present),
	constraint passed__computed check (passed = (votes_for >= needed)),
	unique (id, meeting_id),
	foreign key (meeting_id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.vote_item (unit_pos, meeting_id);
create index on chibo.vote_item (meeting_id);
create unique index round__voted on chibo.vote_item (meeting_id, purpose, chibo.fold(subject), round);

-- Names on the paper of an election.
create table chibo.vote_option (
	vote_id  uuid not null references chibo.vote_item,
	item_no  int not null constraint item_no__out_of_range check (item_no between 1 and 50),
	unit_id  uuid not null,
	unit_pos int not null,
	title    text not null constraint title__text check (chibo.is_text(title, 100)),
	votes    int not null constraint votes__negative check (votes >= 0),
	valid    int not null,   -- of the vote, for the sum
	constraint item_no__twice__vote_option primary key (vote_id, item_no),
	constraint votes__option_within_valid check (votes <= valid),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade
);
create index on chibo.vote_option (unit_pos, vote_id);

call meta.put_under_scope('chibo.vote_item', 'unit_pos');
call meta.put_under_scope('chibo.vote_option', 'unit_pos');
call ledger.watch('chibo.vote_item', 'vote_item');
grant select, insert on chibo.vote_item, chibo.vote_option to chibo_app;
grant select on chibo.vote_item, chibo.vote_option to chibo_auth;
call meta.keep_with_meeting('chibo.vote_item');

commit;
