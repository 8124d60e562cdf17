-- args: id!, key!, value!, unit, valid_from_on!, valid_until_on, legal_doc!
select from create_rule($1::uuid, $2::text, $3::text, $4::text, day($5::text, 'valid_from_on'), day($6::text, 'valid_until_on'),
	$7::text)
;
-- args: id!
select id, version, key, value, unit, iso(lower(during)) as valid_from_on, last_day(during) as valid_until_on, legal_doc
from rule_param
where id = $1::uuid
