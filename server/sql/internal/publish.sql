-- args:
select position, head_hash from ledger.publish()
