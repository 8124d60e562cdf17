/* Commands made by hand, where a person needs more than one call gives. */
#ifndef CHIBO_CLIENT_HAND_H
#define CHIBO_CLIENT_HAND_H

#include "args.h"
#include "client.h"

/* Each takes its parsed options and words, and returns the exit code. */
int login_run(struct client *client, const struct args *args);
int logout_run(struct client *client, const struct args *args);
int change_password_run(struct client *client, const struct args *args);
int status_run(struct client *client, const struct args *args);
int grant_use_run(struct client *client, const struct args *args);
int context_add_run(struct client *client, const struct args *args);
int context_use_run(struct client *client, const struct args *args);
int context_list_run(struct client *client, const struct args *args);
int context_remove_run(struct client *client, const struct args *args);
int import_member_run(struct client *client, const struct args *args);
int enrol_run(struct client *client, const struct args *args);
int history_run(struct client *client, const struct args *args);
int minutes_print_run(struct client *client, const struct args *args);
int ledger_check_run(struct client *client, const struct args *args);
int conflict_list_run(struct client *client, const struct args *args);
int conflict_show_run(struct client *client, const struct args *args);
int conflict_resolve_run(struct client *client, const struct args *args);
int sync_run(struct client *client, const struct args *args);
int sync_verify_run(struct client *client, const struct args *args);
int watch_run(struct client *client, const struct args *args);
int completion_bash_run(struct client *client, const struct args *args);

#endif
