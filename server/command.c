/* What chibod does besides serving: keys, pins, the first administrators and their way back, proof of the
 * ledger. */
#include "command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>

#include <sodium.h>

#include "admin_ask.h"
#include "bootstrap.h"
#include "config.h"
#include "internal.pb-c.h"
#include "invite.h"
#include "ledger_verify.h"
#include "seal.h"
#include "tls.h"

static int print_pin(const char *key_file)
{
	uint8_t pin[TLS_PIN];
	char text[TLS_PIN_TEXT];

	if (!tls_key_pin(key_file, pin)) {
		fprintf(stderr, "chibod: %s: not a private key that can be read\n", key_file);
		return EX_NOINPUT;
	}
	tls_pin_print(pin, text);
	puts(text);
	return EX_OK;
}

int command_make_key(int argc, char **argv)
{
	struct tls_error error;

	if (argc != 2) {
		fputs("usage: chibod make-key FILE\n", stderr);
		return EX_USAGE;
	}
	umask(077);
	if (!tls_key_create(argv[1], &error)) {
		fprintf(stderr, "chibod: %s\n", error.text);
		return EX_CANTCREAT;
	}
	return print_pin(argv[1]);
}

int command_pin(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: chibod pin FILE\n", stderr);
		return EX_USAGE;
	}
	return print_pin(argv[1]);
}

int command_make_seal_key(int argc, char **argv)
{
	struct seal_error error;
	uint32_t id;

	if (argc != 2) {
		fputs("usage: chibod make-seal-key FILE\n", stderr);
		return EX_USAGE;
	}
	umask(077);
	if (sodium_init() < 0) {
		fputs("chibod: no random numbers\n", stderr);
		return EX_OSERR;
	}
	if (!seal_keys_make(argv[1], &id, &error)) {
		fprintf(stderr, "chibod: %s\n", error.text);
		return EX_CANTCREAT;
	}
	printf("key %u\n", id);
	return EX_OK;
}

static int bootstrap_usage(void)
{
	fputs("usage: chibod bootstrap-admin [-c FILE] [--role SA|DH|DS] --login-name NAME\n"
	      "         --family-name NAME --given-name NAME\n"
	      "         [--unit-code CODE --unit-name NAME [--founded-on DATE]]\n"
	      "\n"
	      "Appoints the first holder of a role at the root; prints a one-time code. A new district\n"
	      "needs three people, one for each role: SA (the default) makes accounts, DH drafts grants,\n"
	      "DS confirms them. The first run makes the root unit and needs its code and name.\n",
	      stderr);
	return EX_USAGE;
}

static bool read_bootstrap(int argc, char **argv, struct bootstrap_fields *fields,
			   const char **config)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"role", required_argument, NULL, 'r'},
		{"login-name", required_argument, NULL, 'l'},
		{"family-name", required_argument, NULL, 'f'},
		{"given-name", required_argument, NULL, 'g'},
		{"unit-code", required_argument, NULL, 'u'},
		{"unit-name", required_argument, NULL, 'n'},
		{"founded-on", required_argument, NULL, 'd'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		switch (option) {
		case 'c': *config = optarg; break;
		case 'r': fields->role = optarg; break;
		case 'l': fields->login_name = optarg; break;
		case 'f': fields->family_name = optarg; break;
		case 'g': fields->given_name = optarg; break;
		case 'u': fields->unit_code = optarg; break;
		case 'n': fields->unit_name = optarg; break;
		case 'd': fields->founded_on = optarg; break;
		default: return false;
		}
	}
	return optind == argc && fields->login_name && fields->family_name && fields->given_name;
}

int command_bootstrap_admin(int argc, char **argv)
{
	struct bootstrap_fields fields = {.role = "SA"};
	const char *path = COMMAND_CONFIG;
	struct config_error error;
	struct config config;
	int code;

	if (!read_bootstrap(argc, argv, &fields, &path))
		return bootstrap_usage();
	if (!config_load(&config, path, &error)) {
		fprintf(stderr, "chibod: %s\n", error.text);
		return EX_CONFIG;
	}
	code = bootstrap(config.admin_socket, &fields);
	config_free(&config);
	return code;
}

/* ---- chibod ledger verify ---- */

static const char verifier[] = "chibo_verify";

static int ledger_usage(void)
{
	fprintf(stderr,
		"usage: chibod ledger verify [-c FILE | --host DIR --dbname NAME [--port N]] [--user NAME]\n"
		"Reads the whole ledger as %s, which may read that and nothing else. Prints position and head\n"
		"of every feed; exit 1 names the first position that is broken.\n",
		verifier);
	return EX_USAGE;
}

static bool read_port(const char *text, unsigned *port)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	*port = (unsigned)value;
	return *text != '\0' && *end == '\0' && value >= 1 && value <= 65535;
}

/* `config` stays NULL where the place is given by host and database. */
static bool read_source(int argc, char **argv, struct ledger_source *source, const char **config)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'}, {"host", required_argument, NULL, 'h'},
		{"port", required_argument, NULL, 'p'},   {"dbname", required_argument, NULL, 'd'},
		{"user", required_argument, NULL, 'u'},   {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		switch (option) {
		case 'c': *config = optarg; break;
		case 'h': source->host = optarg; break;
		case 'd': source->dbname = optarg; break;
		case 'u': source->user = optarg; break;
		case 'p':
			if (read_port(optarg, &source->port))
				break;
			return false;
		default: return false;
		}
	}
	if (!source->host && !source->dbname && !source->port && !*config)
		*config = COMMAND_CONFIG;
	return optind == argc && !*config == (source->host && source->dbname);
}

static int verify_configured(const char *path, struct ledger_source *source)
{
	struct config_error error;
	struct config config;
	int code;

	if (!config_load(&config, path, &error)) {
		fprintf(stderr, "chibod: %s\n", error.text);
		return EX_CONFIG;
	}
	source->host = config.db_host;
	source->port = config.db_port;
	source->dbname = config.db_name;
	code = ledger_verify(source);
	config_free(&config);
	return code;
}

int command_ledger(int argc, char **argv)
{
	struct ledger_source source = {.user = verifier};
	const char *config = NULL;

	if (argc < 2 || strcmp(argv[1], "verify") != 0 || !read_source(argc - 1, argv + 1, &source, &config))
		return ledger_usage();
	if (config)
		return verify_configured(config, &source);
	if (!source.port)
		source.port = 5432;
	return ledger_verify(&source);
}

/* ---- chibod reset-admin ---- */

static int reset_usage(void)
{
	fputs("usage: chibod reset-admin [-c FILE] --login-name NAME\n"
	      "       a code for an account that acts as SA, DH or DS; it holds for 30 minutes, and all\n"
	      "       sessions of the account end. Others are reset by chibo account invite.\n",
	      stderr);
	return EX_USAGE;
}

int command_reset_admin(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"login-name", required_argument, NULL, 'l'},
		{NULL, 0, NULL, 0},
	};
	const char *path = COMMAND_CONFIG, *login_name = NULL;
	struct config_error error;
	struct config config;
	int option, code;

	while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		switch (option) {
		case 'c': path = optarg; break;
		case 'l': login_name = optarg; break;
		default: return reset_usage();
		}
	}
	if (optind != argc || !login_name)
		return reset_usage();
	if (!config_load(&config, path, &error)) {
		fprintf(stderr, "chibod: %s\n", error.text);
		return EX_CONFIG;
	}
	code = reset_admin(config.admin_socket, login_name);
	config_free(&config);
	return code;
}

/* ---- chibod invite-device ---- */

static int invite_usage(void)
{
	fputs("usage: chibod invite-device [-c FILE] --login-name NAME --address HOST:PORT --name TEXT\n"
	      "         [--unit-code CODE]\n"
	      "\n"
	      "Invites a computer at the root, or at a unit, in the name of an account that acts as SA, DH\n"
	      "or DS; prints a string that works once, for 15 minutes: chibo enrol 'STRING'. For the first\n"
	      "computer, and for the day when all are lost; others are invited by chibo device invite.\n"
	      "The address is the one by which the new computer reaches this server.\n",
	      stderr);
	return EX_USAGE;
}

static bool read_invite(int argc, char **argv, struct invite_fields *fields, const char **config)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},    {"login-name", required_argument, NULL, 'l'},
		{"address", required_argument, NULL, 'a'},   {"name", required_argument, NULL, 'n'},
		{"unit-code", required_argument, NULL, 'u'}, {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		switch (option) {
		case 'c': *config = optarg; break;
		case 'l': fields->login_name = optarg; break;
		case 'a': fields->address = optarg; break;
		case 'n': fields->name = optarg; break;
		case 'u': fields->unit_code = optarg; break;
		default: return false;
		}
	}
	return optind == argc && fields->login_name && fields->address && fields->name;
}

int command_invite_device(int argc, char **argv)
{
	struct invite_fields fields = {0};
	const char *path = COMMAND_CONFIG;
	struct config_error error;
	struct config config;
	int code;

	if (!read_invite(argc, argv, &fields, &path))
		return invite_usage();
	if (!config_load(&config, path, &error)) {
		fprintf(stderr, "chibod: %s\n", error.text);
		return EX_CONFIG;
	}
	code = invite_device(config.admin_socket, config.tls_key_file, &fields);
	config_free(&config);
	return code;
}

/* ---- chibod reseal ---- */

static const char *param(const struct refusal *answer, const char *name)
{
	for (unsigned i = 0; i < answer->n_params; i++)
		if (strcmp(answer->params[i].name, name) == 0)
			return answer->params[i].value;
	return "0";
}

/* Batch by batch, with a rest between them for everybody else; stopped anywhere, it goes on from there. */
static int reseal(const char *admin_socket)
{
	static const struct timespec rest = {.tv_nsec = 50000000L};
	const Chibo__Internal__ResealBatchRequest request = CHIBO__INTERNAL__RESEAL_BATCH_REQUEST__INIT;
	struct refusal answer = {0};
	unsigned long values = 0;
	int code;

	while ((code = admin_ask_for(admin_socket, "Reseal", &request.base, &answer)) == EX_OK) {
		values += strtoul(param(&answer, "sealed"), NULL, 10);
		printf("key %s: %lu values sealed again, %s records left\n", param(&answer, "key"), values,
		       param(&answer, "left"));
		(void)fflush(stdout);
		if (strcmp(param(&answer, "left"), "0") == 0)
			return EX_OK;
		nanosleep(&rest, NULL);
	}
	return code;
}

/* The socket of commands that take no more than a configuration. False: *code says what to exit with. */
static bool read_socket(int argc, char **argv, const char *usage, struct config *config, int *code)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'}, {NULL, 0, NULL, 0}};
	const char *path = COMMAND_CONFIG;
	struct config_error error;
	int option;

	while ((option = getopt_long(argc, argv, "c:", options, NULL)) == 'c')
		path = optarg;
	if (option != -1 || optind != argc) {
		fputs(usage, stderr);
		*code = EX_USAGE;
		return false;
	}
	if (!config_load(config, path, &error)) {
		fprintf(stderr, "chibod: %s\n", error.text);
		*code = EX_CONFIG;
		return false;
	}
	return true;
}

int command_reseal(int argc, char **argv)
{
	struct config config;
	int code;

	if (!read_socket(argc, argv,
			 "usage: chibod reseal [-c FILE]\n"
			 "       puts all sealed values under the newest key of the running server\n",
			 &config, &code))
		return code;
	code = reseal(config.admin_socket);
	config_free(&config);
	return code;
}

/* ---- chibod new-history ---- */

int command_new_history(int argc, char **argv)
{
	const Chibo__Internal__NewHistoryRequest request = CHIBO__INTERNAL__NEW_HISTORY_REQUEST__INIT;
	struct config config;
	int code;

	if (!read_socket(argc, argv,
			 "usage: chibod new-history [-c FILE]\n"
			 "       tells the running server that its database was put back from a cold copy of its files:\n"
			 "       computers of wards then offer again what they had sent since, and compare what they keep.\n"
			 "       After pg_restore, recovery or promotion the server sees it by itself.\n",
			 &config, &code))
		return code;
	code = admin_ask(config.admin_socket, "NewHistory", &request.base);
	config_free(&config);
	if (code == EX_OK)
		puts("a new history has begun");
	return code;
}
