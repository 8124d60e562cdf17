-- args: year
select refuse(3, 'out_of_range', 'year', e'min=1900\nmax=2200') where $1::int4 not between 1900 and 2200
;
-- args: year, from_on, until_on
select c.id, c.version, iso(c.day) as day_on, c.is_working, c.name, c.basis, c.clocks_moved
from calendar_day c
where ($2::text is null or c.day >= day($2::text, 'from_on'))
  and ($3::text is null or c.day <= day($3::text, 'until_on'))
  and (extract(year from c.day) = coalesce($1::int4, extract(year from today()))
       or ($1::int4 is null and num_nonnulls($2::text, $3::text) > 0))
order by c.day
limit 500
