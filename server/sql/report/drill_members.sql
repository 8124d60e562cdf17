-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: scheme
select refuse(5, 'not_found', 'scheme')
where $1::text is not null and not exists (select from scheme where code = $1::text)
;
-- R07 has one group, whose codes are labels.
-- args: report!, group, code
select refuse(3, 'required', case when $1::text = 'R07' or $2::text is not null then 'code' else 'group' end)
where case when $1::text = 'R07' then coalesce($2::text, $3::text) is null else num_nulls($2::text, $3::text) > 0 end
;
-- Who asked stands in the ledger, and of whom, where it was by what is kept apart.
-- args: unit_id, report!, as_of_on, period, from_on, until_on, tree, count_basis, scheme, group, code, after_pos, after_id, limit, session.unit_id
with hit as materialized (
	select l.member_id, l.full_name, l.unit_path, l.day, l.detail, l.pos, l.person_id, l.feed_id, l.version, l.is_origin
	from drill_days($2::text, day($3::text, 'as_of_on'), $4::text, day($5::text, 'from_on'), day($6::text, 'until_on')) d
	cross join lateral auth.member_list($2::text, coalesce($1::uuid, $15), d.from_on, d.until_on, coalesce($7::tree_mode, 'then'),
		$8::count_basis::text, $9::text, case when $2::text = 'R07' then 'sector' else $10::text end, coalesce($11::text, $10::text), $12::int4,
		$13::uuid, coalesce($14::int4, 100)) l
), marked as materialized (
	select ledger.mark(h.feed_id, 'person', h.person_id, h.version, 'read') from hit h where h.is_origin
	union all
	select ledger.mark(u.feed_id) from unit u where u.id = $15
)
select h.member_id, h.full_name, h.unit_path, h.day, h.detail, h.pos
from hit h
where (select count(*) from marked) > 0
order by h.pos, h.member_id
limit 500
