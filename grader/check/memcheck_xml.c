/* memcheck_xml.c - valgrind's XML output (docs/internals/xml-output-protocol4.txt of valgrind), read with libxml2. */
#include "../memory.h"
#include "tool_report.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static xmlNode *child(const xmlNode *node, const char *name)
{
	for (xmlNode *each = node ? node->children : NULL; each; each = each->next)
		if (each->type == XML_ELEMENT_NODE && strcmp((const char *)each->name, name) == 0)
			return each;
	return NULL;
}

/* The element's text, "" if it is missing. The caller frees it with xmlFree. */
static char *text_of(const xmlNode *node, const char *name)
{
	xmlNode *element = child(node, name);
	xmlChar *text = element ? xmlNodeGetContent(element) : NULL;
	return (char *)(text ? text : xmlStrdup((const xmlChar *)""));
}

static unsigned long number_of(const xmlNode *node, const char *name)
{
	char *text = text_of(node, name);
	unsigned long number = strtoul(text, NULL, 10);
	xmlFree(text);
	return number;
}

/* Is the address in a block that was freed? Valgrind then tells two places: where it was freed, and where allocated. Of
 * an address that it knows nothing of it tells none, in a sentence with the same words. */
static bool in_freed_block(const xmlNode *error, const char *auxiliary)
{
	static const char end[] = " free'd";
	size_t length = strlen(auxiliary), stacks = 0;
	for (const xmlNode *node = error->children; node; node = node->next)
		stacks += node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, "stack") == 0;
	return stacks > 1 && length >= sizeof end && strcmp(auxiliary + length - (sizeof end - 1), end) == 0;
}

/* A NULL pointer, or a member of what it should point to: "Address 0x8 is not stack'd, ...". */
static bool is_null(const char *auxiliary)
{
	enum { FIRST_PAGE = 4096 };
	static const char begin[] = "Address 0x";
	return strncmp(auxiliary, begin, sizeof begin - 1) == 0 &&
	       strtoul(auxiliary + sizeof begin - 1, NULL, 16) < FIRST_PAGE;
}

static const char *kind_of(const char *kind, const char *what, bool freed)
{
	static const char *const table[][2] = {
	    {"Leak_DefinitelyLost", "memory_leak"},
	    {"Leak_IndirectlyLost", "memory_leak_indirect"},
	    {"InvalidRead", "invalid_read"},
	    {"InvalidWrite", "invalid_write"},
	    {"UninitCondition", "uninitialised_value"},
	    {"UninitValue", "uninitialised_value"},
	    {"SyscallParam", "uninitialised_value"},
	    {"InvalidFree", "invalid_free"},
	    {"MismatchedFree", "invalid_free"},
	    {"InvalidJump", "invalid_read"},
	    {"Overlap", "overlap"},
	};
	bool unusable = strcmp(kind, "SyscallParam") == 0 && !strstr(what, "uninitialised"); /* by the kernel */
	bool access = strcmp(kind, "InvalidRead") == 0 || strcmp(kind, "InvalidWrite") == 0 ||
	              strcmp(kind, "InvalidJump") == 0 || unusable;
	if (access && freed)
		return "use_after_free";
	if (unusable)
		return "invalid_read";
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strcmp(kind, table[i][0]) == 0)
			return table[i][1];
	return "memcheck_report";
}

static void read_stack(const xmlNode *node, struct stack *stack)
{
	for (const xmlNode *frame = node->children; frame; frame = frame->next) {
		if (frame->type != XML_ELEMENT_NODE || strcmp((const char *)frame->name, "frame") != 0)
			continue;
		char *function = text_of(frame, "fn"), *file = text_of(frame, "file");
		stack_add(stack, function, file, (unsigned)number_of(frame, "line"));
		xmlFree(function);
		xmlFree(file);
	}
}

static void read_error(const xmlNode *error, struct tool_reports *reports)
{
	char *kind = text_of(error, "kind"), *what = text_of(error, "what"), *auxiliary = text_of(error, "auxwhat");
	const xmlNode *extended = child(error, "xwhat");
	if (extended) {
		xmlFree(what);
		what = text_of(extended, "text");
	}
	bool invalid = strncmp(kind, "Invalid", 7) == 0;
	char *seen = invalid && is_null(auxiliary)
	                 ? format("%s through a NULL pointer", strcmp(kind, "InvalidJump") == 0 ? "A call" : what)
	                 : strdup(what);
	struct tool_report *report = tool_reports_add(reports, kind_of(kind, what, in_freed_block(error, auxiliary)), seen);
	free(seen);
	if (extended) {
		report->bytes = number_of(extended, "leakedbytes");
		report->blocks = number_of(extended, "leakedblocks");
	}
	char *title = (char *)xmlStrdup((const xmlChar *)what); /* each auxwhat is the heading of the stack behind it */
	for (const xmlNode *node = error->children; node; node = node->next) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		if (strcmp((const char *)node->name, "auxwhat") == 0) {
			xmlFree(title);
			title = (char *)xmlNodeGetContent(node);
		} else if (strcmp((const char *)node->name, "stack") == 0) {
			read_stack(node, tool_report_add_stack(report, title ? title : ""));
		}
	}
	xmlFree(title);
	xmlFree(kind);
	xmlFree(what);
	xmlFree(auxiliary);
}

struct tool_reports memcheck_parse(const char *text, size_t size)
{
	struct tool_reports reports = {0};
	xmlDoc *document =
	    xmlReadMemory(text, (int)size, "memcheck.xml", NULL,
	                  XML_PARSE_RECOVER | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET | XML_PARSE_HUGE);
	const xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;
	for (const xmlNode *node = root ? root->children : NULL; node; node = node->next)
		if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, "error") == 0)
			read_error(node, &reports);
	xmlFreeDoc(document);
	return reports;
}
