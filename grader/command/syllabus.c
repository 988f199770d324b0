/* syllabus.c - `syllabus`: writes the syllabus of the course anew. */
#include "../course/syllabus.h"
#include "../memory.h"
#include "command.h"

#include <stdlib.h>
#include <string.h>

int command_syllabus(const struct session *session, int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return complain(EXIT_USAGE, "syllabus takes no arguments");
	struct error error;
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	char *path = syllabus_path(kit->course), *text = syllabus_text(kit->course, NULL, &error);
	int result = text ? file_write(path, text, strlen(text), &error) : -1;
	if (result == 0)
		puts(path);
	free(text);
	free(path);
	kit_free(kit);
	return result == 0 ? 0 : complain(EXIT_USAGE, "%s", error.text);
}
