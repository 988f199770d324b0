#include "clock.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
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

/* -1 for a day that there is not: timegm makes 2 March of 30 February. */
static int64_t seconds_of(struct tm *time, int offset)
{
	int day = time->tm_mday;
	int64_t seconds = timegm(time);
	return time->tm_mday == day ? seconds - offset : -1;
}

/* `zone`: of a text without one; NULL: it needs one. */
static int64_t read_date(const char *text, const int *zone, int *offset)
{
	struct tm time = {0};
	if (!read_day(&text, &time) || !mark(&text, " T") || !read_hour(&text, &time))
		return -1;
	if (zone && !*text)
		*offset = *zone;
	else if (!read_zone(&text, offset) || *text)
		return -1;
	return seconds_of(&time, *offset);
}

int64_t clock_read(const char *text)
{
	int offset;
	return read_date(text, NULL, &offset);
}

int clock_zone(const char *text)
{
	int offset = 0;
	return read_date(text, NULL, &offset) > 0 ? offset : 0;
}

/* One or two digits, or more for a year. */
static bool loose_number(const char **text, int least, int most, int *value)
{
	size_t size = strspn(*text, "0123456789");
	if (!size || size > 4)
		return false;
	for (*value = 0; size; size--, ++*text)
		*value = *value * 10 + (**text - '0');
	return *value >= least && *value <= most;
}

static void skip(const char **text)
{
	*text += strspn(*text, " ,.");
}

/* Letters of any language, in UTF-8. */
static size_t word_length(const char *text)
{
	size_t size = 0;
	while (isalpha((unsigned char)text[size]) || (unsigned char)text[size] >= 0x80)
		size++;
	return size;
}

static bool is_short_for(const char *name, const char *word, size_t size, size_t least)
{
	return size >= least && size <= strlen(name) && strncasecmp(word, name, size) == 0;
}

/* 0 to 11, or -1: it is none, or short for two. English, German, French, Spanish. */
static int month_of(const char *word, size_t size)
{
	static const char *const names[][12] = {{"january", "february", "march", "april", "may", "june", "july", "august",
	                                         "september", "october", "november", "december"},
	                                        {"januar", "februar", "märz", "april", "mai", "juni", "juli", "august",
	                                         "september", "oktober", "november", "dezember"},
	                                        {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
	                                         "septembre", "octobre", "novembre", "décembre"},
	                                        {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto",
	                                         "septiembre", "octubre", "noviembre", "diciembre"}};
	int found = -1;
	for (size_t language = 0; language < sizeof names / sizeof *names; language++)
		for (int i = 0; i < 12; i++)
			if (is_short_for(names[language][i], word, size, 3)) {
				if (found >= 0 && found != i)
					return -1;
				found = i;
			}
	return found;
}

static bool is_weekday(const char *word, size_t size)
{
	static const char *const names[] = {"monday",   "tuesday", "wednesday", "thursday", "friday",     "saturday",
	                                    "sunday",   "montag",  "dienstag",  "mittwoch", "donnerstag", "freitag",
	                                    "samstag",  "sonntag", "lundi",     "mardi",    "mercredi",   "jeudi",
	                                    "vendredi", "samedi",  "dimanche",  "lunes",    "martes",     "miércoles",
	                                    "jueves",   "viernes", "sábado",    "domingo"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (is_short_for(names[i], word, size, 2))
			return true;
	return false;
}

static void skip_word(const char **text, const char *word)
{
	if (word_length(*text) == strlen(word) && strncasecmp(*text, word, strlen(word)) == 0)
		*text += strlen(word);
	skip(text);
}

static bool read_month(const char **text, struct tm *time)
{
	size_t size = word_length(*text);
	time->tm_mon = month_of(*text, size);
	if (time->tm_mon < 0)
		return false;
	*text += size;
	skip(text);
	return true;
}

/* "1 October 2026", "October 1, 2026", "1. Oktober 2026", "1er octobre 2026" or "1 de octubre de 2026" */
static bool read_words(const char **text, struct tm *time)
{
	bool month = read_month(text, time);
	if (!month && is_weekday(*text, word_length(*text))) {
		*text += word_length(*text);
		skip(text);
		month = read_month(text, time);
	}
	if (!loose_number(text, 1, 31, &time->tm_mday))
		return false;
	skip_word(text, "er");
	skip_word(text, "de");
	if (!month && !read_month(text, time))
		return false;
	skip_word(text, "de");
	if (!loose_number(text, 1971, 9998, &time->tm_year))
		return false;
	skip(text);
	time->tm_year -= 1900;
	return true;
}

/* "9:59 PM" or "21:59" */
static bool read_clock(const char **text, struct tm *time)
{
	if (!loose_number(text, 0, 23, &time->tm_hour) || !mark(text, ":") || !number(text, 2, 0, 59, &time->tm_min))
		return false;
	*text += strspn(*text, " ");
	bool afternoon = strcasecmp(*text, "pm") == 0, half = afternoon || strcasecmp(*text, "am") == 0;
	if (half && (time->tm_hour < 1 || time->tm_hour > 12))
		return false;
	if (half)
		time->tm_hour = time->tm_hour % 12 + (afternoon ? 12 : 0);
	return half || !**text;
}

int64_t clock_read_in(const char *text, int zone)
{
	struct tm time = {0};
	int offset;
	int64_t seconds = read_date(text, &zone, &offset);
	if (seconds >= 0)
		return seconds;
	return read_words(&text, &time) && read_clock(&text, &time) ? seconds_of(&time, zone) : -1;
}
