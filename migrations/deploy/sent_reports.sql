-- Deploy chibo:sent_reports to pg
-- Reports that were sent: frozen as they were, with a hash; a correction is a new version with its differences.

begin;
set local role chibo_owner;

create type chibo.sent_report_state as enum ('draft', 'sent', 'returned', 'accepted');

create table chibo.sent_report (
	id         uuid constraint sent_report_id__id_taken primary key,
	version    int not null default 1,
	unit_id    uuid not null,   -- whose report it is
	unit_pos   int not null,
	feed_id    uuid not null,
	code       text not null constraint code__unknown_report check (code ~ '^R[0-9]{2}$'),
	period     text not null constraint period__format check (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4]|-H[12])?$'),
	number     int not null check (number > 0),   -- of the version: 1, 2, …
	corrects   uuid references chibo.sent_report,
	state      chibo.sent_report_state not null default 'draft',
	hash       bytea not null check (length(hash) = 32),
	made_by    uuid not null references chibo.person,
	made_at    timestamptz not null default now(),
	sent_by    uuid references chibo.person,
	sent_at    timestamptz,
	decided_by uuid references chibo.person,
	decided_at timestamptz,
	reason     text constraint reason__text check (chibo.is_text(reason, 300)),
	constraint id__own_proposal check (decided_by <> sent_by and decided_by <> made_by),
	check ((sent_at is null) = (state = 'draft')),
	check ((decided_at is not null) = (state in ('returned', 'accepted'))),
	check ((number = 1) = (corrects is null)),
	constraint period__report_exists unique (unit_id, code, period, number),
	unique (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.sent_report (unit_pos, id);

-- The report itself, cell by cell: row_key names the line (a branch, a post type), field the column.
create table chibo.sent_report_cell (
	report_id uuid not null,
	unit_id   uuid not null,
	unit_pos  int not null,
	row_no    int not null,
	row_key   text not null,
	field_no  int not null,
	field     text not null,
	value     text,
	primary key (report_id, row_no, field_no),
	foreign key (report_id, unit_id) references chibo.sent_report (id, unit_id),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade
);
create index on chibo.sent_report_cell (unit_pos, report_id);

call meta.put_under_scope('chibo.sent_report', 'unit_pos');
call meta.put_under_scope('chibo.sent_report_cell', 'unit_pos');
call ledger.watch('chibo.sent_report', 'sent_report');
call meta.keep_states('chibo.sent_report', 'sent_report');
grant select, insert, update on chibo.sent_report to chibo_app;
grant select, insert on chibo.sent_report_cell to chibo_app;
grant select on chibo.sent_report, chibo.sent_report_cell to chibo_auth;

insert into chibo.transition (entity, order_no, from_state, to_state) values
	('sent_report', 1, 'draft', 'sent'),
	('sent_report', 2, 'sent', 'returned'),
	('sent_report', 3, 'sent', 'accepted');

commit;
