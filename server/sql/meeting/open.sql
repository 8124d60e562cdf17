-- args: id!, started_at_us
select from open_meeting($1::uuid, coalesce($2::timestamptz, now()))
;
-- include: meeting/_record
