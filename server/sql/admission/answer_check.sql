-- args: id!, base_version!, check_id!, answered_on, conclusion!
select from answer_check($1::uuid, $2::int4, $3::uuid, coalesce(past_day($4::text, 'answered_on'), today()), $5::check_conclusion)
;
-- include: candidate/_record
