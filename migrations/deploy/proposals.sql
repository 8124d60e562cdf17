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
	sent_by    uuid references chibo.person,
	sent_at    timestamptz,
	closed_by  uuid references chibo.person,
	closed_at  timestamptz,
	check ((sent_at is not null) = (state in ('sent', 'closed'))),
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
	due_on         date,            -- of the reply, by the rule of the day it was sent
	receive_by_on  date,
	received_at    timestamptz,
	received_by    uuid references chibo.person,
	replied_on     date,
	replied_by     uuid references chibo.person,
	reply          text constraint reply__text check (length(reply) between 1 and 8000),
	task_id        uuid references chibo.task,
	constraint recipients__one_kind check ((recipient_id is null) <> (body_name is null)),
	constraint reply__required check ((state in ('answered', 'accepted_with_task', 'refused')) = (reply is not null)),
	constraint task_id__required check ((state = 'accepted_with_task') <= (task_id is not null)),
	constraint recipients__twice unique (proposal_id, recipient_id),
	foreign key (proposal_id, unit_id) references chibo.proposal (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.proposal_recipient (unit_pos, proposal_id);
create index on chibo.proposal_recipient (proposal_id);
create index on chibo.proposal_recipient (recipient_id);

call meta.put_under_scope('chibo.proposal', 'unit_pos');
call meta.put_under_scope('chibo.proposal_recipient', 'unit_pos');
call ledger.watch('chibo.proposal', 'proposal');
call ledger.watch('chibo.proposal_recipient', 'proposal_recipient');
call meta.keep_states('chibo.proposal', 'proposal');
call meta.keep_states('chibo.proposal_recipient', 'proposal_recipient');
grant select, insert, update on chibo.proposal, chibo.proposal_recipient to chibo_app;
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
	('proposal_recipient', 9, 'answered', 'received');   -- reopened

commit;
