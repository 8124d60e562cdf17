/* chibod ledger verify: proves every chain of the ledger, or names the first place where it is broken. */
#ifndef CHIBO_LEDGER_VERIFY_H
#define CHIBO_LEDGER_VERIFY_H

#include "ledger_reader.h"

/* Prints position and head of every feed. The exit code: 0 all is well, 1 something is wrong, or of sysexits. */
int ledger_verify(const struct ledger_source *source);

#endif
