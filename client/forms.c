/* Written forms of telephone numbers and national ids. */
#include "forms.h"

#include <stdbool.h>
#include <string.h>

/* Without the blanks, dots, hyphens and brackets between digits; NULL if there is anything else. */
static char *digits_of(struct arena *arena, const char *typed)
{
	char *digits = mem_take(arena, strlen(typed) + 1);
	size_t n = 0;

	for (const char *c = typed; *c != '\0'; c++) {
		if (*c >= '0' && *c <= '9')
			digits[n++] = *c;
		else if (strchr(" .-()", *c) == NULL)
			return NULL;
	}
	return digits;
}

/* "0912.345.678", "+84 912 345 678" and "(0084) 912345678" are all "+84912345678". */
static const char *phone(struct arena *arena, const char *typed)
{
	const char *rest = typed + strspn(typed, " ");
	bool international = *rest == '+';
	const char *digits = digits_of(arena, international ? rest + 1 : rest);

	if (digits == NULL || *digits == '\0')
		return typed;
	if (international)
		return mem_format(arena, "+%s", digits);
	if (strncmp(digits, "00", 2) == 0)
		return mem_format(arena, "+%s", digits + 2);
	return *digits == '0' ? mem_format(arena, "+84%s", digits + 1) : typed;
}

const char *form_of(struct arena *arena, const char *field, const char *typed)
{
	const char *digits;

	if (strcmp(field, "phone") == 0)
		return phone(arena, typed);
	if (strcmp(field, "national_id") != 0)
		return typed;
	digits = digits_of(arena, typed);
	return digits != NULL ? digits : typed;
}
