-- Deploy chibo:posts to pg
-- Posts inside and outside the Party, and who holds them on a day.

begin;
set local role chibo_owner;

create type chibo.holding_mode as enum ('elected', 'appointed');

create table chibo.post (
	id         uuid constraint post_id__id_taken primary key,
	version    int not null default 1,
	unit_id    uuid not null,   -- the unit that it belongs to, or within which it lies
	unit_pos   int not null,
	feed_id    uuid not null,
	type       text not null,   -- of code list post_type
	title      text not null constraint title__text check (chibo.is_text(title, 200)),   -- as it is called here
	body_name  text constraint body_name__text check (chibo.is_text(body_name, 200)),    -- of a post outside the Party
	is_party   boolean not null,
	part_time  boolean not null default false,
	ended_on   date,
	constraint body_name__required check (is_party or body_name is not null),
	unique (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.post (unit_pos, id);
create index on chibo.post (unit_id);

-- Concurrent: one person, more than one of these on a day. Who is no member and no person here has a name alone.
create table chibo.post_holding (
	id           uuid constraint post_holding_id__id_taken primary key,
	version      int not null default 1,
	unit_id      uuid not null,   -- of the post
	unit_pos     int not null,
	feed_id      uuid not null,
	post_id      uuid not null,
	person_id    uuid constraint person_id__not_found references chibo.person,
	holder_name  text not null constraint holder_name__text check (chibo.is_text(holder_name, 100)),
	mode         chibo.holding_mode not null,
	decision_doc text not null constraint decision_doc__text check (chibo.is_text(decision_doc, 300)),
	during       daterange not null constraint until_on__before_start check (not isempty(during)),
	constraint post_id__post_taken exclude using gist (post_id with =, during with &&),
	foreign key (post_id, unit_id) references chibo.post (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.post_holding (unit_pos, id);
create index on chibo.post_holding (person_id) where person_id is not null;
create index on chibo.post_holding (post_id);

call meta.put_under_scope('chibo.post', 'unit_pos');
call meta.put_under_scope('chibo.post_holding', 'unit_pos');
call ledger.watch('chibo.post', 'post');
call ledger.watch('chibo.post_holding', 'post_holding');
grant select, insert, update on chibo.post, chibo.post_holding to chibo_app;
grant select on chibo.post, chibo.post_holding to chibo_auth;

commit;
