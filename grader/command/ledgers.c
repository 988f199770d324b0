#include "ledgers.h"

#include "../memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *ledgers_user(void)
{
	const struct passwd *user = getpwuid(getuid());
	return user ? user->pw_name : "";
}

void ledgers_time(char text[32])
{
	time_t now = time(NULL);
	struct tm utc;
	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}

/* The lock goes with the process, however that ends (fcntl(2)). */
int ledgers_lock(const char *folder, struct error *error)
{
	char *path = format("%s/.adjusting", folder);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666), result = 0;
	if (file < 0 || fcntl(file, F_SETLKW, &lock) != 0)
		result = fail(error, "cannot lock %s: %s", path, strerror(errno));
	free(path);
	if (result == 0)
		return file;
	if (file >= 0)
		close(file);
	return -1;
}
