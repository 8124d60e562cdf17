-- args: id!, state!, reply!, replied_on, task_id
select from record_reply($1::uuid, $2::recipient_state, $3::text, past_day($4::text, 'replied_on'), $5::uuid)
;
-- include: proposal/_of_recipient
