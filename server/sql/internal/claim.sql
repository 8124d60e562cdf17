-- args: op_id!, request_hash!
select from ledger.claim($1::uuid, $2::bytea)
