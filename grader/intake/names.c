/* names.c - which names an archive may give its entries. */
#include "private.h"

#include "../file.h"
#include "../layer.h"
#include "../memory.h"
#include "../utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>
#include <wctype.h>

/* Why the characters of a name are refused, or NULL. */
static const char *bad_character(const char *name)
{
	for (uint32_t point; *name;) {
		size_t length = utf8_decode(name, &point);

		if (length == 0)
			return "is not UTF-8; rename it with plain letters and pack it again";
		if (point < 0x20 || point == 0x7f)
			return "has a control character in its name";
		if (utf8_deceptive(point))
			return "has a character in its name that hides or reorders text";
		if (point == '\\')
			return "has a backslash in its name; pack it again with / between folders";
		name += length;
	}
	return NULL;
}

static bool is_absolute(const char *name)
{
	return *name == '/' || (isalpha((unsigned char)*name) && name[1] == ':');
}

/* Appends a component to `end`. Returns the new end, NULL when the rules forbid it. */
static char *take_component(char *begin, char *end, const char *component, size_t length)
{
	if (length == 0 || (length == 1 && *component == '.'))
		return end;
	if (length == 2 && memcmp(component, "..", 2) == 0 && layer_on("intake"))
		return NULL;
	if (end > begin)
		*end++ = '/';
	memcpy(end, component, length);
	return end + length;
}

char *name_normalise(const char *name, const struct intake_limits *limits, struct intake_report *report)
{
	const char *problem = layer_on("intake") ? bad_character(name) : NULL;
	char *result, *end;
	size_t depth = 0;

	if (!*name)
		problem = "has an entry without a name";
	else if (!problem && is_absolute(name))
		problem = "is an absolute path; only files below the archive's own folder are taken";
	if (problem) {
		refuse(report, *name ? name : NULL, "%s", problem);
		return NULL;
	}
	result = end = must(malloc(strlen(name) + 1));
	for (const char *rest = name; rest;) {
		size_t length = strcspn(rest, "/");
		char *next = take_component(result, end, rest, length);

		if (!next)
			refuse(report, name, "leads outside the archive by \"..\"");
		else if (length > limits->component)
			refuse(report, name, "has a name component of %zu bytes; at most %zu are accepted", length,
			       limits->component);
		else if ((depth += next > end) > limits->depth)
			refuse(report, name, "lies more than %zu folders deep", limits->depth);
		if (report->problem) {
			free(result);
			return NULL;
		}
		end = next;
		rest = rest[length] ? rest + length + 1 : NULL;
	}
	*end = 0;
	return result;
}

/* In the locale that intake_unpack has set; `name` is well-formed. */
char *name_fold(const char *name)
{
	size_t size = strlen(name), end = 0;
	mbstate_t in = {0}, out = {0};
	char *result = must(malloc(2 * size + MB_CUR_MAX + 1)); /* a lower-case letter can be longer: U+023A */

	for (size_t at = 0; at < size;) {
		wchar_t wide;
		size_t length = mbrtowc(&wide, name + at, size - at, &in);
		size_t written =
		    length == 0 || length > size ? (size_t)-1 : wcrtomb(result + end, (wchar_t)towlower((wint_t)wide), &out);

		if (written == (size_t)-1) { /* a locale without this letter: then as it is */
			in = out = (mbstate_t){0};
			result[end++] = name[at++];
			continue;
		}
		at += length;
		end += written;
	}
	result[end] = 0;
	return result;
}

bool name_is_clutter(const char *name)
{
	const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;

	return strncmp(last, "._", 2) == 0 || strcmp(last, ".DS_Store") == 0 || strcmp(name, "__MACOSX") == 0 ||
	       strncmp(name, "__MACOSX/", 9) == 0;
}

/* Where the end that says "archive" begins; NULL without one. Also of kinds that are not taken, so that it is said. */
static const char *archive_end(const char *name)
{
	static const char *const ends[] = {".zip",     ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2",
	                                   ".tar.zst", ".txz", ".tbz", ".7z",     ".rar"};
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		size_t end = strlen(ends[i]);
		if (length > end && strcasecmp(name + length - end, ends[i]) == 0)
			return name + length - end;
	}
	return NULL;
}

bool name_is_archive(const char *name)
{
	return archive_end(name) != NULL;
}

char *name_stem(const char *name)
{
	const char *end = archive_end(name);

	return end ? format("%.*s", (int)(end - name), name) : format("%s", name);
}
