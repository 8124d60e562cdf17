-- args: op_id!, request_hash!, device_id, device_seq, prev_hash
select feed, position, head_hash from ledger.replay($1::uuid, $2::bytea, $3::uuid, $4::bigint, $5::bytea)
