-- args: waiting!, oldest_at_us, parked!, feed, position, proven_at_us
select from auth.sync_report($1::int4, $2::timestamptz, $3::int4, $4::uuid, $5::int8, $6::timestamptz)
