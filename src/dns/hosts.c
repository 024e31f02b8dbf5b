/*
 * Names of our own configuration, looked up in a process of their own.
 *
 * DESIGN: one writer and many readers over a page of shared memory. Each name has a counter that is odd while its
 * addresses are written: a reader that sees it odd or changed reads again, so that nobody ever waits for a
 * process that was stopped in the middle of writing. A pipe to each worker was rejected: workers come and go.
 *
 * Whoever has the page can write to it, also a worker that a message has taken over. So nothing on it decides where
 * memory is written or which name is looked up: names and their number are each process's own.
 */
#include "dns/hosts.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum { NAME_MOST = 253, READS_MOST = 100 };

/* What is shared of a name. */
struct shared {
	_Atomic uint32_t changes;
	_Atomic uint32_t n;
	/* in two halves, so that a torn one is no undefined behaviour */
	_Atomic uint64_t addresses[DNS_HOST_ADDRESSES_MOST][2];
};

struct host {
	char name[NAME_MOST + 1];
	bool has_failed; /* of the process that looks */
	struct shared *shared;
};

enum { SHARED_BYTES = DNS_HOSTS_MOST * sizeof(struct shared) };

/* A process that forks gives the other one a copy. */
struct dns_hosts {
	size_t n;
	struct host v[DNS_HOSTS_MOST];
	struct shared *page;
};

static void *map_memory(size_t size, int kind)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		panic("no memory for the addresses of hosts: %s", strerror(errno));
	return memory;
}

struct dns_hosts *dns_hosts_make(const struct span *names, size_t n)
{
	struct dns_hosts *hosts = map_memory(sizeof(*hosts), MAP_PRIVATE);

	hosts->page = map_memory(SHARED_BYTES, MAP_SHARED);
	for (size_t i = 0; i < n && hosts->n < DNS_HOSTS_MOST; i++) {
		struct host *host = &hosts->v[hosts->n];

		if (names[i].n == 0 || names[i].n > NAME_MOST || span_has_byte(names[i], '\0'))
			continue;
		memcpy(host->name, names[i].p, names[i].n);
		host->shared = &hosts->page[hosts->n++];
	}
	return hosts;
}

void dns_hosts_free(struct dns_hosts *hosts)
{
	if (hosts == NULL)
		return;
	(void)munmap(hosts->page, SHARED_BYTES);
	(void)munmap(hosts, sizeof(*hosts));
}

size_t dns_hosts_count(const struct dns_hosts *hosts)
{
	return hosts->n;
}

/* ---- who looks ---- */

static bool take_address(const struct sockaddr *address, struct ip *out)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	*out = (struct ip){.bytes = {[10] = 0xff, [11] = 0xff}};
	if (address->sa_family == AF_INET)
		memcpy(out->bytes + 12, &v4->sin_addr, 4);
	else if (address->sa_family == AF_INET6)
		memcpy(out->bytes, &v6->sin6_addr, 16);
	else
		return false;
	return true;
}

static size_t look_up(const char *name, struct ip out[DNS_HOST_ADDRESSES_MOST])
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	size_t n = 0;

	if (ip_parse(span_of(name), &out[0]))
		return 1;
	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return 0;
	for (const struct addrinfo *i = found; i != NULL && n < DNS_HOST_ADDRESSES_MOST;
		i = i->ai_next)
		n += take_address(i->ai_addr, &out[n]);
	freeaddrinfo(found);
	return n;
}

static void write_host(struct shared *host, const struct ip *addresses, size_t n)
{
	atomic_fetch_add(&host->changes, 1);
	for (size_t i = 0; i < n; i++) {
		uint64_t halves[2];

		memcpy(halves, addresses[i].bytes, sizeof(halves));
		atomic_store(&host->addresses[i][0], halves[0]);
		atomic_store(&host->addresses[i][1], halves[1]);
	}
	atomic_store(&host->n, (uint32_t)n);
	atomic_fetch_add(&host->changes, 1);
}

void dns_hosts_look(struct dns_hosts *hosts)
{
	for (size_t i = 0; i < hosts->n; i++) {
		struct ip addresses[DNS_HOST_ADDRESSES_MOST];
		size_t n = look_up(hosts->v[i].name, addresses);

		hosts->v[i].has_failed = n == 0;
		if (n > 0)
			write_host(hosts->v[i].shared, addresses, n);
	}
}

int dns_hosts_run(struct dns_hosts *hosts, int stop_fd)
{
	struct pollfd fd = {.fd = stop_fd, .events = POLLIN};

	/* one that was killed while it wrote has left the counter odd */
	for (size_t i = 0; i < hosts->n; i++)
		if (atomic_load(&hosts->v[i].shared->changes) % 2 == 1)
			atomic_fetch_add(&hosts->v[i].shared->changes, 1);
	for (;;) {
		int pause = DNS_HOSTS_AGAIN;

		dns_hosts_look(hosts);
		for (size_t i = 0; i < hosts->n; i++)
			if (hosts->v[i].has_failed)
				pause = DNS_HOSTS_AGAIN_FAILED;
		if (poll(&fd, 1, pause * 1000) > 0)
			return 0;
	}
}

/* ---- who asks ---- */

static bool read_host(const struct shared *host, struct ip out[DNS_HOST_ADDRESSES_MOST], size_t *n)
{
	uint32_t before = atomic_load(&host->changes);

	*n = atomic_load(&host->n);
	if (*n > DNS_HOST_ADDRESSES_MOST)
		*n = DNS_HOST_ADDRESSES_MOST;
	for (size_t i = 0; i < *n; i++) {
		uint64_t halves[2] = {atomic_load(&host->addresses[i][0]),
			atomic_load(&host->addresses[i][1])};

		memcpy(out[i].bytes, halves, sizeof(halves));
	}
	return before % 2 == 0 && atomic_load(&host->changes) == before;
}

size_t dns_hosts_find(const struct dns_hosts *hosts, struct span name,
	struct ip out[DNS_HOST_ADDRESSES_MOST])
{
	size_t n = 0;

	if (ip_parse(name, &out[0]))
		return 1;
	for (size_t i = 0; i < hosts->n; i++) {
		if (!span_equal(span_of(hosts->v[i].name), name))
			continue;
		for (int reads = 0; reads < READS_MOST; reads++)
			if (read_host(hosts->v[i].shared, out, &n))
				return n;
		return 0;
	}
	return 0;
}
