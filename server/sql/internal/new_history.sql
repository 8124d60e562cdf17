-- args: local_uid!
select from ledger.new_history($1::int4)
