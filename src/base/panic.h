/*
 * panic: the end of a process that has found itself wrong. Never for what comes from outside: bad mail
 * is data, a dead neighbour is an `enum rc`.
 */
#ifndef BASE_PANIC_H
#define BASE_PANIC_H

/* Says where and why on stderr, then aborts; a core or a sanitizer report shows the stack. */
void panic_at(const char *file, int line, const char *format, ...)
	__attribute__((noreturn, cold, format(printf, 3, 4)));

#define panic(...) panic_at(__FILE__, __LINE__, __VA_ARGS__)

/* An assert that stays on in release builds. */
#define must(condition)                                                                            \
	do {                                                                                       \
		if (__builtin_expect(!(condition), 0))                                             \
			panic("this must hold: %s", #condition);                                   \
	} while (0)

/* The number of elements of an array, not of a pointer. */
#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
