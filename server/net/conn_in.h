/* Between the halves of a conn: its machine (conn.c) and its way in (conn_in.c). Nobody else
 * includes this. */
#ifndef CHIBO_NET_CONN_IN_H
#define CHIBO_NET_CONN_IN_H

#include "conn.h"

struct refusal;

/* conn.c */
void conn_tick(struct conn *conn);
/* Ticks it after the callbacks of this turn of the loop. */
void conn_wake(struct conn *conn);
/* For where closing has to wait, because TLS or dispatch is up the stack: the next tick
 * carries it out. */
void conn_condemn(struct conn *conn, enum conn_verdict verdict, enum conn_end end,
		  const char *detail);
void conn_send_notice(struct conn *conn, const struct refusal *refusal);

/* conn_in.c */
void conn_on_plain(void *owner, const uint8_t *bytes, size_t n);
/* Idempotent. */
void conn_set_reading(struct conn *conn, bool reading);
/* A slow reader and too many calls both stop the reading. */
bool conn_may_take(const struct conn *conn);
/* Cuts frames from the inbox and dispatches them: a turn's worth. */
void conn_take_frames(struct conn *conn);
void conn_forget_inbox(struct conn *conn);
/* Sets or clears CONN_BY_FRAME, as the frame under way asks. */
void conn_watch_frame(struct conn *conn);
void conn_by_frame(struct deadline *deadline);

#endif
