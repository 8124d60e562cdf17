-- args: op_id!, request_hash!, device_id!, device_seq!, prev_hash!, method!, subject_id, sealed.body, code!, rule!, field, params
select feed, position, head_hash, code, rule, field, params
from ledger.park($1::uuid, $2::bytea, $3::uuid, $4::bigint, $5::bytea, $6::text, $7::uuid, $8::bytea, $9::int4, $10::text,
	$11::text, $12::text)
