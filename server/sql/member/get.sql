-- include: member/_record
;
-- include: member/_memberships
