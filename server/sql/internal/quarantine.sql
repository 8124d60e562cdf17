-- args: id!, op_id!, request_hash!, device_id!, device_seq!, prev_hash!, method!, subject_id, sealed.body
select from ledger.quarantine($1::uuid, $2::uuid, $3::bytea, $4::uuid, $5::bigint, $6::bytea, $7::text, $8::uuid, $9::bytea)
