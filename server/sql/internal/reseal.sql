-- args: values.column_name!, values.id!, values.old!, values.fresh!
select from ledger.reseal_bodies($1::text[], $2::uuid[], $3::bytea[], $4::bytea[])
;
-- args: values.column_name!, values.id!, values.old!, values.fresh!
select auth.reseal($1::text[], $2::uuid[], $3::bytea[], $4::bytea[]) as values
