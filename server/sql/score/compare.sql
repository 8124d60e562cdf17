-- args: id!
select refuse(5, 'not_found', 'id')
where not exists (select from scoring s where s.id = $1::uuid and reaches(s.unit_id, s.unit_pos, s.id))
;
-- args: id!
select item_no, code, title, max_points, self_points, ward_points, peer_points, delegate_points, difference_points, is_flagged
from compare_rows($1::uuid)
where item_no is not null
limit 100
;
-- args: id!
-- into: totals
select max_points, self_points, ward_points, peer_points, delegate_points, difference_points, is_flagged
from compare_rows($1::uuid)
where item_no is null
limit 1
