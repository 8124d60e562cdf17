/* Nouns and verbs: services and methods of the descriptors, in kebab-case. */
#ifndef CHIBO_CLIENT_COMMAND_H
#define CHIBO_CLIENT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#include "mem.h"
#include "texts.h"

struct verb {
	const ProtobufCServiceDescriptor *service;
	const ProtobufCMethodDescriptor *method;
	const struct method_text *text;
	const char *noun;  /* "member" */
	const char *name;  /* "set-status" */
	const char *route; /* "MemberService/SetStatus" */
};

/* The n-th service; NULL behind the last. */
const ProtobufCServiceDescriptor *command_service(size_t n);
/* "Member" of MemberService. */
const char *command_stem(struct arena *arena, const ProtobufCServiceDescriptor *service);
const char *command_noun(struct arena *arena, const ProtobufCServiceDescriptor *service);
/* "MembersBySector" and "full_name" -> "members-by-sector" and "full-name". */
const char *command_kebab(struct arena *arena, const char *name);

/* NULL: no such noun. */
const ProtobufCServiceDescriptor *command_find_service(struct arena *arena, const char *noun);
/* Fills the verb from method n of the service. */
void command_verb(struct arena *arena, const ProtobufCServiceDescriptor *service, unsigned n,
		  struct verb *verb);
/* Hidden methods are not found. */
bool command_find_verb(struct arena *arena, const ProtobufCServiceDescriptor *service,
		       const char *name, struct verb *verb);
/* Of a service that the program itself calls. */
void command_known_verb(struct arena *arena, const char *service, const char *method,
			struct verb *verb);

/* Of "MemberService/SetStatus"; false: this program does not know it. */
bool command_find_route(struct arena *arena, const char *route, struct verb *verb) MUST_CHECK;

/* Whether the user gives this request field by an option, and the option's name: "lines-from" of
 * `lines`, "phone-file" of `phone`. */
bool command_takes(const ProtobufCFieldDescriptor *field);
/* Never stands on a command line, which everybody on the computer can read: it comes from a file. */
bool command_is_secret(const ProtobufCFieldDescriptor *field);
const char *command_option(struct arena *arena, const ProtobufCFieldDescriptor *field);
/* True if the word is one of those in the list. */
bool command_listed(const char *list, char separator, const char *word);

/* Keeps the nearest word so far; `best` starts as {0}. */
struct nearest {
	const char *word;
	size_t distance;
};
void command_nearer(struct nearest *best, const char *typed, const char *candidate);

#endif
