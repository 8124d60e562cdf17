/* Rules of values that the database never sees in the clear: it can hold no CHECK on them. */
#ifndef CHIBO_DB_PLAIN_H
#define CHIBO_DB_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

/* Each returns the rule that the text breaks, or NULL. What passes is in its one written form, so that
 * equal values are equal texts. */

/* 12 digits whose fourth is a century and sex of 1900 to 2099, or the 9 digits of the old card. */
const char *plain_national_id(const char *text);
/* E.164 of Viet Nam: +84, then 9 digits of a mobile or 10 of a fixed line. */
const char *plain_phone(const char *text);
/* Composed, trimmed, without control characters, at most 300 or 2000 characters: as chibo.is_text. */
const char *plain_address(const char *text);
const char *plain_notes(const char *text);

enum { PLAIN_TOLD = 24 };

/* What a number of 12 digits says of its owner: "female 1985 known", the last word "unknown" for a place
 * that is none of the 63 provinces. False: an old number, which says nothing. */
bool plain_national_id_tells(const char *text, char told[static PLAIN_TOLD]);

#endif
