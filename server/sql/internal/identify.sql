-- args: token_hash!, grant_id
select grant_id, permissions from auth.identify($1::bytea, $2::uuid)
