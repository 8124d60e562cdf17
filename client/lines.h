/* Rows of a sheet become messages: titles are matched to fields, cells to values. */
#ifndef CHIBO_CLIENT_LINES_H
#define CHIBO_CLIENT_LINES_H

#include <stdbool.h>

#include <protobuf-c/protobuf-c.h>

#include "client.h"
#include "sheet.h"
#include "status.h"

/* What a column holds. */
enum column_kind {
	COLUMN_UNKNOWN,
	COLUMN_FIELD,
	COLUMN_FULL_NAME, /* family, middle and given name in one cell */
	COLUMN_NAMES,	  /* family and middle name */
};

struct column {
	enum column_kind kind;
	const ProtobufCFieldDescriptor *field;
	const char *title; /* as it stands in the sheet */
};

struct lines_map {
	const ProtobufCMessageDescriptor *type;
	size_t header; /* index of the title row */
	struct column *columns;
	size_t n_columns;
};

struct line_problem {
	unsigned row;
	const char *column; /* title, or label of the field */
	struct refusal refusal;
	const char *value;
	size_t order; /* in which it was found */
};

struct line {
	const struct sheet_row *row;
	ProtobufCMessage *message;
	bool bad;
};

struct lines {
	struct line *items;
	size_t n;
	size_t capacity;
	struct line_problem *problems;
	size_t n_problems;
	size_t problems_capacity;
};

/* The row whose cells name most fields. False: none names two. */
bool lines_map(struct arena *arena, const struct sheet *sheet,
	       const ProtobufCMessageDescriptor *type, struct lines_map *map) MUST_CHECK;
/* All rows below the titles but blank ones, numbered columns, totals and signatures. */
void lines_read(struct client *client, const struct sheet *sheet, const struct lines_map *map,
		struct lines *lines);
void lines_add_problem(struct client *client, struct lines *lines, unsigned row, const char *column,
		       const struct refusal *refusal, const char *value);
/* By row; those of one row stay in the order they were found. */
void lines_sort_problems(struct lines *lines);
/* Reads a file and its titles; says what is wrong and returns the exit code. */
int lines_open(struct client *client, const char *path, const char *encoding,
	       const ProtobufCMessageDescriptor *type, struct sheet *sheet, struct lines_map *map);
/* Fills a repeated message field from a file: all its rows or, after saying why, none. */
int lines_from_file(struct client *client, ProtobufCMessage *request,
		    const ProtobufCFieldDescriptor *field, const char *path);

#endif
