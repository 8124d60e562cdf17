-- args: id!, pilot_id!, person_id!, capacity!
select from assign_delegate($1::uuid, $2::uuid, $3::uuid, $4::text)
;
-- include: pilot/_of_pilot
