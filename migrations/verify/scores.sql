-- Verify chibo:scores on pg

begin;

select 1 from chibo.criteria_table where false;
select 1 from chibo.criterion where false;
select 1 from chibo.grade_band where false;
select 1 from chibo.scoring where false;
select 1 from chibo.score_sheet where false;
select 1 from chibo.score_line where false;
select 1 / count(*) from chibo.transition where entity = 'score_sheet';

rollback;
