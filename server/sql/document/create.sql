-- args: id!, number!, suffix!, issuer!, issued_on!, title!
insert into legal_doc (id, feed_id, number, suffix, issuer, issued_on, title)
values ($1::uuid, auth.root_feed(), $2::text, $3::text, $4::text, past_day($5::text, 'issued_on'), $6::text)
;
-- include: document/_record
