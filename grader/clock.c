#include "clock.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

/* Exactly `count` digits. */
static bool number(const char **text, int count, int least, int most, int *value)
{
	*value = 0;
	for (; count; count--, ++*text) {
		if (**text < '0' || **text > '9')
			return false;
		*value = *value * 10 + (**text - '0');
	}
	return *value >= least && *value <= most;
}

static bool mark(const char **text, const char *marks)
{
	bool there = **text && strchr(marks, **text);
	*text += there;
	return there;
}

static bool word(const char **text, const char *word)
{
	bool there = strncmp(*text, word, strlen(word)) == 0;
	*text += there ? strlen(word) : 0;
	return there;
}

static bool read_day(const char **text, struct tm *time)
{
	bool good = number(text, 4, 1971, 9998, &time->tm_year) && mark(text, "-") &&
	            number(text, 2, 1, 12, &time->tm_mon) && mark(text, "-") && number(text, 2, 1, 31, &time->tm_mday);
	time->tm_year -= 1900;
	time->tm_mon -= 1;
	return good;
}

static bool read_hour(const char **text, struct tm *time)
{
	if (!number(text, 2, 0, 23, &time->tm_hour) || !mark(text, ":") || !number(text, 2, 0, 59, &time->tm_min))
		return false;
	if (mark(text, ":") && !number(text, 2, 0, 60, &time->tm_sec))
		return false;
	if (mark(text, "."))
		*text += strspn(*text, "0123456789");
	return true;
}

static bool read_zone(const char **text, int *seconds)
{
	int hours, minutes;
	*text += strspn(*text, " ");
	*seconds = 0;
	if (word(text, "Z") || word(text, "UTC"))
		return true;
	int sign = **text == '-' ? -1 : 1;
	if (!mark(text, "+-") || !number(text, 2, 0, 14, &hours))
		return false;
	mark(text, ":");
	if (!number(text, 2, 0, 59, &minutes))
		return false;
	*seconds = sign * (hours * 60 + minutes) * 60;
	return true;
}

int64_t clock_read(const char *text)
{
	struct tm time = {0};
	int offset;
	if (!read_day(&text, &time) || !mark(&text, " T") || !read_hour(&text, &time) || !read_zone(&text, &offset) ||
	    *text)
		return -1;
	int day = time.tm_mday;
	int64_t seconds = timegm(&time);
	return time.tm_mday == day ? seconds - offset : -1; /* timegm makes 2 March of 30 February */
}
