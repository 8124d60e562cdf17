/* Asks the running server at its admin socket. */
#ifndef CHIBO_ADMIN_ASK_H
#define CHIBO_ADMIN_ASK_H

#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "status.h"

enum {
	ADMIN_CODE = 24 + 5 + 1, /* six groups of four, hyphens, NUL */
	ADMIN_CODE_HASH = 32,
};

/* `command` is one of rpc/admin_call.c, `request` its message. Says on stderr why it failed. Returns an exit
 * code of sysexits. */
int admin_ask(const char *path, const char *command, const ProtobufCMessage *request);
/* The same for a command whose success has params. */
int admin_ask_for(const char *path, const char *command, const ProtobufCMessage *request, struct refusal *answer);

/* A one-time code, and the hash that the server knows it by. */
void admin_code_make(char code[static ADMIN_CODE], uint8_t hash[static ADMIN_CODE_HASH]);
/* On EX_OK prints the code on stdout, once; wipes it in any case. Returns `result`. */
int admin_code_show(char code[static ADMIN_CODE], const char *login_name, int result);

#endif
