-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: year
select refuse(3, 'out_of_range', 'year', e'min=1930\nmax=9999') where $1::int4 not between 1930 and 9999
;
-- args: zero_years
select refuse(3, 'out_of_range', 'zero_years', e'min=1\nmax=10') where $1::int4 not between 1 and 10
;
-- args: metric
select require_code('metric', $1::text, 'metric')
;
-- args: unit_id, as_of_on, metric, year, tree, count_basis, zero_years, session.unit_id
select unit_code, unit_name, term_target, year_target, done_year, done_term, year_pct, term_pct, pro_rata, pro_rata_pct,
	pro_rata_part, status, remaining, months_left, needed_monthly, needed_yearly, average_nominal, nominal_years, average_elapsed,
	elapsed_months, zero_branches
from auth.target_progress(coalesce($1::uuid, $8), coalesce(day($2::text, 'as_of_on'), today()), coalesce($3::text, 'admissions'),
	coalesce($4::int4, extract(year from coalesce(day($2::text, 'as_of_on'), today()))::int4), coalesce($5::tree_mode, 'then'),
	$6::count_basis::text, coalesce($7::int4, 2))
where not is_total
limit 500
;
-- args: unit_id, as_of_on, metric, year, tree, count_basis, zero_years, session.unit_id
-- into: totals
select unit_code, unit_name, term_target, year_target, done_year, done_term, year_pct, term_pct, pro_rata, pro_rata_pct,
	pro_rata_part, status, remaining, months_left, needed_monthly, needed_yearly, average_nominal, nominal_years, average_elapsed,
	elapsed_months, zero_branches
from auth.target_progress(coalesce($1::uuid, $8), coalesce(day($2::text, 'as_of_on'), today()), coalesce($3::text, 'admissions'),
	coalesce($4::int4, extract(year from coalesce(day($2::text, 'as_of_on'), today()))::int4), coalesce($5::tree_mode, 'then'),
	$6::count_basis::text, coalesce($7::int4, 2))
where is_total
limit 1
