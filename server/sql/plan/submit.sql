-- args: id!, base_version!
select from submit_plan($1::uuid, $2::int4)
;
-- include: plan/_record
