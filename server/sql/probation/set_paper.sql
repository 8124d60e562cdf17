-- args: id!, base_version!, type!, dated_on, reference, custodian
select from set_probation_paper($1::uuid, $2::int4, $3::text, past_day($4::text, 'dated_on'), $5::text, $6::text)
;
-- include: probation/_record
