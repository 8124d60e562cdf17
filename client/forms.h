/* Numbers as people write them, in the one form that the server takes. */
#ifndef CHIBO_CLIENT_FORMS_H
#define CHIBO_CLIENT_FORMS_H

#include "mem.h"

/* Of the request field with this name. What is not understood stays as it is: the server refuses it. */
const char *form_of(struct arena *arena, const char *field, const char *typed);

#endif
