-- args: id!, unit_id!, type!, title, body_name, is_party!, part_time, from_on!
select from create_post($1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::bool, $7::bool, day($8::text, 'from_on'))
;
-- include: post/_record
