-- args: id!, base_version!, parent_id!, from_on!
select from auth.move_unit($1::uuid, $2::int4, $3::uuid, day($4::text, 'from_on'))
;
-- include: unit/_record
