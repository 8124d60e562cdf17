/* What chibod does besides serving. Each returns an exit code of sysexits; 1 is a ledger that is broken. */
#ifndef CHIBO_COMMAND_H
#define CHIBO_COMMAND_H

#define COMMAND_CONFIG "/etc/chibo/chibod.conf"

/* argv[0] is the command's own name. */
int command_make_key(int argc, char **argv);
int command_pin(int argc, char **argv);
int command_make_seal_key(int argc, char **argv);
int command_bootstrap_admin(int argc, char **argv);
int command_ledger(int argc, char **argv);
int command_invite_device(int argc, char **argv);
int command_reset_admin(int argc, char **argv);
int command_reseal(int argc, char **argv);
int command_new_history(int argc, char **argv);

#endif
