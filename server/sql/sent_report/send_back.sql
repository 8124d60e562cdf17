-- args: id!, base_version!, reason!
select from decide_report($1::uuid, $2::int4, 'returned', $3::text)
;
-- include: sent_report/_record
