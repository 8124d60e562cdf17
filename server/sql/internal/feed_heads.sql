-- args:
select feed, position from ledger.feed_heads()
limit 10000
