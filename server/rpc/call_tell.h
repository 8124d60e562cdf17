/* What others learn from a call that has committed. */
#ifndef CHIBO_RPC_CALL_TELL_H
#define CHIBO_RPC_CALL_TELL_H

struct call;

/* Computers that may connect from now on, streams that shall look. Before the reply goes out. */
void call_tell(struct call *call);

#endif
