-- args: id!, base_version!, received_on
select from receive_decision($1::uuid, $2::int4, coalesce(past_day($3::text, 'received_on'), today()))
;
-- include: candidate/_record
