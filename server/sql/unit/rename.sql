-- args: id!, base_version!, name!, abbrev, from_on!
select from auth.rename_unit($1::uuid, $2::int4, $3::text, $4::text, day($5::text, 'from_on'))
;
-- include: unit/_record
