-- args: id!, base_version!, reason!
select from send_back_scoring($1::uuid, $2::int4, $3::text)
;
-- include: score/_record
