-- args: op_id!, request_hash!, device_id, device_seq, prev_hash, named, attended
select from ledger.claim($1::uuid, $2::bytea, $3::uuid, $4::bigint, $5::bytea, $6::uuid[], $7::boolean)
