/* What a new password must be like. */
#ifndef CHIBO_RPC_PASSWORD_H
#define CHIBO_RPC_PASSWORD_H

#include "hasher.h"

enum { PASSWORD_MAX = HASHER_PASSWORD_MAX, PASSWORD_MIN_CHARACTERS = 12 };

/* NULL: the password may be used; else the rule that it breaks. */
const char *password_rule(const char *password);

#endif
