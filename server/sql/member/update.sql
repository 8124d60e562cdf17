-- args: update_mask
select refuse(3, 'required', 'update_mask') where coalesce(cardinality($1::text[]), 0) = 0
;
-- args: update_mask
select refuse(3, 'unknown_field', 'update_mask', 'value=' || f.name)
from unnest($1::text[]) as f (name)
where f.name <> all ('{card_no,biography_no,works_away}')
;
-- args: id!, base_version!
select from lock_member($1::uuid, $2::int4)
;
-- args: id!, update_mask, card_no, biography_no, works_away
update member set
	version = version + 1,
	card_no = case when 'card_no' = any ($2::text[]) then $3::text else card_no end,
	biography_no = case when 'biography_no' = any ($2::text[]) then $4::text else biography_no end,
	works_away = case when 'works_away' = any ($2::text[]) then coalesce($5::boolean, false) else works_away end
where id = $1::uuid
;
-- include: member/_record
