/* chibo: sees to locale, signals and libraries, then runs the command line. */
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "cli.h"

/* Stock Debian has no vi_VN.UTF-8, and under a locale without UTF-8 libsmartcols prints escapes. */
static void set_locale(void)
{
	if (setlocale(LC_ALL, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
	setlocale(LC_NUMERIC, "C");
}

int main(int argc, char **argv)
{
	set_locale();
	signal(SIGPIPE, SIG_IGN);
	if (sodium_init() < 0) {
		fputs("chibo: libsodium\n", stderr);
		return 1;
	}
	return cli_run(argc, argv);
}
