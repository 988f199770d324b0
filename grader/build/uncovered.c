/* uncovered.c - library functions that the explorer's runtime does not stand in for, though they wait, wake, or make
 * threads and processes: what calls them is not explored. Everything else in the C library either is stood in for
 * (interpose.c) or comes to its end by itself. */
#include "build.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const uncovered[] = {
    /* threads */
    "pthread_cancel", "pthread_testcancel", "pthread_kill", "tgkill", "pthread_sigqueue", "pthread_tryjoin_np",
    "pthread_timedjoin_np", "pthread_clockjoin_np", "pthread_rwlock_clockrdlock", "pthread_rwlock_clockwrlock",
    "pthread_atfork", "pthread_mutex_setprioceiling",
    /* processes */
    "vfork", "_Fork", "forkpty", "wordexp", "execveat", "pidfd_open", "pidfd_send_signal", "clone", "clone3", "system",
    "popen", "daemon", "syscall", "ptrace",
    /* signals */
    "sigpause", "mq_notify", "sigqueue", "signalfd", "alarm", "ualarm", "setitimer", "timer_create", "timerfd_create",
    "eventfd",
    /* descriptors */
    "epoll_create", "epoll_create1", "epoll_wait", "epoll_pwait", "epoll_pwait2", "preadv", "pwritev", "preadv2",
    "pwritev2", "preadv64", "pwritev64", "preadv64v2", "pwritev64v2", "splice", "tee", "vmsplice", "sendfile",
    "sendfile64", "recvmmsg", "sendmmsg", "flock", "lockf", "lockf64", "inotify_init", "fanotify_init", "inotify_init1",
    "mq_open", "mq_send", "mq_receive", "mq_timedsend", "mq_timedreceive", "aio_read", "aio_write", "aio_suspend",
    "aio_read64", "aio_write64", "aio_suspend64", "lio_listio", "lio_listio64", "msgget", "msgsnd", "msgrcv", "semget",
    "semop", "semtimedop", "shmget", "shmat",
    /* streams of wide characters: those of stdio.c are of bytes */
    "wprintf", "fwprintf", "vwprintf", "vfwprintf", "wscanf", "fwscanf", "vwscanf", "vfwscanf", "fputwc", "putwc",
    "putwchar", "fputws", "fgetwc", "getwc", "getwchar", "fgetws", "ungetwc", "fwide",
    /* what gcc makes of calls with _FORTIFY_SOURCE */
    "__read_chk", "__poll_chk", "__ppoll_chk", "__recv_chk", "__recvfrom_chk", "__dprintf_chk", "__vdprintf_chk",
    "__open_2", "__open64_2", "__openat_2", "__openat64_2",
    /* atomic operations on objects that have no instruction for them */
    "__atomic_load", "__atomic_store", "__atomic_exchange", "__atomic_compare_exchange"};

static const char *listed(const char *name)
{
	for (size_t i = 0; i < sizeof uncovered / sizeof *uncovered; i++)
		if (strcmp(uncovered[i], name) == 0)
			return uncovered[i];
	return NULL;
}

bool is_uncovered(const char *name)
{
	return listed(name) != NULL;
}

static const char *search(Elf *elf)
{
	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
		GElf_Shdr header;
		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB || !header.sh_entsize)
			continue;
		Elf_Data *data = elf_getdata(section, NULL);
		for (size_t i = 0; data && i < header.sh_size / header.sh_entsize; i++) {
			GElf_Sym symbol;
			const char *name = gelf_getsym(data, (int)i, &symbol) && symbol.st_shndx == SHN_UNDEF
			                       ? elf_strptr(elf, header.sh_link, symbol.st_name)
			                       : NULL;
			if (name && listed(name))
				return listed(name);
		}
	}
	return NULL;
}

const char *uncovered_call(const char *object)
{
	int fd = open(object, O_RDONLY | O_CLOEXEC);
	elf_version(EV_CURRENT);
	Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
	const char *found = elf ? search(elf) : NULL;
	if (elf)
		elf_end(elf);
	if (fd >= 0)
		close(fd);
	return found;
}
