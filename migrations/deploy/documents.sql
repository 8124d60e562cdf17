-- Deploy chibo:documents to pg
-- What meetings rest on, the same for everybody: legal documents, agendas to start from.

begin;
set local role chibo_owner;

-- "12-HD/BTCTW" was issued three times: number, suffix, issuer and day together are the key. Đ and D are one
-- letter in it. A citation of which parts are missing stays text where it is cited.
create table chibo.legal_doc (
	id        uuid constraint legal_doc_id__id_taken primary key,
	version   int not null default 1,
	feed_id   uuid not null,
	number    text not null constraint number__format check (number ~ '^[0-9]{1,5}[a-zA-Z]?$'),
	suffix    text not null constraint suffix__format check (suffix ~ '^[[:upper:]]{2,5}(/[[:upper:]]{2,12}(-[[:upper:]]{2,12})?)?$'),
	issuer    text not null constraint issuer__text check (chibo.is_text(issuer, 200)),
	issued_on date not null,
	title     text not null constraint title__text check (chibo.is_text(title, 500))
);
create unique index number__document_exists on chibo.legal_doc
	(number, chibo.fold(suffix), chibo.fold(issuer), issued_on);

create function chibo.doc_sign(d chibo.legal_doc) returns text language sql stable as $$
	select format('%s-%s ngày %s', d.number, d.suffix, to_char(d.issued_on, 'DD/MM/YYYY'))
$$;

-- Whether every word of the text, marks left aside, stands in title, issuer or sign; the day as 06/07/2018 or 6/7/2018.
create function chibo.doc_matches(d chibo.legal_doc, p_text text) returns boolean language sql stable as $$
	select bool_and(position(w.word in x.hay) > 0)
	from (select chibo.fold(concat_ws(' ', chibo.doc_sign(d), to_char(d.issued_on, 'FMDD/FMMM/YYYY'), d.issuer, d.title)) as hay) x,
	     string_to_table(chibo.fold(p_text), ' ') as w (word)
$$;

create type chibo.meeting_kind as enum
	('regular', 'thematic', 'extraordinary', 'committee', 'congress', 'working_session', 'after_action');

-- What is shipped came before any district and stands in no feed.
create table chibo.agenda_template (
	id      uuid constraint agenda_template_id__id_taken primary key,
	version int not null default 1,
	feed_id uuid,
	code    text not null
		constraint code__template_exists unique
		constraint code__format check (code ~ '^[a-z0-9][a-z0-9.-]{1,39}$'),
	name    text not null constraint name__text check (chibo.is_text(name, 200)),
	kind    chibo.meeting_kind not null
);
create table chibo.agenda_template_line (
	template_id uuid not null references chibo.agenda_template,
	item_no     int not null constraint item_no__out_of_range check (item_no between 1 and 50),
	kind        text not null,   -- of code list agenda_item
	title       text not null constraint title__text check (chibo.is_text(title, 300)),
	minutes     int constraint minutes__out_of_range check (minutes between 1 and 600),
	constraint item_no__twice primary key (template_id, item_no)
);

-- A line without a number takes its place in the list.
create function chibo.set_template_lines(p_template uuid, p_item_nos int[], p_kinds text[], p_titles text[], p_minutes int[])
returns void language plpgsql as $$
begin
	perform chibo.require_code('agenda_item', t.kind, 'kind') from unnest(p_kinds) as t (kind);
	insert into chibo.agenda_template_line (template_id, item_no, kind, title, minutes)
	select p_template, coalesce(l.item_no, l.n), l.kind, l.title, l.minutes
	from unnest(p_item_nos, p_kinds, p_titles, p_minutes) with ordinality as l (item_no, kind, title, minutes, n);
end
$$;

grant execute on function chibo.doc_sign, chibo.doc_matches to chibo_app, chibo_auth;
grant execute on function chibo.set_template_lines to chibo_app;
grant select, insert on chibo.legal_doc, chibo.agenda_template, chibo.agenda_template_line to chibo_app;
grant select on chibo.legal_doc to chibo_auth;
call ledger.watch('chibo.legal_doc', 'legal_doc');
call ledger.watch('chibo.agenda_template', 'agenda_template');

commit;
