#include "said.h"

#include "../memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *said_by(void)
{
	const struct passwd *user = getpwuid(getuid());
	return user ? user->pw_name : "";
}

void said_at(char text[SAID_AT])
{
	time_t now = time(NULL);
	struct tm utc;
	strftime(text, SAID_AT, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}

const char *said_of(const struct people *people, const char *typed, struct error *error)
{
	size_t *person, count, found;
	if (people_called(people, typed, &person, &count, error) != 0)
		return NULL;
	const char *name = people->item[person[0]].name;
	bool one = person_find(people, typed, &found, NULL) == 0;
	bool same = one && person_find(people, name, &found, NULL) == 0 && found == person[0];
	free(person);
	return same ? name : typed;
}

int said_lock(const char *folder, struct error *error)
{
	char *path = format("%s/.adjusting", folder);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666), result = 0;
	if (file < 0 || fcntl(file, F_SETLKW, &lock) != 0)
		result = fail(error, "cannot lock %s: %s", path, strerror(errno));
	free(path);
	if (result != 0 && file >= 0)
		close(file);
	return result == 0 ? file : -1;
}
