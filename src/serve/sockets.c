/* Listening sockets: opened by a loader, kept by the supervisor from one configuration to the next. */
#include "serve/inner.h"

#include <string.h>
#include <unistd.h>

#include "serve/systemd.h"

const uint16_t serve_ports[BOARD_LISTENER_COUNT] = {11332, 11333};

const struct serve_socket *serve_sockets_find(const struct serve_sockets *sockets, struct span name)
{
	for (size_t i = 0; i < sockets->n; i++)
		if (span_equal(span_of(sockets->v[i].name), name))
			return &sockets->v[i];
	return NULL;
}

static enum rc add(struct serve_sockets *out, enum board_listener listener, struct span name,
	int fd, struct why *why)
{
	struct serve_socket *socket = &out->v[out->n];

	if (out->n == SERVE_SOCKETS_MOST || name.n >= SERVE_NAME_MOST)
		return why_set(why, RC_LIMIT, "more than %d addresses to listen on",
			SERVE_SOCKETS_MOST);
	out->n++;
	*socket = (struct serve_socket){.listener = listener, .fd = fd};
	memcpy(socket->name, name.p, name.n);
	return RC_OK;
}

/* The socket of one address: the old one, if it listens there already. */
static enum rc open_address(const struct serve_address *address, const struct serve_sockets *old,
	struct span name, int *fd, struct why *why)
{
	const struct serve_socket *found = serve_sockets_find(old, name);

	if (found == NULL)
		return serve_address_listen(address, fd, why);
	*fd = found->fd;
	return RC_OK;
}

static enum rc open_one(enum board_listener listener, const struct serve_address *address,
	const struct serve_sockets *old, struct serve_sockets *out, struct why *why)
{
	struct arena *a = arena_make();
	struct span name = ip_print_socket(a, (const struct sockaddr *)&address->socket);
	enum rc rc;
	int fd = -1;

	if (serve_sockets_find(out, name) != NULL)
		rc = why_set(why, RC_INVALID,
			"%.*s is to be listened on twice: each bind_socket needs an address of its own",
			SPAN_ARG(name));
	else
		rc = open_address(address, old, name, &fd, why);
	if (rc == RC_OK)
		rc = add(out, listener, name, fd, why);
	else if (rc == RC_NOT_FOUND && address->optional)
		rc = RC_OK;
	arena_free(a);
	return rc;
}

/*
 * Sockets that systemd has opened are open in all processes. A unit with several ListenStream= gives them all
 * its one name.
 */
static enum rc take_handed_over(enum board_listener listener, struct span text,
	struct serve_sockets *out, struct why *why)
{
	struct span name = span_from_offset(text, sizeof(SERVE_SYSTEMD_PREFIX) - 1);
	struct arena *a = arena_make();
	int fd;
	enum rc rc = systemd_find_socket(name, &fd, why);

	if (rc == RC_OK)
		rc = add(out, listener, text, fd, why);
	for (size_t i = 0; i < systemd_socket_count() && rc == RC_OK; i++) {
		const struct systemd_socket *other = systemd_socket(i);

		if (other->fd != fd && other->is_listening &&
			span_equal(span_of(other->name), name))
			rc = add(out, listener, arena_printf(a, "%.*s#%zu", SPAN_ARG(text), i),
				other->fd, why);
	}
	arena_free(a);
	return rc;
}

static enum rc open_list(enum board_listener listener, const struct conf_list *list,
	const struct serve_sockets *old, struct serve_sockets *out, struct why *why)
{
	struct serve_address addresses[SERVE_ADDRESSES_MOST];
	enum rc rc = RC_OK;

	for (size_t i = 0; i < list->n && rc == RC_OK; i++) {
		struct span text = span_trim(list->v[i]);
		size_t n;

		if (span_starts(text, SPAN(SERVE_SYSTEMD_PREFIX))) {
			rc = take_handed_over(listener, text, out, why);
			continue;
		}
		n = serve_address_parse(text, serve_ports[listener], addresses, why);
		if (n == 0)
			return RC_INVALID;
		for (size_t k = 0; k < n && rc == RC_OK; k++)
			rc = open_one(listener, &addresses[k], old, out, why);
	}
	return rc;
}

/* Of local sockets that stay: only when nothing can be refused any more, for the old configuration has them. */
static enum rc set_owners(const struct conf_list *list, const struct serve_sockets *old,
	struct why *why)
{
	struct serve_address addresses[SERVE_ADDRESSES_MOST];
	struct arena *a = arena_make();
	enum rc rc = RC_OK;

	for (size_t i = 0; i < list->n && rc == RC_OK; i++) {
		struct span text = span_trim(list->v[i]);

		if (!span_starts(text, SPAN("/")) ||
			serve_address_parse(text, 0, addresses, why) != 1)
			continue;
		if (serve_sockets_find(old,
			    ip_print_socket(a, (const void *)&addresses[0].socket)) != NULL)
			rc = serve_address_set_owner(&addresses[0], why);
	}
	arena_free(a);
	return rc;
}

enum rc serve_sockets_open(const struct serve_settings *settings, const struct serve_sockets *old,
	struct serve_sockets *out, struct why *why)
{
	enum rc rc = RC_OK;

	out->n = 0;
	if (settings->proxy.enabled)
		rc = open_list(BOARD_MILTER, &settings->proxy.sockets, old, out, why);
	if (rc == RC_OK && settings->normal.enabled)
		rc = open_list(BOARD_HTTP, &settings->normal.sockets, old, out, why);
	if (rc == RC_OK && out->n == 0)
		rc = why_set(why, RC_INVALID,
			"there is nothing to listen on: worker.proxy and worker.normal are switched "
			"off or their bind_socket is empty");
	if (rc == RC_OK && settings->proxy.enabled)
		rc = set_owners(&settings->proxy.sockets, old, why);
	if (rc == RC_OK && settings->normal.enabled)
		rc = set_owners(&settings->normal.sockets, old, why);
	if (rc != RC_OK)
		serve_sockets_close(out, old);
	return rc;
}

static bool is_in(const struct serve_sockets *sockets, const struct serve_socket *s)
{
	return sockets != NULL && serve_sockets_find(sockets, span_of(s->name)) != NULL;
}

void serve_sockets_forget(const struct serve_sockets *sockets, const struct serve_sockets *kept)
{
	for (size_t i = 0; i < sockets->n; i++)
		if (!is_in(kept, &sockets->v[i]))
			(void)close(sockets->v[i].fd);
}

void serve_sockets_close(const struct serve_sockets *sockets, const struct serve_sockets *kept)
{
	for (size_t i = 0; i < sockets->n; i++)
		if (!is_in(kept, &sockets->v[i]) && sockets->v[i].name[0] == '/')
			(void)unlink(sockets->v[i].name);
	serve_sockets_forget(sockets, kept);
}

struct span serve_sockets_print(struct arena *a, const struct serve_sockets *sockets)
{
	struct buf text;

	buf_init(&text, a, 4000);
	for (size_t i = 0; i < sockets->n; i++)
		buf_printf(&text, "%s%s on %s", i == 0 ? "" : ", ",
			board_listeners[sockets->v[i].listener], sockets->v[i].name);
	return buf_span(&text);
}
