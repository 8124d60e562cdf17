-- args: id!, percent, result, done
select from report_task($1::uuid, $2::int4, $3::text, $4::boolean)
;
-- include: task/_record
