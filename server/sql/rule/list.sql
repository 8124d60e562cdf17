-- args: as_of_on
select id, version, key, value, unit, iso(lower(during)) as valid_from_on, last_day(during) as valid_until_on, legal_doc
from rule_param
where during @> coalesce(day($1::text, 'as_of_on'), today())
order by key
limit 500
