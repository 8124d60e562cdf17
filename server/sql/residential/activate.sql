-- args: id!, base_version!
select from activate_registration($1::uuid, $2::int4)
;
-- include: residential/_record
