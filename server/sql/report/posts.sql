-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, as_of_on, tree, session.unit_id
select type, type_name, posts, held, by_members, by_members_pct, concurrent, concurrent_pct, combined_with
from auth.post_figures(coalesce($1::uuid, $4), coalesce(day($2::text, 'as_of_on'), today()), coalesce($3::tree_mode, 'then'))
limit 200
;
-- args: unit_id, as_of_on, tree, session.unit_id
-- into: pairs
select type, type_name, with_type, with_type_name, posts, share_pct
from auth.post_pairs(coalesce($1::uuid, $4), coalesce(day($2::text, 'as_of_on'), today()), coalesce($3::tree_mode, 'then'))
limit 500
