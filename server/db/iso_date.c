/* Checks dates before they reach the database, so that the error can name the field. */
#include "iso_date.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

static bool number(const char *digits, size_t n, int *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (!isdigit((unsigned char)digits[i]))
			return false;
		*out = *out * 10 + (digits[i] - '0');
	}
	return true;
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

bool iso_date_valid(const char *text)
{
	size_t len = strlen(text);
	int year, month, day;

	if ((len != 4 && len != 7 && len != 10) || !number(text, 4, &year) || year < 1800)
		return false;
	if (len == 4)
		return true;
	if (text[4] != '-' || !number(text + 5, 2, &month) || month < 1 || month > 12)
		return false;
	if (len == 7)
		return true;
	return text[7] == '-' && number(text + 8, 2, &day) && day >= 1 && day <= days_in(year, month);
}
