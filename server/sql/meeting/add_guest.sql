-- args: id!, meeting_id!, class!, person_id, full_name, capacity!, sender
select from add_guest($1::uuid, $2::uuid, $3::guest_class, $4::uuid, $5::text, $6::text, $7::text)
;
-- include: meeting/_of_meeting
;
-- include: meeting/_guests
