-- Deploy chibo:proposals to pg
-- Proposals upward: to any unit above or a body outside, on one thread that the sender always sees.

begin;
set local role chibo_owner;

create type chibo.proposal_state as enum ('draft', 'adopted', 'sent', 'closed');
create type chibo.recipient_state as enum ('waiting', 'received', 'routed', 'answered', 'accepted_with_task', 'refused');

create table chibo.proposal (
	id         uuid constraint proposal_id__id_taken primary key,
	version    int not null default 1,
	unit_id    uuid not null,   -- the sender
	unit_pos   int not null,
	feed_id    uuid not null,
	state      chibo.proposal_state not null default 'draft',
	title      text not null constraint title__text check (chibo.is_text(title, 300)),
	body       text not null constraint body__text check (length(body) between 1 and 8000),
	category   text not null,   -- of code list proposal_category
	meeting_id uuid,
	vote_id    uuid,
	drafted_by uuid not null references chibo.person,
	drafted_name text,          -- as of the day
	adopted_by uuid references chibo.person,
	adopted_at timestamptz,
	reason     text constraint reason__text check (chibo.is_text(reason, 300)),   -- why it was opened again
	sent_by    uuid references chibo.person,
	sent_at    timestamptz,
	closed_by  uuid references chibo.person,
	closed_at  timestamptz,
	check ((sent_at is not null) = (state in ('sent', 'closed'))),
	constraint vote_id__vote_used__proposal unique (vote_id),
	unique (id, unit_id),
	foreign key (meeting_id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (vote_id, meeting_id) references chibo.vote_item (id, meeting_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.proposal (unit_pos, id);
create index on chibo.proposal (unit_id);
create index on chibo.proposal (drafted_by);

-- One of those asked. It is kept with the sender, whom every recipient in the tree stands above; so both see it.
create table chibo.proposal_recipient (
	id             uuid constraint proposal_recipient_id__id_taken primary key,
	version        int not null default 1,
	unit_id        uuid not null,   -- the sender
	unit_pos       int not null,
	feed_id        uuid not null,
	proposal_id    uuid not null,
	recipient_id   uuid,            -- a unit above the sender, or
	body_name      text constraint body_name__text check (chibo.is_text(body_name, 200)),   -- a body outside
	recipient_name text not null,   -- as of the day
	forwarded_from uuid references chibo.proposal_recipient,
	state          chibo.recipient_state not null default 'waiting',
	sent_at        timestamptz,     -- to this one: a forwarded one later than the proposal
	due_on         date,            -- of the reply, by the rule of the day it was sent
	receive_by_on  date,
	received_at    timestamptz,
	received_by    uuid references chibo.person,
	replied_on     date,
	replied_by     uuid references chibo.person,
	reply          text constraint reply__text check (length(reply) between 1 and 8000),
	earlier_reply  text,            -- what was answered before the sender opened it again
	task_id        uuid references chibo.task,
	constraint body_name__one_kind check ((recipient_id is null) <> (body_name is null)),
	constraint reply__required check ((state in ('answered', 'accepted_with_task', 'refused')) = (reply is not null)),
	constraint task_id__required check ((state = 'accepted_with_task') <= (task_id is not null)),
	constraint recipient_id__recipient_exists unique (proposal_id, recipient_id),
	foreign key (proposal_id, unit_id) references chibo.proposal (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.proposal_recipient (unit_pos, proposal_id);
create index on chibo.proposal_recipient (proposal_id);
create index on chibo.proposal_recipient (recipient_id);
create index on chibo.proposal_recipient (forwarded_from);
create unique index body_name__recipient_exists on chibo.proposal_recipient (proposal_id, chibo.fold(body_name));

call meta.put_under_scope('chibo.proposal', 'unit_pos');
call meta.put_under_scope('chibo.proposal_recipient', 'unit_pos');
call ledger.watch('chibo.proposal', 'proposal');
call ledger.watch('chibo.proposal_recipient', 'proposal_recipient');
call meta.keep_states('chibo.proposal', 'proposal');
call meta.keep_states('chibo.proposal_recipient', 'proposal_recipient');
grant select, insert, update on chibo.proposal, chibo.proposal_recipient to chibo_app;
grant delete on chibo.proposal_recipient to chibo_app;   -- of drafts
grant select on chibo.proposal, chibo.proposal_recipient to chibo_auth;

insert into chibo.transition (entity, order_no, from_state, to_state) values
	('proposal', 1, 'draft', 'adopted'),
	('proposal', 2, 'adopted', 'sent'),
	('proposal', 3, 'sent', 'closed'),
	('proposal', 4, 'closed', 'sent'),   -- reopened by the sender
	('proposal_recipient', 1, 'waiting', 'received'),
	('proposal_recipient', 2, 'received', 'routed'),
	('proposal_recipient', 3, 'received', 'answered'),
	('proposal_recipient', 4, 'received', 'accepted_with_task'),
	('proposal_recipient', 5, 'received', 'refused'),
	('proposal_recipient', 6, 'routed', 'answered'),
	('proposal_recipient', 7, 'routed', 'accepted_with_task'),
	('proposal_recipient', 8, 'routed', 'refused'),
	('proposal_recipient', 9, 'answered', 'received'),   -- opened again by the sender
	('proposal_recipient', 10, 'refused', 'received');

-- Only drafts lose recipients.
create function chibo.keep_recipient() returns trigger
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
begin
	if old.sent_at is not null then
		perform refuse(9, 'not_draft', 'recipient_ids');
	end if;
	return old;
end
$$;
create trigger keep_recipient before delete on chibo.proposal_recipient
	for each row execute function chibo.keep_recipient();
grant execute on function chibo.keep_recipient to chibo_app, chibo_auth;

set local role chibo_auth;

-- Units above one of the caller's, nearest first: whom it may turn to. Their names are no secret.
create function auth.recipients_of(p_unit uuid) returns table (id uuid, name text, height int)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select a.id, n.name, a.height::int - 1
	from unnest(units_above(p_unit)) with ordinality as a (id, height)
	join unit_name n on n.unit_id = a.id and covers(n.during, today())
	where a.id <> p_unit and in_scope(p_unit)
	order by a.height;
end
$$;

grant execute on function auth.recipients_of to chibo_app;

set local role chibo_owner;

-- Recipients of a draft: units above the sender, and bodies outside in words.
create function chibo.address_proposal(p chibo.proposal, p_units uuid[], p_bodies text[]) returns void
language plpgsql as $$
begin
	if coalesce(cardinality(p_units), 0) + coalesce(cardinality(p_bodies), 0) = 0 then
		perform chibo.refuse(3, 'required', 'recipient_ids');
	elsif exists (select from unnest(p_units) as n (id)
	              where n.id not in (select a.id from auth.recipients_of(p.unit_id) a)) then
		perform chibo.refuse(9, 'not_above', 'recipient_ids');
	end if;
	insert into chibo.proposal_recipient (id, unit_id, unit_pos, feed_id, proposal_id, recipient_id, body_name,
		recipient_name)
	select gen_random_uuid(), p.unit_id, p.unit_pos, p.feed_id, p.id, a.id, null, a.name
	from unnest(p_units) as n (id) join auth.recipients_of(p.unit_id) a on a.id = n.id
	union all
	select gen_random_uuid(), p.unit_id, p.unit_pos, p.feed_id, p.id, null, b.name, b.name
	from unnest(p_bodies) as b (name);
end
$$;

create function chibo.create_proposal(
	p_id uuid, p_unit uuid, p_title text, p_body text, p_category text, p_meeting uuid, p_units uuid[], p_bodies text[])
returns void language plpgsql as $$
declare
	u chibo.unit := chibo.writing_unit(p_unit);
	p chibo.proposal;
begin
	perform chibo.require_meeting_of(p_meeting, u.id);
	perform chibo.require_code('proposal_category', p_category, 'category');
	insert into chibo.proposal (id, unit_id, unit_pos, feed_id, title, body, category, meeting_id, drafted_by, drafted_name)
	values (p_id, u.id, u.pos, u.feed_id, p_title, p_body, coalesce(p_category, 'other'), p_meeting, chibo.caller(),
		auth.own_name())
	returning * into p;
	perform chibo.address_proposal(p, p_units, p_bodies);
end
$$;

-- Whoever reads only his own writes only his own.
create function chibo.lock_proposal(p_id uuid, p_base_version int default null)
returns chibo.proposal language plpgsql as $$
declare
	p chibo.proposal;
begin
	select x.* into p from chibo.proposal x
	where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos, null, x.drafted_by)
	  and (x.drafted_by = chibo.caller() or auth.reach_of('proposal_read') <> 'own') for update;
	if not found then
		perform chibo.refuse(5, 'not_found', 'id');
	elsif p.version <> p_base_version then
		perform chibo.refuse(10, 'conflict', 'base_version', 'version=' || p.version);
	end if;
	return p;
end
$$;

create function chibo.update_proposal(
	p_id uuid, p_base_version int, p_mask text[], p_title text, p_body text, p_category text, p_meeting uuid,
	p_units uuid[], p_bodies text[])
returns void language plpgsql as $$
declare
	p chibo.proposal := chibo.lock_proposal(p_id, p_base_version);
begin
	if p.state <> 'draft' then
		perform chibo.refuse(9, 'not_draft', 'id', 'state=' || p.state);
	end if;
	perform chibo.require_code('proposal_category', p_category, 'category');
	if 'meeting_id' = any (p_mask) then
		perform chibo.require_meeting_of(p_meeting, p.unit_id);
	end if;
	update chibo.proposal x set
		version = x.version + 1,
		title = case when 'title' = any (p_mask) then p_title else x.title end,
		body = case when 'body' = any (p_mask) then p_body else x.body end,
		category = case when 'category' = any (p_mask) then p_category else x.category end,
		meeting_id = case when 'meeting_id' = any (p_mask) then p_meeting else x.meeting_id end
	where x.id = p_id;
	if p_mask && '{recipient_ids,bodies}' then
		delete from chibo.proposal_recipient r where r.proposal_id = p_id;
		perform chibo.address_proposal(p, p_units, p_bodies);
	end if;
end
$$;

-- A branch decides by a vote. A committee's secretary decides without one, but not what he drafted himself.
create function chibo.adopt_proposal(p_id uuid, p_vote uuid) returns void language plpgsql as $$
declare
	p chibo.proposal := chibo.lock_proposal(p_id);
	v chibo.vote_item;
begin
	if p.state <> 'draft' then
		perform chibo.refuse(9, 'not_draft', 'id', 'state=' || p.state);
	elsif p_vote is not null then
		v := chibo.passed_vote(p_vote, 'proposal', p.unit_id, p.meeting_id, p.id);
	elsif exists (select from chibo.unit u join chibo.unit_kind k on k.code = u.kind
	              where u.id = p.unit_id and k.is_branch) then
		perform chibo.refuse(9, 'vote_required', 'vote_id');
	elsif p.drafted_by = chibo.caller() then
		perform chibo.refuse(9, 'own_proposal', 'id');
	end if;
	update chibo.proposal x set
		version = x.version + 1, state = 'adopted', vote_id = v.id, meeting_id = coalesce(v.meeting_id, x.meeting_id),
		adopted_by = chibo.caller(), adopted_at = now()
	where x.id = p_id;
end
$$;

-- When a reply is due, and when it must be received, by the rules of the day that it is sent on.
create function chibo.reply_due(p_day date, out reply_on date, out receive_on date) language sql stable as $$
	select p_day + chibo.rule_number('proposal.reply_days', p_day),
	       chibo.working_day_after(p_day, chibo.rule_number('proposal.receive_days', p_day))
$$;

create function chibo.send_proposal(p_id uuid) returns void language plpgsql as $$
declare
	p chibo.proposal := chibo.lock_proposal(p_id);
begin
	if p.state <> 'adopted' then
		perform chibo.refuse(9, case when p.state = 'draft' then 'proposal_not_adopted' else 'state_transition' end, 'id',
			format(e'from=%s\nto=sent', p.state));
	end if;
	update chibo.proposal x set version = x.version + 1, state = 'sent', sent_by = chibo.caller(), sent_at = now()
	where x.id = p_id;
	update chibo.proposal_recipient r set
		version = r.version + 1, sent_at = now(), due_on = d.reply_on, receive_by_on = d.receive_on
	from chibo.reply_due(chibo.today()) d
	where r.proposal_id = p_id;
end
$$;

-- A recipient of a proposal that was sent and is not closed. For the caller's unit, or for no unit at all: what a body
-- outside does is recorded by an office above the sender, or its own.
create function chibo.lock_recipient(p_id uuid, p_outside boolean) returns chibo.proposal_recipient language plpgsql as $$
declare
	r chibo.proposal_recipient;
	v_state chibo.proposal_state;
begin
	select p.state into v_state
	from chibo.proposal p join chibo.proposal_recipient x on x.proposal_id = p.id
	where x.id = p_id and chibo.reaches(p.unit_id, p.unit_pos) for update of p;
	if not found or v_state in ('draft', 'adopted') then
		perform chibo.refuse(5, 'not_found', 'id');
	elsif v_state = 'closed' then
		perform chibo.refuse(9, 'proposal_closed', 'id');
	end if;
	select x.* into r from chibo.proposal_recipient x where x.id = p_id for update;
	if (p_outside is not null and p_outside <> (r.recipient_id is null))
	   or r.recipient_id <> chibo.acting_unit() then
		perform chibo.refuse(9, 'not_recipient', 'id', 'recipient=' || r.recipient_name);
	end if;
	return r;
end
$$;

create function chibo.receive_proposal(p_id uuid) returns void language plpgsql as $$
declare
	r chibo.proposal_recipient := chibo.lock_recipient(p_id, null);
begin
	if r.state <> 'waiting' then
		perform chibo.refuse(9, 'received_before', 'id');
	end if;
	update chibo.proposal_recipient x set
		version = x.version + 1, state = 'received', received_at = now(), received_by = chibo.caller()
	where x.id = p_id;
end
$$;

create function chibo.require_open(r chibo.proposal_recipient) returns void language plpgsql as $$
begin
	if r.state = 'waiting' then
		perform chibo.refuse(9, 'not_received', 'id');
	elsif r.state not in ('received', 'routed') then
		perform chibo.refuse(9, 'answered_before', 'id');
	end if;
end
$$;

-- On to a unit above the one that passes it on, or a body outside, with a clock of its own; it stays on the sender's
-- thread.
create function chibo.forward_proposal(p_id uuid, p_unit uuid, p_body text) returns void language plpgsql as $$
declare
	r chibo.proposal_recipient := chibo.lock_recipient(p_id, false);
	v_name text := (select a.name from auth.recipients_of(r.recipient_id) a where a.id = p_unit);
begin
	perform chibo.require_open(r);
	if p_unit is null and p_body is null then
		perform chibo.refuse(3, 'required', 'recipient_id');
	elsif p_unit is not null and v_name is null then
		perform chibo.refuse(9, 'not_above', 'recipient_id');
	end if;
	update chibo.proposal_recipient x set version = x.version + 1, state = 'routed' where x.id = p_id;
	insert into chibo.proposal_recipient (id, unit_id, unit_pos, feed_id, proposal_id, recipient_id, body_name,
		recipient_name, forwarded_from, sent_at, due_on, receive_by_on)
	select gen_random_uuid(), r.unit_id, r.unit_pos, r.feed_id, r.proposal_id, p_unit, p_body, coalesce(v_name, p_body),
	       r.id, now(), d.reply_on, d.receive_on
	from chibo.reply_due(chibo.today()) d;
end
$$;

-- The reply, and through whoever passed it on: what was answered above is answered for them too.
create function chibo.reply_to_proposal(
	r chibo.proposal_recipient, p_state chibo.recipient_state, p_reply text, p_on date, p_task uuid)
returns void language plpgsql as $$
begin
	perform chibo.require_open(r);
	if p_state not in ('answered', 'accepted_with_task', 'refused') then
		perform chibo.refuse(3, 'no_reply', 'state');
	elsif p_state = 'accepted_with_task' and p_task is not null
	   and not exists (select from chibo.task t where t.id = p_task and t.source = 'proposal'
	                   and t.source_id = r.proposal_id and chibo.reaches(t.unit_id, t.unit_pos)) then
		perform chibo.refuse(5, 'not_found', 'task_id');
	elsif p_on < chibo.day_of(r.sent_at) then
		perform chibo.refuse(3, 'before_sending', 'replied_on', 'sent_on=' || chibo.day_of(r.sent_at));
	end if;
	with recursive thread as (
		select r.id, r.forwarded_from
		union
		select x.id, x.forwarded_from
		from thread t join chibo.proposal_recipient x on x.id = t.forwarded_from
		where x.state = 'routed' and x.proposal_id = r.proposal_id
	)
	update chibo.proposal_recipient x set
		version = x.version + 1, state = p_state, reply = p_reply, replied_on = p_on, replied_by = chibo.caller(),
		task_id = case when p_state = 'accepted_with_task' then p_task end
	where x.id in (select t.id from thread t);
end
$$;

-- Nobody answers what he drafted, adopted or sent himself, in whatever role.
create function chibo.answer_proposal(p_id uuid, p_state chibo.recipient_state, p_reply text, p_task uuid) returns void
language plpgsql as $$
declare
	r chibo.proposal_recipient := chibo.lock_recipient(p_id, false);
begin
	if exists (select from chibo.proposal p where p.id = r.proposal_id
	           and chibo.caller() in (p.drafted_by, p.adopted_by, p.sent_by)) then
		perform chibo.refuse(9, 'own_proposal', 'id');
	end if;
	perform chibo.reply_to_proposal(r, p_state, p_reply, chibo.today(), p_task);
end
$$;

create function chibo.record_reply(p_id uuid, p_state chibo.recipient_state, p_reply text, p_on date, p_task uuid)
returns void language plpgsql as $$
begin
	perform chibo.reply_to_proposal(chibo.lock_recipient(p_id, true), p_state, p_reply, coalesce(p_on, chibo.today()), p_task);
end
$$;

create function chibo.close_proposal(p_id uuid) returns void language plpgsql as $$
declare
	p chibo.proposal := chibo.lock_proposal(p_id);
begin
	if p.state <> 'sent' then
		perform chibo.refuse(9, 'state_transition', 'state', format(e'from=%s\nto=closed', p.state));
	end if;
	update chibo.proposal x set version = x.version + 1, state = 'closed', closed_by = chibo.caller(), closed_at = now()
	where x.id = p_id;
end
$$;

-- Those who answered or refused, or of them those named, have to answer anew. What they said is kept.
create function chibo.reopen_proposal(p_id uuid, p_recipients uuid[], p_reason text) returns void language plpgsql as $$
declare
	p chibo.proposal := chibo.lock_proposal(p_id);
	v_n int;
begin
	if p.state not in ('sent', 'closed') then
		perform chibo.refuse(9, 'state_transition', 'state', format(e'from=%s\nto=sent', p.state));
	end if;
	update chibo.proposal_recipient r set
		version = r.version + 1, state = 'received', due_on = d.reply_on,
		earlier_reply = concat_ws(e'\n', r.earlier_reply, chibo.iso(r.replied_on) || ': ' || r.reply),
		reply = null, replied_on = null, replied_by = null
	from chibo.reply_due(chibo.today()) d
	where r.proposal_id = p_id and r.state in ('answered', 'refused')
	  and (coalesce(cardinality(p_recipients), 0) = 0 or r.id = any (p_recipients));
	get diagnostics v_n = row_count;
	if v_n < coalesce(cardinality(p_recipients), 0) or (v_n = 0 and p.state = 'sent') then
		perform chibo.refuse(9, 'nothing_answered', 'recipient_ids');
	end if;
	update chibo.proposal x set
		version = x.version + 1, state = 'sent', reason = p_reason, closed_by = null, closed_at = null
	where x.id = p_id;
end
$$;

-- As statements show them. Overdue is whatever waits for a reply after its day.
create view chibo.recipient_sheet with (security_invoker = true) as
	select r.id, r.version, r.proposal_id, r.recipient_id, r.recipient_name, r.forwarded_from, r.state,
	       r.sent_at as sent_at_us, chibo.iso(r.receive_by_on) as receive_by_on, r.received_at as received_at_us,
	       chibo.iso(r.due_on) as due_on, chibo.iso(r.replied_on) as replied_on, r.reply, r.earlier_reply, r.task_id,
	       p.state = 'sent' and r.state in ('waiting', 'received', 'routed') as is_open,
	       p.state = 'sent' and r.state in ('waiting', 'received', 'routed') and r.due_on < chibo.today() as overdue,
	       p.state = 'sent' and r.state = 'waiting' and r.receive_by_on < chibo.today() as receive_overdue,
	       r.unit_pos as pos
	from chibo.proposal_recipient r join chibo.proposal p on p.id = r.proposal_id;
create view chibo.proposal_sheet with (security_invoker = true) as
	select p.id, p.version, p.unit_id, auth.unit_path(p.unit_id, chibo.today()) as unit_path, p.state, p.title, p.body,
	       p.category, p.meeting_id, p.vote_id, p.drafted_by, p.drafted_name, p.adopted_at as adopted_at_us,
	       p.sent_at as sent_at_us, p.closed_at as closed_at_us, p.reason, n.recipients, n.answered, n.overdue,
	       p.unit_pos as pos
	from chibo.proposal p
	cross join lateral (
		select count(*)::int as recipients,
		       count(*) filter (where r.state in ('answered', 'accepted_with_task', 'refused'))::int as answered,
		       count(*) filter (where p.state = 'sent' and r.state in ('waiting', 'received', 'routed')
		                        and r.due_on < chibo.today())::int as overdue
		from chibo.proposal_recipient r where r.proposal_id = p.id
	) n;
grant select on chibo.recipient_sheet, chibo.proposal_sheet to chibo_app;

create function chibo.quarter_days(t text, field text) returns daterange language plpgsql as $$
declare
	v_first date;
begin
	if t !~ '^(19|[2-9][0-9])[0-9]{2}-Q[1-4]$' then
		perform chibo.refuse(3, 'quarter_format', field, 'value=' || left(t, 40));
	end if;
	v_first := make_date(left(t, 4)::int, 3 * right(t, 1)::int - 2, 1);
	return daterange(v_first, (v_first + interval '3 months')::date);
end
$$;

grant execute on function chibo.address_proposal, chibo.create_proposal, chibo.lock_proposal,
	chibo.update_proposal, chibo.adopt_proposal, chibo.reply_due, chibo.send_proposal, chibo.lock_recipient,
	chibo.receive_proposal, chibo.require_open, chibo.forward_proposal, chibo.reply_to_proposal, chibo.answer_proposal,
	chibo.record_reply, chibo.close_proposal, chibo.reopen_proposal, chibo.quarter_days to chibo_app;
grant execute on function chibo.quarter_days to chibo_auth;

set local role chibo_auth;

-- R17: what was sent in a quarter, by whom it was sent to, as it stood on a day. Answered is every reply, accepted and
-- refused are some of them; overdue is what had none when it was due. Closed by the sender without one is none of these.
create function auth.proposal_figures(p_unit uuid, p_quarter text, p_day date)
returns table (row_key text, recipient_name text, sent int, answered int, overdue int, accepted int, refused int)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	v_days daterange := quarter_days(p_quarter, 'quarter');
	i record;
begin
	select x.lo, x.hi into i from interval_of(p_unit) x;
	return query
	select l.key, min(l.name), count(*)::int, count(l.replied_on)::int,
	       count(*) filter (where l.due_on < p_day and l.replied_on is null and l.is_open)::int,
	       count(l.replied_on) filter (where l.state = 'accepted_with_task')::int,
	       count(l.replied_on) filter (where l.state = 'refused')::int
	from (
		select coalesce(r.recipient_id::text, fold(r.body_name)) as key, r.recipient_name as name, r.state, r.due_on,
		       case when r.replied_on <= p_day then r.replied_on end as replied_on,
		       coalesce(day_of(p.closed_at) > p_day, true) as is_open
		from proposal_recipient r join proposal p on p.id = r.proposal_id
		where r.unit_pos between i.lo and i.hi and day_of(r.sent_at) <@ v_days
	) l
	group by l.key
	order by 2, 1;
end
$$;
grant execute on function auth.proposal_figures to chibo_app;

commit;
