-- args: id!, base_version!, status!, from_on!, basis!, card_no
select from set_status($1::uuid, $2::int4, $3::member_status, past_day($4::text, 'from_on'), $5::text, $6::text)
;
-- include: member/_record
