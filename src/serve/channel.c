/* Notes are packets of a local socket: a byte for the word, then the text. */
#include "serve/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

bool channel_make(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0;
}

bool channel_send(int channel, enum channel_word word, struct span text, int fd)
{
	char first = (char)word;
	struct iovec parts[] = {
		{.iov_base = &first, .iov_len = 1},
		{.iov_len = text.n},
	};
	struct msghdr packet = {.msg_iov = parts, .msg_iovlen = 2};
	union control control = {0};

	must(text.n <= CHANNEL_TEXT_MOST);
	/* sendmsg() only reads what it is given */
	memcpy(&parts[1].iov_base, &text.p, sizeof(text.p));
	if (fd != -1) {
		packet.msg_control = control.bytes;
		packet.msg_controllen = sizeof(control.bytes);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	return sendmsg(channel, &packet, MSG_NOSIGNAL) != -1;
}

enum channel_state channel_receive(int channel, struct channel_note *out)
{
	char first = 0;
	struct iovec parts[] = {
		{.iov_base = &first, .iov_len = 1},
		{.iov_base = out->text, .iov_len = sizeof(out->text)},
	};
	union control control = {0};
	struct msghdr packet = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n;

	do
		n = recvmsg(channel, &packet, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno == EAGAIN)
		return CHANNEL_NOTHING;
	if (n <= 0)
		return CHANNEL_GONE;
	out->word = (enum channel_word)first;
	out->n = (size_t)n - 1;
	out->fd = -1;
	if (packet.msg_controllen >= CMSG_LEN(sizeof(int)) &&
		control.header.cmsg_type == SCM_RIGHTS)
		memcpy(&out->fd, CMSG_DATA(&control.header), sizeof(out->fd));
	return CHANNEL_NOTE;
}
