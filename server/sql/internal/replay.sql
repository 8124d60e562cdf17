-- args: op_id!, request_hash!
select feed, position, head_hash from ledger.replay($1::uuid, $2::bytea)
