-- args: meeting_id!
select from lock_meeting($1::uuid, 'meeting_id', null, '{closed,submitted,acknowledged}')
;
-- args: meeting_id!, corrects!
select from require_newest_minutes($1::uuid, $2::uuid)
;
-- args: id!, corrects!, correction!
select from correct_minutes($1::uuid, $2::uuid, $3::text)
;
-- include: minutes/_record
