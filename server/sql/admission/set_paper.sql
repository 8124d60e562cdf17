-- args: id!, base_version!, type!, dated_on, valid_until_on, reference, custodian
select from set_case_paper($1::uuid, $2::int4, $3::text, past_day($4::text, 'dated_on'), day($5::text, 'valid_until_on'), $6::text, $7::text)
;
-- include: candidate/_record
