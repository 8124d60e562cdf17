/* Dates and instants: Vietnamese writing, ISO, Asia/Ho_Chi_Minh. */
#ifndef CHIBO_CLIENT_DATES_H
#define CHIBO_CLIENT_DATES_H

#include <stdbool.h>
#include <stdint.h>

#include "mem.h"

enum date_style {
	DATE_ISO,   /* 2021-11-06T08:00:00+07:00 */
	DATE_SHOWN, /* 06/11/2021 08:00 */
};

/* "6/11/2021", "11/2021", "2021", ISO, "ngày 6 tháng 11 năm 2021" -> ISO of the same precision;
 * NULL: none of it. */
char *date_parse(struct arena *arena, const char *text);
/* "2021-11-06" -> "06/11/2021"; other texts as they are. */
char *date_show(struct arena *arena, const char *iso);

/* "6/11/2021 08:00", "2021-11-06 08:00", "2021-11-06T08:00:00+07:00", "…Z", "2021-11-06" -> us since 1970. */
bool date_parse_instant(const char *text, int64_t *us) MUST_CHECK;
char *date_instant(struct arena *arena, int64_t us, enum date_style style);

#endif
