/* What chibod does besides serving: keys, pins, the first administrator. */
#include "command.h"

#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "bootstrap.h"
#include "config.h"
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

static int bootstrap_usage(void)
{
	fputs("usage: chibod bootstrap-admin [-c FILE] --login-name NAME --family-name NAME\n"
	      "         --given-name NAME --unit-code CODE --unit-name NAME [--founded-on DATE]\n",
	      stderr);
	return EX_USAGE;
}

static bool read_bootstrap(int argc, char **argv, struct bootstrap_fields *fields,
			   const char **config)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
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
		case 'l': fields->login_name = optarg; break;
		case 'f': fields->family_name = optarg; break;
		case 'g': fields->given_name = optarg; break;
		case 'u': fields->unit_code = optarg; break;
		case 'n': fields->unit_name = optarg; break;
		case 'd': fields->founded_on = optarg; break;
		default: return false;
		}
	}
	return optind == argc && fields->login_name && fields->family_name && fields->given_name &&
	       fields->unit_code && fields->unit_name;
}

int command_bootstrap_admin(int argc, char **argv)
{
	struct bootstrap_fields fields = {0};
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
