#include "remote.h"

#include "../memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t\r";

/* The value of "url = VALUE"; 0: the line is none. */
static size_t url_of(const char *line, size_t size, const char **url)
{
	const char *end = line + size, *at = line + strspn(line, blanks);
	if (end - at < 3 || strncasecmp(at, "url", 3) != 0)
		return 0;
	at += 3 + strspn(at + 3, blanks);
	if (at >= end || *at != '=')
		return 0;
	at += 1 + strspn(at + 1, blanks);
	while (end > at && strchr(blanks, end[-1]))
		end--;
	*url = at;
	return end > at ? (size_t)(end - at) : 0;
}

static bool is_plain(const char *url, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)url[i] <= ' ' || url[i] == 0x7f || strchr("\"\\;#", url[i]))
			return false;
	return true;
}

/* Names and passwords are nobody's to keep: "https://me:secret@example.edu/a" is https://example.edu/a. */
static char *without_user(const char *url, size_t size)
{
	char *own = must(strndup(url, size)), *host = strstr(own, "://");
	if (!host)
		return own;
	host += 3;
	size_t user = strcspn(host, "/@");
	if (host[user] == '@')
		memmove(host, host + user + 1, strlen(host + user + 1) + 1);
	return own;
}

char *remote_origin(const char *config)
{
	static const char section[] = "[remote \"origin\"]";
	bool inside = false;
	for (const char *line = config; *line; line += strspn(line, "\n")) {
		size_t size = strcspn(line, "\n"), length;
		const char *begin = line + strspn(line, blanks), *url;
		if (*begin == '[')
			inside = strncmp(begin, section, strlen(section)) == 0;
		else if (inside && (length = url_of(line, size, &url)))
			return is_plain(url, length) ? without_user(url, length) : NULL;
		line += size;
	}
	return NULL;
}
