/*
 * seccomp: the system calls that a process has left.
 *
 * DESIGN: a list of what is allowed, not of what is forbidden: a call that comes with the next kernel is not in
 * it. What a library tries and can do without fails with EPERM, so that an update of it does not end workers;
 * what nothing but an intruder tries ends the process, so that the log shows it. Names go to libseccomp as text,
 * for a machine may lack some of them.
 */
#include "serve/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/sandbox_inner.h"

enum { NAME_MOST = 32 };

/* ---- lists ---- */

struct calls {
	const char *what;
	const char *names;
};

static const struct calls everybody[] = {
	{"memory", "brk madvise membarrier mremap munmap"},
	{"descriptors that are there",
		"close dup dup2 dup3 fcntl fdatasync fstat fsync lseek pread64 pwrite64 read readv "
		"write writev"},
	{"the loop",
		"epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd2 pipe2 poll "
		"ppoll pselect6 select signalfd4 timerfd_create timerfd_gettime timerfd_settime"},
	{"sockets that are there, and who comes in by them",
		"accept accept4 getpeername getsockname getsockopt recvfrom recvmmsg recvmsg "
		"sendmmsg sendmsg sendto setsockopt shutdown"},
	{"time",
		"clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep "
		"setitimer time"},
	{"the C library's locks",
		"futex get_robust_list rseq sched_getaffinity sched_yield set_robust_list "
		"set_tid_address"},
	{"signals to ourselves",
		"restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn "
		"rt_sigsuspend rt_sigtimedwait sigaltstack"},
	{"who and where we are",
		"getegid geteuid getgid getgroups getpid getppid getrandom getresgid getresuid "
		"getrlimit getrusage gettid getuid sysinfo times uname"},
	{"the end", "exit exit_group"},
};

static const struct calls keeper[] = {
	{"files of the state folder; which ones, Landlock says",
		"access chmod chown faccessat faccessat2 fallocate fchmod fchmodat fchown fchownat "
		"flock fstatfs ftruncate getcwd getdents64 lchown lstat mkdir mkdirat newfstatat "
		"open openat openat2 readlink readlinkat rename renameat renameat2 rmdir stat "
		"statfs statx umask unlink unlinkat utimensat"},
	{"its socket; which kind, see allow_keeper()", "bind connect listen"},
};

static const struct calls resolver[] = {
	{"its sockets; which kinds, see allow_resolver(); none listens", "bind connect"},
};

static const struct calls sanitizer[] = {
	{"LeakSanitizer and the printing of stacks",
		"arch_prctl getcwd getdents getdents64 lstat mmap mprotect newfstatat open openat "
		"prctl ptrace readlink readlinkat stat statx wait4"},
};

static const struct calls deadly[] = {
	{"other programs", "execve execveat"},
	{"other processes", "kcmp pidfd_getfd process_vm_readv process_vm_writev ptrace"},
	{"views of files",
		"chroot fsconfig fsmount fsopen mount move_mount open_by_handle_at open_tree "
		"pivot_root setns umount2 unshare"},
	{"the kernel",
		"bpf delete_module finit_module init_module io_uring_setup kexec_file_load "
		"kexec_load perf_event_open userfaultfd"},
	{"the machine",
		"adjtimex clock_settime ioperm iopl reboot setdomainname sethostname settimeofday "
		"swapoff swapon"},
	{"keys", "add_key keyctl request_key"},
	{"other rights",
		"capset setfsgid setfsuid setgid setgroups setregid setresgid setresuid setreuid "
		"setuid"},
};

/* ---- rules ---- */

/* What is to happen to these calls; names that this machine does not have are passed over. */
static int add_list(scmp_filter_ctx filter, uint32_t action, const struct calls *lists, size_t n)
{
	int error = 0;

	for (size_t i = 0; i < n; i++)
		for (struct span rest = span_of(lists[i].names), name;
			error == 0 && span_next(&rest, ' ', &name);) {
			char text[NAME_MOST] = "";
			int call;

			must(name.n < sizeof(text));
			memcpy(text, name.p, name.n);
			call = seccomp_syscall_resolve_name(text);
			if (call != __NR_SCMP_ERROR)
				error = seccomp_rule_add(filter, action, call, 0);
			/* allowed to sanitizers before */
			if (error == -EEXIST)
				error = 0;
		}
	return error;
}

static int allow_list(scmp_filter_ctx filter, const struct calls *lists, size_t n)
{
	return add_list(filter, SCMP_ACT_ALLOW, lists, n);
}

/* A call that is allowed only when the argument, cut to the mask, has the value. */
struct condition {
	int call;
	unsigned argument;
	uint64_t mask, value;
};

static int allow_when(scmp_filter_ctx filter, const struct condition *rows, size_t n)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < n; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, rows[i].call, 1,
			SCMP_CMP(rows[i].argument, SCMP_CMP_MASKED_EQ, rows[i].mask,
				rows[i].value));
	return error;
}

/* What is harmless with some arguments only. */
static int allow_some(scmp_filter_ctx filter)
{
	const uint64_t self = (uint64_t)getpid(), all = UINT32_MAX;
	const struct condition rows[] = {
		/*
		 * fstat() of the C library is newfstatat() of a descriptor. With a path behind the same flag it
		 * tells sizes and times of files, which a filter cannot tell apart; it opens nothing.
		 */
		{SCMP_SYS(newfstatat), 3, AT_EMPTY_PATH, AT_EMPTY_PATH},
		/* what libevent asks a socket for */
		{SCMP_SYS(ioctl), 1, all, FIONREAD},
		{SCMP_SYS(ioctl), 1, all, FIONBIO},
		/* abort() and raise() */
		{SCMP_SYS(kill), 0, all, self},
		{SCMP_SYS(tgkill), 0, all, self},
		/* limits of ourselves */
		{SCMP_SYS(prlimit64), 0, all, 0},
	};
	static const struct scmp_arg_cmp stream_pair[] = {
		{.arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_UNIX},
		{.arg = 1, .op = SCMP_CMP_MASKED_EQ, .datum_a = 0xf, .datum_b = SOCK_STREAM},
	};
	int error = allow_when(filter, rows, ARRAY_LEN(rows));

	if (error != 0)
		return error;
	/* a pair of streams leads nowhere else; one of datagrams could send to any local socket */
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(socketpair),
		ARRAY_LEN(stream_pair), stream_pair);
}

/* Memory that holds data, never code that came in with a message. */
static int allow_memory(scmp_filter_ctx filter)
{
	static const struct condition rows[] = {
		{SCMP_SYS(mmap), 2, PROT_EXEC, 0},
		{SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
	};

	return allow_when(filter, rows, ARRAY_LEN(rows));
}

static int allow_sanitizer(scmp_filter_ctx filter)
{
	/* its thread; a process of its own is still refused */
	static const struct condition rows[] = {
		{SCMP_SYS(clone), 0, CLONE_VM | CLONE_FILES, CLONE_VM | CLONE_FILES},
	};
	int error = allow_when(filter, rows, ARRAY_LEN(rows));

	return error != 0 ? error : allow_list(filter, sanitizer, ARRAY_LEN(sanitizer));
}

static int allow_keeper(scmp_filter_ctx filter)
{
	static const struct condition rows[] = {{SCMP_SYS(socket), 0, UINT32_MAX, AF_UNIX}};
	int error = allow_when(filter, rows, ARRAY_LEN(rows));

	return error != 0 ? error : allow_list(filter, keeper, ARRAY_LEN(keeper));
}

/*
 * TCP and UDP of the internet. Landlock says where TCP may lead to, and nothing of any other stream: MPTCP would lead
 * around it. Where datagrams go only a firewall can say.
 */
static int allow_resolver(scmp_filter_ctx filter)
{
	static const struct {
		int family, type, protocol;
	} kinds[] = {
		{AF_INET, SOCK_STREAM, 0},
		{AF_INET, SOCK_STREAM, IPPROTO_TCP},
		{AF_INET, SOCK_DGRAM, 0},
		{AF_INET, SOCK_DGRAM, IPPROTO_UDP},
		{AF_INET6, SOCK_STREAM, 0},
		{AF_INET6, SOCK_STREAM, IPPROTO_TCP},
		{AF_INET6, SOCK_DGRAM, 0},
		{AF_INET6, SOCK_DGRAM, IPPROTO_UDP},
	};
	int error = 0;

	for (size_t i = 0; error == 0 && i < ARRAY_LEN(kinds); i++) {
		const struct scmp_arg_cmp socket[] = {
			{.arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)kinds[i].family},
			{.arg = 1,
				.op = SCMP_CMP_MASKED_EQ,
				.datum_a = 0xf,
				.datum_b = (scmp_datum_t)kinds[i].type},
			{.arg = 2, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)kinds[i].protocol},
		};

		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket),
			ARRAY_LEN(socket), socket);
	}
	return error != 0 ? error : allow_list(filter, resolver, ARRAY_LEN(resolver));
}

static int set_rules(scmp_filter_ctx filter, enum sandbox_kind kind)
{
	/* a call of another architecture, whose numbers mean other things */
	int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	/* a tree instead of a list: each call of the process is looked up in it */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (error == 0)
		error = allow_list(filter, everybody, ARRAY_LEN(everybody));
	if (error == 0)
		error = allow_some(filter);
	if (error == 0)
		error = SANDBOX_IS_SANITIZED ? allow_sanitizer(filter) : allow_memory(filter);
	if (error == 0 && kind == SANDBOX_KEEPER)
		error = allow_keeper(filter);
	if (error == 0 && kind == SANDBOX_RESOLVER)
		error = allow_resolver(filter);
	if (error == 0)
		error = add_list(filter, SCMP_ACT_KILL_PROCESS, deadly, ARRAY_LEN(deadly));
	return error;
}

enum rc sandbox_seccomp(enum sandbox_kind kind, struct why *why)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int error = -ENOMEM;

	if (filter != NULL)
		error = set_rules(filter, kind);
	if (error == 0)
		error = seccomp_load(filter);
	seccomp_release(filter);
	if (error == 0)
		return RC_OK;
	return why_set(why, RC_DENIED, "seccomp is off: the system does not let us use it: %s",
		strerror(error < 0 ? -error : error));
}
