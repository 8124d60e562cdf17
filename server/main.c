/* chibod: reads the command line, prepares the process, serves. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <sodium.h>

#include "command.h"
#include "config.h"
#include "log.h"
#include "server.h"

enum { SPARE_DESCRIPTORS = 128 }; /* database, files, the loop: beside the connections */

/* Connections are worth nothing when the database cannot have its own descriptors. */
static void raise_descriptor_limit(const struct config *config)
{
	rlim_t need = (rlim_t)config->connections_max + SPARE_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		log_fatal(EX_OSERR, "event=refused reason=%s", LOG_TEXT(strerror(errno)));
	if (limit.rlim_cur >= need)
		return;
	limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
	if (limit.rlim_cur < need || setrlimit(RLIMIT_NOFILE, &limit) != 0)
		log_fatal(EX_CONFIG,
			  "event=refused connections_max=%u descriptors_needed=%ju limit=%ju",
			  config->connections_max, (uintmax_t)need, (uintmax_t)limit.rlim_max);
}

static void harden(void)
{
	umask(077);
	signal(SIGPIPE, SIG_IGN); /* pitfalls U6 */
	/* No core file, no ptrace: passwords pass through here. But the leak checker must read
	 * us. */
#ifndef __SANITIZE_ADDRESS__
	prctl(PR_SET_DUMPABLE, 0);
#endif
	if (sodium_init() < 0)
		log_fatal(EX_OSERR, "event=refused reason=\"no random numbers\"");
}

static int serve(const char *path, struct config *config, bool verify)
{
	harden();
	raise_descriptor_limit(config);
	return server_run(path, config, verify);
}

/* ---- The command line ---- */

enum mode { MODE_RUN, MODE_VERIFY, MODE_CHECK, MODE_PRINT };

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"make-key", command_make_key},
	{"pin", command_pin},
	{"make-seal-key", command_make_seal_key},
	{"bootstrap-admin", command_bootstrap_admin},
	{"ledger", command_ledger},
	{"invite-device", command_invite_device},
	{"reset-admin", command_reset_admin},
	{"reseal", command_reseal},
	{"new-history", command_new_history},
};

static void usage(FILE *out)
{
	fputs("usage: chibod [-c FILE] [--verify | --check-config | --print-config]\n"
	      "       chibod make-key FILE      a new private key; prints its pin\n"
	      "       chibod pin FILE           prints the pin of a key\n"
	      "       chibod make-seal-key FILE new keys of the sealed fields, or one more of them\n"
	      "       chibod bootstrap-admin …  one of the first administrators; prints a one-time code\n"
	      "       chibod invite-device …    invites the first computer, or one more when all are lost\n"
	      "       chibod ledger verify …    proves the chains of the ledger; exit 1: broken\n"
	      "       chibod reset-admin …      a new code for one of the highest; prints it\n"
	      "       chibod reseal             puts sealed values under the newest key\n"
	      "       chibod new-history        after a cold copy of the database was put back\n"
	      "\n"
	      "  -c, --config FILE  configuration, default " COMMAND_CONFIG "\n"
	      "  --verify           connect, check every statement, exit: 0 or 78\n"
	      "  --check-config     read the configuration, exit: 0 or 78\n"
	      "  --print-config     print it with every key explained; without -c the defaults\n"
	      "  --version, --help\n",
	      out);
}

static int with_config(enum mode mode, const char *path)
{
	struct config_error error = {""};
	struct config config;
	bool ok;

	if (mode == MODE_PRINT && !path)
		ok = config_init(&config);
	else
		ok = config_load(&config, path ? path : COMMAND_CONFIG, &error);
	if (!ok) {
		fprintf(stderr, "chibod: %s\n", error.text);
		return EX_CONFIG;
	}
	if (mode == MODE_RUN || mode == MODE_VERIFY)
		return serve(path ? path : COMMAND_CONFIG, &config, mode == MODE_VERIFY);
	if (mode == MODE_PRINT)
		ok = config_print(&config, stdout);
	config_free(&config);
	return ok ? EX_OK : EX_IOERR;
}

static int with_options(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"verify", no_argument, NULL, 'v'},
		{"check-config", no_argument, NULL, 'k'},
		{"print-config", no_argument, NULL, 'p'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	enum mode mode = MODE_RUN;
	const char *path = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (option) {
		case 'c': path = optarg; break;
		case 'v': mode = MODE_VERIFY; break;
		case 'k': mode = MODE_CHECK; break;
		case 'p': mode = MODE_PRINT; break;
		case 'V': puts("chibod " CHIBO_VERSION); return EX_OK;
		case 'h': usage(stdout); return EX_OK;
		default: usage(stderr); return EX_USAGE;
		}
	}
	if (optind < argc) {
		usage(stderr);
		return EX_USAGE;
	}
	return with_config(mode, path);
}

int main(int argc, char **argv)
{
	log_open(STDERR_FILENO, LOG_LEVEL_INFO);
	for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return with_options(argc, argv);
}
