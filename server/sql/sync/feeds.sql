-- args:
select feed, name, position, hash, is_reference
from auth.sync_feeds()
limit 2
