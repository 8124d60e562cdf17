-- args:
select feed, position, head_hash from ledger.publish()
