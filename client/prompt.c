/* Questions to a person at a terminal, which gets its echo back after a Ctrl-C as well. */
#include "prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "clean.h"
#include "errors.h"
#include "files.h"
#include "mem.h"
#include "push.h"

enum { SECRET_MAX = 8192 };

int prompt_confirm(struct client *client, const char *what)
{
	struct text line;
	char answer[64];

	if (client->globals.yes)
		return EXIT_DONE;
	if (client->globals.no_input || !isatty(STDIN_FILENO))
		return error_usage(client, NULL, SAY_NEEDS_YES, "what", what, NULL);
	text_init(&line, &client->mem);
	text_fill(&line, client_say(client, SAY_CONFIRM), "what", what, NULL);
	push_close(client);
	fprintf(stderr, "%s ", line.data);
	if (fgets(answer, sizeof(answer), stdin) != NULL) {
		const char *folded = clean_fold(&client->mem, answer);

		if (strcmp(folded, "y") == 0 || strcmp(folded, "yes") == 0 ||
		    strcmp(folded, "c") == 0 || strcmp(folded, "co") == 0)
			return EXIT_DONE;
	}
	return error_say(client, EXIT_OTHER, SAY_NOT_DONE, NULL);
}

int prompt_choice(struct client *client, enum say question, const char *letters, char *answer)
{
	char line[64];

	push_close(client);
	fprintf(stderr, "%s ", client_say(client, question));
	if (fgets(line, sizeof(line), stdin) != NULL && line[0] != '\0') {
		*answer = clean_lower(line[0]);
		if (*answer != '\n' && strchr(letters, *answer) != NULL)
			return EXIT_DONE;
	}
	return error_say(client, EXIT_OTHER, SAY_NOT_DONE, NULL);
}

/* One line from the terminal, in its own line mode; 0: a signal came first. */
static ssize_t read_line(int tty, int signals, char *line, size_t max)
{
	struct pollfd pollers[2] = {{.fd = tty, .events = POLLIN},
				    {.fd = signals, .events = POLLIN}};

	while (poll(pollers, 2, -1) < 0)
		if (errno != EINTR)
			return -1;
	return pollers[1].revents != 0 ? 0 : read(tty, line, max);
}

/* The question comes when nothing is echoed any more: who is quick would show his answer, and lose it. */
static ssize_t read_hidden(int tty, const char *question, char *line, size_t max)
{
	struct termios before, hidden;
	sigset_t stops, mask;
	int signals;
	ssize_t n;

	if (tcgetattr(tty, &before) != 0)
		return -1;
	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	sigprocmask(SIG_BLOCK, &stops, &mask);
	signals = signalfd(-1, &stops, SFD_CLOEXEC);
	hidden = before;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(tty, TCSAFLUSH, &hidden);
	dprintf(tty, "%s: ", question);
	n = read_line(tty, signals, line, max);
	tcsetattr(tty, TCSAFLUSH, &before);
	close(signals);
	sigprocmask(SIG_SETMASK, &mask, NULL); /* a waiting Ctrl-C ends the program here */
	return n;
}

int prompt_hidden(struct client *client, const char *question, char **secret)
{
	int tty = client->globals.no_input ? -1 : open("/dev/tty", O_RDWR | O_CLOEXEC);
	char line[SECRET_MAX];
	ssize_t n;

	push_close(client);
	if (tty < 0)
		return error_usage(client, NULL, SAY_NEEDS_TERMINAL, NULL);
	n = read_hidden(tty, question, line, sizeof(line) - 1);
	dprintf(tty, "\n");
	close(tty);
	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	*secret = mem_copy(&client->mem, line, strlen(line));
	explicit_bzero(line, sizeof(line));
	return n > 0 ? EXIT_DONE : error_say(client, EXIT_OTHER, SAY_NOT_DONE, NULL);
}

int prompt_secret(struct client *client, enum say question, char **secret)
{
	return prompt_hidden(client, client_say(client, question), secret);
}

/* The next line of stdin, read without a buffer: another secret may follow. */
static ssize_t read_stdin(char *line, size_t max)
{
	size_t n = 0;

	while (n < max && read(STDIN_FILENO, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
	return (ssize_t)n;
}

int prompt_secret_from(struct client *client, const char *file, enum say question, char **secret)
{
	char line[SECRET_MAX + 1];
	size_t n;

	if (file == NULL)
		return prompt_secret(client, question, secret);
	if (strcmp(file, "-") == 0) {
		read_stdin(line, SECRET_MAX);
		*secret = mem_copy(&client->mem, line, strlen(line));
		explicit_bzero(line, sizeof(line));
	} else if (file_read(&client->mem, file, SECRET_MAX, secret, &n) != FILE_READ) {
		return error_say(client, EXIT_OTHER, SAY_CANNOT_READ, "file", file, "why",
				 strerror(errno), NULL);
	}
	(*secret)[strcspn(*secret, "\r\n")] = '\0';
	return EXIT_DONE;
}
