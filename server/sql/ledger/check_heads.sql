-- args: heads.feed
select refuse(3, 'out_of_range', 'heads', e'min=1\nmax=200')
where coalesce(cardinality($1::uuid[]), 0) not between 1 and 200
;
-- args: heads.feed!, heads.position!, heads.hash!
select feed, position, ledger.judge_head(feed, position, hash) as verdict
from unnest($1::uuid[], $2::int8[], $3::bytea[]) with ordinality as h (feed, position, hash, ordinal)
order by ordinal
limit 200
