/* An intrusive doubly linked list. */
#include "list.h"

#include "pre.h"

void list_init(struct list *list)
{
	list->next = list;
	list->prev = list;
}

bool list_empty(const struct list *head)
{
	return head->next == head;
}

static void insert(struct list *before, struct list *node, struct list *after)
{
	PRE(!list_linked(node));
	node->prev = before;
	node->next = after;
	before->next = node;
	after->prev = node;
}

void list_append(struct list *head, struct list *node)
{
	insert(head->prev, node, head);
}

void list_prepend(struct list *head, struct list *node)
{
	insert(head, node, head->next);
}

void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

bool list_linked(const struct list *node)
{
	return node->next != node;
}

struct list *list_first(const struct list *head)
{
	return list_empty(head) ? NULL : head->next;
}

struct list *list_last(const struct list *head)
{
	return list_empty(head) ? NULL : head->prev;
}

struct list *list_take(struct list *head)
{
	struct list *node = list_first(head);

	if (node)
		list_remove(node);
	return node;
}

void list_move_all(struct list *from, struct list *to)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}
