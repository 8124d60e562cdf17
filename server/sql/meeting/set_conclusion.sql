-- args: id!, base_version!, conclusion!
select from conclude_meeting($1::uuid, $2::int4, $3::text)
;
-- include: meeting/_record
