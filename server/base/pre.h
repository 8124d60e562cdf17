/* Assertions for our own mistakes; what the world does wrong gets a status instead. Never
 * compiled out. */
#ifndef CHIBO_BASE_PRE_H
#define CHIBO_BASE_PRE_H

/* What the caller promised. */
#define PRE(condition) \
	((condition) ? (void)0 : pre_broken(__FILE__, __LINE__, "precondition", #condition))
/* What this function promised. */
#define POST(condition) \
	((condition) ? (void)0 : pre_broken(__FILE__, __LINE__, "postcondition", #condition))
/* Not reached, whatever happens. */
#define IMPOSSIBLE(why) pre_broken(__FILE__, __LINE__, "impossible", why)

/* Logs and aborts. */
_Noreturn void pre_broken(const char *file, int line, const char *kind, const char *what);

#endif
