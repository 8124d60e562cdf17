-- args: id!, base_version!, last_on!
select from release_post($1::uuid, $2::int4, day($3::text, 'last_on'))
;
-- include: post/_holding
