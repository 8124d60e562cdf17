-- args: id!
select id, version, number, suffix, issuer, iso(issued_on) as issued_on, title, doc_sign(d) as sign
from legal_doc d where id = $1::uuid
