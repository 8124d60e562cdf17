-- Deploy chibo:votes to pg
-- Votes on paper or by hand: tellers count, the sums must hold, the rule of the day decides.

begin;
set local role chibo_owner;

create type chibo.vote_method as enum ('hand', 'card', 'secret_ballot');
-- What is voted on; it decides which rule applies.
create type chibo.vote_purpose as enum ('ordinary', 'minutes', 'score', 'resolution', 'proposal', 'admission', 'admission_committee', 'recognition',
	 'recognition_committee', 'election');

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
	subject_id   uuid,   -- an admission case, a probation, a resolution, a proposal
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
	-- in an election it tells whether one of the names has as many as are needed
	constraint passed__computed check (purpose = 'election' or passed = (votes_for >= needed)),
	unique (id, meeting_id),
	foreign key (meeting_id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.vote_item (unit_pos, meeting_id);
create index on chibo.vote_item (meeting_id, voted_at, id);
create unique index round__voted on chibo.vote_item (meeting_id, purpose, chibo.fold(subject), round);
create unique index round__voted__subject on chibo.vote_item (purpose, subject_id, round);

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

-- Who may vote at an instant of a meeting, and how many of them are there: full members of the day, without those
-- who are exempt and stay away, or away by a temporary transfer. A branch has them on its roll; of a committee they are
-- those whom its roll call names.
create function chibo.roll_at(p_meeting uuid, p_at timestamptz, out eligible int, out present int)
language sql stable as $$
	select count(*)::int,
	       (count(*) filter (where a.state in ('present', 'online')
	                         and coalesce(a.arrived_at <= p_at, true) and coalesce(a.left_at > p_at, true)))::int
	from chibo.meeting m
	join chibo.unit u on u.id = m.unit_id
	join chibo.unit_kind k on k.code = u.kind
	cross join lateral (
		select r.member_id from auth.roll_of(m.unit_id, chibo.day_of(p_at)) r where r.status = 'full' and not r.is_away
		union all
		select c.member_id from chibo.attendance c
		where c.meeting_id = m.id and not k.is_branch and c.status = 'full' and not c.is_away
	) r
	left join chibo.attendance a on a.meeting_id = m.id and a.member_id = r.member_id
	where m.id = p_meeting and a.state is distinct from 'exempt'
$$;
grant execute on function chibo.roll_at to chibo_app;

-- A vote stays as it was counted, for whoever tries; it only follows its unit.
create function chibo.keep_vote() returns trigger
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
begin
	if tg_op = 'UPDATE' and (to_jsonb(new) - '{unit_pos,feed_id}'::text[]) = (to_jsonb(old) - '{unit_pos,feed_id}'::text[]) then
		return new;
	end if;
	perform refuse(9, 'vote_is_final', 'id');
	return null;
end
$$;
create trigger keep_vote before update or delete on chibo.vote_item for each row execute function chibo.keep_vote();
create trigger keep_vote before update or delete on chibo.vote_option for each row execute function chibo.keep_vote();
create trigger keep_votes before truncate on chibo.vote_item for each statement execute function chibo.keep_vote();
create trigger keep_votes before truncate on chibo.vote_option for each statement execute function chibo.keep_vote();
grant execute on function chibo.keep_vote to chibo_app, chibo_auth;

-- Which rule decides what is voted on.
create function chibo.vote_rule_key(p chibo.vote_purpose) returns text language sql immutable parallel safe as $$
	select case when p in ('admission', 'admission_committee', 'recognition', 'recognition_committee')
	       then 'vote.admission_ratio' else 'vote.ordinary_ratio' end
$$;

-- The least number of `p_of` that satisfies a ratio like 2/3: at least so much of all, or with `ratio_over` more
-- than that. In integers, and never nobody.
create function chibo.least_number(p_ratio text, p_unit text, p_of int) returns int
language sql immutable parallel safe as $$
	select greatest(1, case p_unit
		when 'ratio' then (p_of * r.num + r.den - 1) / r.den
		when 'ratio_over' then p_of * r.num / r.den + 1 end)
	from (select split_part(p_ratio, '/', 1)::int as num, split_part(p_ratio, '/', 2)::int as den) r
$$;

-- The ratio of a day, with the document that it stands in.
create function chibo.ratio_on(p_key text, p_day date, p_field text) returns chibo.rule_param
language plpgsql stable as $$
declare
	r chibo.rule_param;
begin
	select x.* into r from chibo.rule_param x
	where x.key = p_key and x.during @> p_day and x.unit in ('ratio', 'ratio_over');
	if not found then
		perform chibo.refuse(9, 'no_rule_on_day', p_field, 'key=' || p_key);
	end if;
	return r;
end
$$;

-- Refuses an instant before the meeting was opened, or one that has not come yet.
create function chibo.require_in_session(p_meeting uuid, p_at timestamptz, p_field text) returns void
language plpgsql as $$
begin
	if not exists (select from chibo.meeting m where m.id = p_meeting
	               and p_at between m.started_at and coalesce(m.ended_at, now())) then
		perform chibo.refuse(3, 'outside_session', p_field);
	end if;
end
$$;

-- Holds what stands on paper, if it was given, against the roll.
create function chibo.compare_roll(p_meeting uuid, p_at timestamptz, p_eligible int, p_present int) returns void
language plpgsql as $$
declare
	r record;
begin
	select * into r from chibo.roll_at(p_meeting, p_at);
	if p_eligible <> r.eligible then
		perform chibo.refuse(9, 'eligible_differs', 'eligible', format(e'paper=%s\nroll=%s', p_eligible, r.eligible));
	elsif p_present <> r.present then
		perform chibo.refuse(9, 'present_differs', 'present', format(e'paper=%s\nroll=%s', p_present, r.present));
	end if;
end
$$;

-- A further round is for what did not pass in the one before it. Votes are about the same when they name one
-- record, or stand under one title in one meeting.
create function chibo.require_round(p_meeting uuid, p_purpose chibo.vote_purpose, p_subject text, p_subject_id uuid,
                                    p_round int) returns void language plpgsql as $$
declare
	v_passed boolean;
	v_last int;
begin
	select bool_or(v.passed), max(v.round) into v_passed, v_last
	from (select x.passed, x.round from chibo.vote_item x where x.purpose = p_purpose and x.subject_id = p_subject_id
	      union all
	      select x.passed, x.round from chibo.vote_item x
	      where x.meeting_id = p_meeting and x.purpose = p_purpose and chibo.fold(x.subject) = chibo.fold(p_subject)) v;
	if v_passed then
		perform chibo.refuse(9, 'already_passed', 'round', 'round=' || v_last);
	elsif p_round > coalesce(v_last, 0) + 1 then
		perform chibo.refuse(9, 'round_order', 'round', 'next=' || coalesce(v_last, 0) + 1);
	end if;
end
$$;

-- Names belong to an election, and votes for and against to everything else.
create function chibo.require_options(p_purpose chibo.vote_purpose, p_titles text[], p_for int, p_against int)
returns void language plpgsql as $$
begin
	if p_purpose <> 'election' and cardinality(p_titles) > 0 then
		perform chibo.refuse(3, 'only_in_election', 'options');
	elsif p_purpose <> 'election' and p_for is null then
		perform chibo.refuse(3, 'required', 'votes_for');
	elsif p_purpose = 'election' and coalesce(cardinality(p_titles), 0) = 0 then
		perform chibo.refuse(3, 'required', 'options');
	elsif p_purpose = 'election' and num_nonnulls(p_for, p_against) > 0 then
		perform chibo.refuse(3, 'not_in_election', case when p_for is null then 'votes_against' else 'votes_for' end);
	end if;
end
$$;

-- As they are told: to who sees only counts, without what may name a person.
create function chibo.vote_rows(p_id uuid, p_meeting uuid)
returns table (id uuid, version int, unit_id uuid, meeting_id uuid, item_no int, purpose chibo.vote_purpose, subject text,
	subject_id uuid, method chibo.vote_method, round int, voted_at_us timestamptz, eligible int, present int,
	quorum_met boolean, issued int, returned int, missing int, valid int, invalid int, votes_for int, votes_against int,
	blank int, tellers text, rule_key text, rule_value text, rule_doc text, needed int, passed boolean)
language sql stable as $$
	select v.id, v.version, v.unit_id, v.meeting_id, v.item_no, v.purpose,
	       case when chibo.sees_names() then v.subject end, case when chibo.sees_names() then v.subject_id end,
	       v.method, v.round, v.voted_at, v.eligible, v.present, v.quorum_met, v.issued, v.returned, v.missing, v.valid,
	       v.invalid, v.votes_for, v.votes_against, v.blank, case when chibo.sees_names() then v.tellers end,
	       v.rule_key, v.rule_value, v.rule_doc, v.needed, v.passed
	from chibo.vote_item v
	where (v.id = p_id or v.meeting_id = p_meeting) and chibo.reaches(v.unit_id, v.unit_pos, v.meeting_id)
$$;
create function chibo.vote_options(p_id uuid) returns table (item_no int, title text, votes int, elected boolean)
language sql stable as $$
	select o.item_no, o.title, o.votes, o.votes >= v.needed
	from chibo.vote_item v join chibo.vote_option o on o.vote_id = v.id
	where v.id = p_id and chibo.sees_names() and chibo.reaches(v.unit_id, v.unit_pos, v.meeting_id)
	order by o.item_no
$$;

grant execute on function chibo.vote_rows, chibo.vote_options, chibo.vote_rule_key, chibo.least_number, chibo.ratio_on, chibo.require_in_session,
	chibo.compare_roll, chibo.require_round, chibo.require_options to chibo_app;

commit;
