-- args: id!, base_version!
select from decide_report($1::uuid, $2::int4, 'accepted', null)
;
-- include: sent_report/_record
