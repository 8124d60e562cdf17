/* Labelled bars on a terminal: shares in percent, with a mark where each ought to be. */
#ifndef CHIBO_CLIENT_BARS_H
#define CHIBO_CLIENT_BARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "mem.h"

enum {
	BARS_NONE = -1, /* no share, no mark */
	BARS_WHOLE = 1000,
};

/* Shares in tenths of a percent, so 44.6 % is 446. */
struct bar {
	const char *label;
	long share;
	long mark;
	const char *words; /* the share as people read it */
};

/* A line a bar, none wider than `width`; a longer label goes on below. What lies beyond the whole is drawn in another
 * shade; far beyond it the bar ends in an arrow, and the words say how far. False: the stream fails. */
bool bars_print(struct arena *arena, const struct bar *bars, size_t n, FILE *out, size_t width);
/* 446 from "44.6"; BARS_NONE from anything else. */
long bars_tenths(const char *decimal);

#endif
