-- args: id!, base_version!, last_on!, reason!
select from end_registration($1::uuid, $2::int4, day($3::text, 'last_on'), $4::text)
;
-- include: residential/_record
