-- args: id!, lessons!
select from publish_lessons($1::uuid, $2::text)
;
-- include: pilot/_record
