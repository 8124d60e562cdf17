/* An intrusive doubly linked list: the nodes are members of the things listed. */
#ifndef CHIBO_BASE_LIST_H
#define CHIBO_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A ring. The head is a node that no item owns; a node alone points to itself. */
struct list {
	struct list *next;
	struct list *prev;
};

/* The item that holds `pointer` as its `member`. */
#define CONTAINER_OF(pointer, type, member) \
	((type *)(void *)((char *)(pointer) - offsetof(type, member)))

/* `node` is a struct list * of the caller. The body must not remove it; LIST_EACH_SAFE may. */
#define LIST_EACH(node, head) \
	for ((node) = (head)->next; (node) != (head); (node) = (node)->next)
#define LIST_EACH_SAFE(node, after, head) \
	for ((node) = (head)->next, (after) = (node)->next; (node) != (head); \
	     (node) = (after), (after) = (node)->next)

/* For heads and for nodes: a node must be initialised before list_remove or list_linked sees it. */
void list_init(struct list *list);
bool list_empty(const struct list *head);
void list_append(struct list *head, struct list *node);
void list_prepend(struct list *head, struct list *node);
/* Leaves the node alone, ready to be added again; removing a lone node does nothing. */
void list_remove(struct list *node);
bool list_linked(const struct list *node);
/* NULL when empty. */
struct list *list_first(const struct list *head);
struct list *list_last(const struct list *head);
/* First node, removed; NULL when empty. */
struct list *list_take(struct list *head);
/* Moves all nodes to the end of `to`. */
void list_move_all(struct list *from, struct list *to);

#endif
