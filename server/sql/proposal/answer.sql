-- args: id!, state!, reply!, task_id
select from answer_proposal($1::uuid, $2::recipient_state, $3::text, $4::uuid)
;
-- include: proposal/_of_recipient
