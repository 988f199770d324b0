/* page.c - see page.h. The files of page/ become arrays here: the assembler includes them (.incbin), with a NUL behind.
 */
#include "page.h"

#include "report.h"

#include <sha256.h>
#include <stdint.h>
#include <string.h>

#define EMBED(name, file)                                                                                              \
	extern const char name[];                                                                                          \
	__asm__(".pushsection .rodata\n.globl " #name "\n.type " #name ", %object\n" #name                                 \
	        ":\n.incbin \"grader/report/page/" file "\"\n.byte 0\n.size " #name ", . - " #name "\n.popsection")

EMBED(page_style, "style.css");
EMBED(page_picture_style, "picture.css");
EMBED(page_sort, "sort.js");
EMBED(page_stepper, "stepper.js");
EMBED(page_game, "play.html");
EMBED(page_play, "play.js");

/* A script ends where its file does; browsers read the comments, readers of XML the CDATA. */
#define SCRIPT_BEGIN "/*<![CDATA[*/\n"
#define SCRIPT_END "/*]]>*/"

static const char *text_of(enum page_script script)
{
	static const char *const texts[] = {
	    [PAGE_STATIC] = NULL, [PAGE_SORTS] = page_sort, [PAGE_STEPS] = page_stepper, [PAGE_PLAYS] = page_play};

	return texts[script];
}

/* CSP Level 3, 8.1: the hash of all that is between the tags. */
static void put_hash(FILE *out, const char *text)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	SHA2_CTX context;

	SHA256Init(&context);
	SHA256Update(&context, (const uint8_t *)SCRIPT_BEGIN, strlen(SCRIPT_BEGIN));
	SHA256Update(&context, (const uint8_t *)text, strlen(text));
	SHA256Update(&context, (const uint8_t *)SCRIPT_END, strlen(SCRIPT_END));
	SHA256Final(hash, &context);
	fputs("; script-src 'sha256-", out);
	put_base64(out, hash, sizeof hash);
	fputc('\'', out);
}

void page_begin(FILE *out, const char *title, const char *width, enum page_script script)
{
	const char *text = text_of(script);

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'",
	      out);
	if (text)
		put_hash(out, text);
	fputs("\"/>\n<title>", out);
	escape_html(out, title);
	fprintf(out, "</title>\n<style>\n%s</style></head>\n<body><main%s%s%s>\n", page_style, width ? " class=\"" : "",
	        width ? width : "", width ? "\"" : "");
}

void page_end(FILE *out, enum page_script script)
{
	const char *text = text_of(script);

	fputs("</main>", out);
	if (text)
		fprintf(out, "<script>" SCRIPT_BEGIN "%s" SCRIPT_END "</script>", text);
	fputs("</body></html>\n", out);
}
