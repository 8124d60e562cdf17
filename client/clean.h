/* Text in and out: one normal form for what users type, no harm from what others typed. */
#ifndef CHIBO_CLIENT_CLEAN_H
#define CHIBO_CLIENT_CLEAN_H

#include <stddef.h>
#include <stdio.h>

#include "mem.h"

/* NFC; no-break spaces are blanks, runs of blanks one, none at the ends; zero-width characters and
 * BOM gone; eth is đ. NULL: `*rule` says why: "utf8", "control", "look_alike" (Cyrillic letters in
 * place of Latin). */
char *clean_input(struct arena *arena, const char *text, const char **rule);
/* NFC and nothing else, as passwords are (RFC 8265). NULL: not UTF-8. */
char *clean_nfc(struct arena *arena, const char *text);
/* Control and bidi characters as \u001b and \u202e, bytes that are not UTF-8 as U+FFFD. */
char *clean_shown(struct arena *arena, const char *text);
/* The same, printed; ends of lines stay. */
void clean_print(FILE *out, const char *text);
/* Lower case, without accents, đ is d, everything but letters and digits one blank. */
char *clean_fold(struct arena *arena, const char *text);

/* ASCII only, whatever the locale. */
char clean_lower(char c);
char clean_upper(char c);

/* Columns of a terminal. */
size_t clean_width(const char *text);
/* Newlines at word boundaries, so that no line is wider; a longer word is broken. Those that are there stay. */
char *clean_wrap(struct arena *arena, const char *text, size_t width);

/* A small distance (Damerau-Levenshtein: one letter wrong, missing, too many, or two swapped). */
size_t clean_distance(const char *a, const char *b);

#endif
