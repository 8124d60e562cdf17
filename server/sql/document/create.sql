-- args: id!, number!, suffix!, issuer!, issued_on!, title!
insert into legal_doc (id, feed_id, number, suffix, issuer, issued_on, title)
values ($1::uuid, auth.root_feed(), $2::text, $3::text, $4::text, past_day($5::text, 'issued_on'), $6::text)
;
-- args: id!
select id, version, number, suffix, issuer, iso(issued_on) as issued_on, title, doc_sign(d) as sign
from legal_doc d where id = $1::uuid
