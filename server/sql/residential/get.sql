-- include: residential/_record
;
-- args: id!
-- into: assessments
select year, grade, note, is_confirmed, sent_on
from auth.registration_years($1::uuid)
limit 100
