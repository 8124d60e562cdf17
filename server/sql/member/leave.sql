-- args: id!, base_version!, membership_id!, last_on!
select from leave_place($1::uuid, $2::int4, $3::uuid, day($4::text, 'last_on'))
;
-- include: member/_record
;
-- include: member/_memberships
