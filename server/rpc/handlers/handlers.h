/* The methods that are not SQL. A handler ends with call_answer or call_refuse, now or later. */
#ifndef CHIBO_RPC_HANDLERS_H
#define CHIBO_RPC_HANDLERS_H

struct call;

void handle_Session_Hello(struct call *call);
void handle_Session_Login(struct call *call);
void handle_Session_Redeem(struct call *call);
void handle_Session_ChangePassword(struct call *call);
void handle_Device_Enrol(struct call *call);
void handle_Watch_Follow(struct call *call);

#endif
