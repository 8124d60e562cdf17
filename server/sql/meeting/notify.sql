-- args: id!, papers.title, papers.sent_to, papers.sent_at_us
select from notify_meeting($1::uuid, array(
	select row(l.*)::paper_line from unnest($2::text[], $3::text[], $4::timestamptz[]) as l))
;
-- include: meeting/_record
;
-- include: meeting/_papers
