/* A state folder of its own for the tests of the store, and what they do to it. */
#ifndef CHIBO_TEST_STORE_HOME_H
#define CHIBO_TEST_STORE_HOME_H

#include "outbox.h"

extern struct arena arena;
extern const uint8_t device[STORE_ID], other_device[STORE_ID];

void home_setup(void);
void home_teardown(void);
/* Of the context "a". */
const char *home_store(void);
void home_create(struct store *store);
void home_open(struct store *store);
/* A write by its number: method, account and body follow from it. */
struct op home_op(unsigned n);
bool home_put(struct store *store, unsigned n);
/* Any file in the folder with these bytes in it. */
bool home_contains(const char *bytes);
/* Files whose name has `part` in it. */
int home_count(const char *part);
char *home_read(const char *path, size_t *n);
void home_flip(const char *path, long offset, uint8_t bits);
/* Runs it in a child process; its wait status. */
int home_fork(void (*child)(void *argument), void *argument);

#endif
