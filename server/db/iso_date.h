/* Dates on the wire: 2021-11-06, and where only that much is known 2021-11 or 2021. */
#ifndef CHIBO_DB_ISO_DATE_H
#define CHIBO_DB_ISO_DATE_H

#include <stdbool.h>

/* A day of the calendar, a month or a year, from 1800 to 9999. */
bool iso_date_valid(const char *text);

#endif
