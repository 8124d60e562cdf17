-- args: id!, base_version!, type!, dated_on, reference, custodian, taken_out
select from set_probation_paper($1::uuid, $2::int4, $3::text, past_day($4::text, 'dated_on'), $5::text, $6::text,
	not coalesce($7::boolean, false))
;
-- include: probation/_record
