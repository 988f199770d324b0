/* landlock.h - the kernel's interface to Landlock (landlock(7)), up to ABI 6: the distributions' headers may be older
 * than the kernel. */
#ifndef LANDLOCK_H
#define LANDLOCK_H

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_CHAR = 1 << 6,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_MAKE_SOCK = 1 << 9,
	FS_MAKE_FIFO = 1 << 10,
	FS_MAKE_BLOCK = 1 << 11,
	FS_MAKE_SYM = 1 << 12,
	FS_REFER = 1 << 13,     /* ABI 2 */
	FS_TRUNCATE = 1 << 14,  /* ABI 3 */
	FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
	FS_OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV
};
enum { NET_TCP = 3 };   /* ABI 4: bind and connect */
enum { SCOPE_ALL = 3 }; /* ABI 6: abstract UNIX sockets and signals */
enum { ABI_SCOPES_SIGNALS = 6 };

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

struct path_beneath_attr {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

/* The kernel's ABI number; 0 or less: there is no Landlock. */
static inline int landlock_abi(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
}

/* All rights over files that the ABI knows. */
static inline uint64_t landlock_files(int abi)
{
	return (FS_MAKE_SYM << 1) - 1 + (uint64_t)(abi >= 2 ? FS_REFER : 0) + (uint64_t)(abi >= 3 ? FS_TRUNCATE : 0) +
	       (uint64_t)(abi >= 5 ? FS_IOCTL_DEV : 0);
}

#endif
