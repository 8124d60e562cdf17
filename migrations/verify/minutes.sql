-- Verify chibo:minutes on pg

begin;

select 1 from chibo.minutes where false;

-- fails when one is missing
select 'auth.minutes_page'::regproc;
select 'auth.unit_heading'::regproc;
select 'chibo.add_minutes'::regproc;
select 'chibo.clock_of'::regproc;
select 'chibo.correct_minutes'::regproc;
select 'chibo.corrected_text'::regproc;
select 'chibo.date_in_words'::regproc;
select 'chibo.free_text'::regproc;
select 'chibo.is_assembly'::regproc;
select 'chibo.keep_minutes'::regproc;
select 'chibo.minutes_absent'::regproc;
select 'chibo.minutes_agenda'::regproc;
select 'chibo.minutes_candidates'::regproc;
select 'chibo.minutes_conclusion'::regproc;
select 'chibo.minutes_counts'::regproc;
select 'chibo.minutes_end'::regproc;
select 'chibo.minutes_guests'::regproc;
select 'chibo.minutes_heading'::regproc;
select 'chibo.minutes_late'::regproc;
select 'chibo.minutes_online'::regproc;
select 'chibo.minutes_people'::regproc;
select 'chibo.minutes_roll'::regproc;
select 'chibo.minutes_rows'::regproc;
select 'chibo.minutes_signatures'::regproc;
select 'chibo.minutes_speeches'::regproc;
select 'chibo.minutes_text'::regproc;
select 'chibo.minutes_time_and_place'::regproc;
select 'chibo.minutes_title'::regproc;
select 'chibo.minutes_votes'::regproc;
select 'chibo.moment_in_words'::regproc;
select 'chibo.month_in_words'::regproc;
select 'chibo.ratio_in_words'::regproc;
select 'chibo.require_end'::regproc;
select 'chibo.require_minutes_vote'::regproc;
select 'chibo.require_newest_minutes'::regproc;
select 'chibo.require_roll_call'::regproc;
select 'chibo.sign_minutes'::regproc;
select 'chibo.vote_counts'::regproc;
select 'chibo.vote_in_words'::regproc;
select 'chibo.vote_names'::regproc;
select 'chibo.vote_papers'::regproc;
select 'chibo.vote_result'::regproc;
select 1 / count(*) from chibo.transition where entity = 'minutes';

rollback;
