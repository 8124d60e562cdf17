-- args: id!, pilot_id!, author_id, comment!, said_on
select from comment_pilot($1::uuid, $2::uuid, $3::uuid, $4::text, coalesce(day($5::text, 'said_on'), today()))
;
-- include: pilot/_of_pilot
