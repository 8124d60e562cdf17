/* Dates and instants. Vietnam has one zone without summer time: seven hours are enough. */
#include "dates.h"

#include <string.h>
#include <time.h>

#include "clean.h"

enum { ZONE_S = 7 * 3600 };

static int days_in(int month, int year)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool date_valid(int year, int month, int day)
{
	return year >= 1800 && year <= 2200 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= days_in(month, year);
}

/* Up to three numbers; true if there is nothing else but separators. `digits` tells how each was
 * written. */
static bool numbers(const char *text, int number[3], int digits[3], int *n)
{
	*n = 0;
	while (*text != '\0') {
		int value = 0, length = 0;

		for (; *text >= '0' && *text <= '9' && length < 5; text++, length++)
			value = value * 10 + (*text - '0');
		if (length == 0 || length > 4 || *n == 3)
			return false;
		number[*n] = value;
		digits[(*n)++] = length;
		if (*text != '\0' && *text != ' ')
			return false;
		text += *text == ' ';
	}
	return *n > 0;
}

/* "ngay 6 thang 11 nam 2021" -> "6 11 2021" */
static char *without_words(struct arena *arena, const char *folded)
{
	static const char *const words[] = {"ngay ", "thang ", "nam "};
	struct text out;

	text_init(&out, arena);
	while (*folded != '\0') {
		size_t skip = 0;

		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (strncmp(folded, words[i], strlen(words[i])) == 0)
				skip = strlen(words[i]);
		if (skip == 0)
			text_putc(&out, *folded++);
		folded += skip;
	}
	return out.data;
}

char *date_parse(struct arena *arena, const char *text)
{
	int number[3], digits[3], n;
	bool year_first;
	int year, month, day;

	if (strspn(text, "-") > 0 ||
	    !numbers(without_words(arena, clean_fold(arena, text)), number, digits, &n))
		return NULL;
	year_first = digits[0] == 4;
	year = number[year_first ? 0 : n - 1];
	month = n > 1 ? number[year_first ? 1 : n - 2] : 1;
	day = n > 2 ? number[year_first ? 2 : 0] : 1;
	if ((!year_first && digits[n - 1] != 4) || !date_valid(year, month, day))
		return NULL;
	if (n == 1)
		return mem_format(arena, "%04d", year);
	if (n == 2)
		return mem_format(arena, "%04d-%02d", year, month);
	return mem_format(arena, "%04d-%02d-%02d", year, month, day);
}

/* Exactly so many digits at `*at`, which moves behind them. */
static bool take_digits(const char **at, size_t digits, int *number)
{
	*number = 0;
	for (; digits > 0; digits--, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		*number = *number * 10 + (**at - '0');
	}
	return true;
}

static bool take_char(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

char *date_show(struct arena *arena, const char *iso)
{
	int year, month, day;
	const char *at = iso;

	if (!take_digits(&at, 4, &year) || !take_char(&at, '-') || !take_digits(&at, 2, &month))
		return mem_copy(arena, iso, strlen(iso));
	if (*at == '\0')
		return mem_format(arena, "%02d/%04d", month, year);
	if (!take_char(&at, '-') || !take_digits(&at, 2, &day) || *at != '\0')
		return mem_copy(arena, iso, strlen(iso));
	return mem_format(arena, "%02d/%02d/%04d", day, month, year);
}

/* Seconds east of UTC behind the time; without any, Vietnam's. */
static bool take_zone(const char **at, int *seconds)
{
	bool west = **at == '-';
	int hours, minutes;

	*seconds = ZONE_S;
	if (**at == '\0')
		return true;
	*seconds = 0;
	if (take_char(at, 'Z'))
		return true;
	if ((!take_char(at, '+') && !take_char(at, '-')) || !take_digits(at, 2, &hours) ||
	    !take_char(at, ':') || !take_digits(at, 2, &minutes))
		return false;
	*seconds = (hours * 60 + minutes) * 60 * (west ? -1 : 1);
	return true;
}

/* "08:00" or "08:00:30"; nothing is midnight. */
static bool take_time(const char **at, struct tm *tm)
{
	if (**at == '\0')
		return true;
	if ((!take_char(at, 'T') && !take_char(at, ' ')) || !take_digits(at, 2, &tm->tm_hour) ||
	    !take_char(at, ':') || !take_digits(at, 2, &tm->tm_min))
		return false;
	if (take_char(at, ':') && !take_digits(at, 2, &tm->tm_sec))
		return false;
	return tm->tm_hour <= 23 && tm->tm_min <= 59 && tm->tm_sec <= 59;
}

/* One or two digits. */
static bool take_short(const char **at, int *number)
{
	return take_digits(at, (*at)[0] != '\0' && (*at)[1] >= '0' && (*at)[1] <= '9' ? 2 : 1,
			   number);
}

/* "2021-11-06", or "6/11/2021" as people write it. */
static bool take_day(const char **at, struct tm *tm)
{
	bool as_written = strcspn(*at, "/") <= 2;
	bool taken = as_written ? take_short(at, &tm->tm_mday) && take_char(at, '/') &&
					  take_short(at, &tm->tm_mon) && take_char(at, '/') &&
					  take_digits(at, 4, &tm->tm_year)
				: take_digits(at, 4, &tm->tm_year) && take_char(at, '-') &&
					  take_digits(at, 2, &tm->tm_mon) && take_char(at, '-') &&
					  take_digits(at, 2, &tm->tm_mday);

	return taken && date_valid(tm->tm_year, tm->tm_mon, tm->tm_mday);
}

bool date_parse_instant(const char *text, int64_t *us)
{
	struct tm tm = {0};
	int zone;

	if (!take_day(&text, &tm) || !take_time(&text, &tm) || !take_zone(&text, &zone) ||
	    *text != '\0')
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*us = ((int64_t)timegm(&tm) - zone) * 1000000;
	return true;
}

char *date_instant(struct arena *arena, int64_t us, enum date_style style)
{
	time_t seconds = (time_t)(us / 1000000) + ZONE_S;
	struct tm tm;
	char text[64];

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text),
		 style == DATE_ISO ? "%Y-%m-%dT%H:%M:%S+07:00" : "%d/%m/%Y %H:%M", &tm);
	return mem_copy(arena, text, strlen(text));
}
