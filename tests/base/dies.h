/* Whether a function ends its process by a panic: it runs in a child whose stderr is read. */
#ifndef TESTS_BASE_DIES_H
#define TESTS_BASE_DIES_H

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* True when `act` aborts and what it says on stderr holds `saying`. */
static bool dies(void (*act)(void), const char *saying)
{
	char text[4096] = "";
	size_t n = 0;
	ssize_t got;
	int ends[2], status = 0;
	pid_t child;

	must(pipe(ends) == 0);
	child = fork();
	must(child != -1);
	if (child == 0) {
		/* cmocka would catch the signal */
		(void)signal(SIGABRT, SIG_DFL);
		(void)dup2(ends[1], STDERR_FILENO);
		act();
		_exit(0);
	}
	(void)close(ends[1]);
	while ((got = read(ends[0], text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	(void)close(ends[0]);
	must(waitpid(child, &status, 0) == child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
		strstr(text, "winnow: panic at ") != NULL && strstr(text, saying) != NULL;
}

#endif
