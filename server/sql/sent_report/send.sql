-- args: id!, base_version!
select from send_report($1::uuid, $2::int4)
;
-- include: sent_report/_record
