-- args: id!, base_version!, reason!
select from send_file_back($1::uuid, $2::int4, $3::text)
;
-- include: candidate/_record
