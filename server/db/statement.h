/* Statement files: one per method, read once at start. ARCHITECTURE.md, "The declarative core". */
#ifndef CHIBO_DB_STATEMENT_H
#define CHIBO_DB_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#include "pgtype.h"
#include "statement_text.h"

struct seal_keys;
struct sealed_field;

/* Where $n comes from: request.field, or request.outer[].field as a parallel array. */
struct statement_param {
	const ProtobufCFieldDescriptor *outer; /* NULL: a field of the request itself */
	const ProtobufCFieldDescriptor *field;
	bool mandatory;
	bool is_array;
	enum statement_form form;
	const struct sealed_field *sealed; /* NULL in FORM_PLAIN */
	pg_oid type;    /* of the element, known once the statement was described */
};

/* Where a column goes. */
struct statement_column {
	const ProtobufCFieldDescriptor *field;
	const struct sealed_field *sealed; /* it is opened on its way; NULL: it comes plain */
	pg_oid type;
};

struct statement {
	const char *name;     /* "member/list:2" */
	const char *place;    /* for whoever mends it: the name, and where an included one stands */
	const char *prepared; /* the name it is prepared under: of the first one with this text */
	struct statement *same; /* the next one with the same text */
	const char *sql;
	const ProtobufCMethodDescriptor *method;
	struct statement_param *params;
	size_t n_params;
	bool is_select;
	bool is_answer; /* its rows go into the response */
	bool is_main;   /* ... and it is the one without into: */
	/* The message field of the response that the rows fill; NULL: the response itself. */
	const ProtobufCFieldDescriptor *target;
	struct statement_column *columns; /* as many as the row's message has fields; filled once described */
	size_t n_columns, n_columns_max;
	/* What it seals and opens with, and for the record of which `id`. */
	const struct seal_keys *keys;
	const ProtobufCFieldDescriptor *sealed_id; /* of the request; NULL: nothing is sealed */
	const struct sealed_field *opens[STATEMENT_OPENS_MAX];
	size_t n_opens;
	size_t id_column; /* of a row with opened columns */
};

/* The statements of a method, in order. None: the method is a handler in C. */
struct method_statements {
	const char *name; /* "member/list" */
	const ProtobufCMethodDescriptor *method;
	struct statement *items;
	size_t n;
};

struct statement_set;

/* Reads `dir`/<service>/<method>.sql for every method of the services and of the internal service. The keys
 * are borrowed. On failure returns NULL and names file and line in `reason`. */
struct statement_set *statement_set_load(const char *dir, const struct seal_keys *keys,
					 const ProtobufCServiceDescriptor *const *services, size_t n,
					 char *reason, size_t reason_size);
void statement_set_free(struct statement_set *set);

/* NULL: no such method. */
const struct method_statements *statement_set_find(const struct statement_set *set,
						   const ProtobufCMethodDescriptor *method);
/* The statements of an internal method, which exists. */
const struct method_statements *statement_set_internal(const struct statement_set *set, const char *method);

const struct seal_keys *statement_set_keys(const struct statement_set *set);

/* The message that one row of an answer fills. */
const ProtobufCMessageDescriptor *statement_row(const struct statement *statement);

/* For whoever prepares them all: each text once, with those that share it behind it in `same`. */
size_t statement_set_count(const struct statement_set *set);
struct statement *statement_set_at(const struct statement_set *set, size_t i);

/* What the server said of a prepared statement. */
struct statement_description {
	size_t n_params;
	pg_oid (*param_type)(const void *source, size_t i);
	size_t n_columns;
	pg_oid (*column_type)(const void *source, size_t i);
	const char *(*column_name)(const void *source, size_t i);
	const void *source;
};

/* Checks names, types and enum labels against the messages and keeps the types. A misfit names
 * statement, column or parameter, and what to write instead. */
bool statement_fit(struct statement *statement, const struct statement_description *described,
		   const struct pg_enums *enums, char *reason, size_t reason_size);

#endif
