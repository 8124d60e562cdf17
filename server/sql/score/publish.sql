-- args: id!, base_version!
select from publish_scoring($1::uuid, $2::int4)
;
-- include: score/_record
