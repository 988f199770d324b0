/* page_test.c - what all pages have in common. What stands in each page its own test says. */
#include "sample.h"

#include "../../grader/file.h"
#include "../../grader/memory.h"
#include "../../grader/report/page.h"
#include "../../grader/report/report.h"

#include <libxml/parser.h>
#include <sha256.h>
#include <stdlib.h>
#include <string.h>

static char *page(const char *title, const char *width, enum page_script script)
{
	char *text = NULL;
	size_t size;
	FILE *out = memory_open(&text, &size);
	page_begin(out, title, width, script);
	page_end(out, script);
	fclose(out);
	cr_assert(eq(sz, strlen(text), size), "no NUL byte");
	return text;
}

static char *between(const char *text, const char *begin, const char *end)
{
	const char *from = strstr(text, begin);
	cr_assert(from != NULL, "%s", begin);
	from += strlen(begin);
	const char *to = strstr(from, end);
	cr_assert(to != NULL, "%s", end);
	return strndup(from, (size_t)(to - from));
}

static char *base64_of(const void *bytes, size_t size)
{
	char *text = NULL;
	size_t length;
	FILE *out = memory_open(&text, &length);
	put_base64(out, bytes, size);
	fclose(out);
	return text;
}

Test(page, base64_is_that_of_rfc_4648)
{
	static const char *const pairs[][2] = {{"", ""},
	                                       {"f", "Zg=="},
	                                       {"fo", "Zm8="},
	                                       {"foo", "Zm9v"},
	                                       {"foob", "Zm9vYg=="},
	                                       {"fooba", "Zm9vYmE="},
	                                       {"foobar", "Zm9vYmFy"}};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		char *text = base64_of(pairs[i][0], strlen(pairs[i][0]));
		cr_expect(eq(str, text, (char *)pairs[i][1]));
		free(text);
	}
	char *high = base64_of("\xff\xef\x00\xfb", 4);
	cr_expect(eq(str, high, "/+8A+w=="));
	free(high);
}

Test(page, the_policy_lets_in_the_script_of_the_page_and_nothing_else)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char *text = page("Class", "wide", PAGE_SORTS), *script = between(text, "<script>", "</script>");
	char *policy = between(text, "Content-Security-Policy\" content=\"", "\"");
	SHA2_CTX context;
	SHA256Init(&context);
	SHA256Update(&context, (const uint8_t *)script, strlen(script));
	SHA256Final(hash, &context);
	char *digest = base64_of(hash, sizeof hash);
	char *wanted = format("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-%s'", digest);
	cr_expect(eq(str, policy, wanted));
	cr_expect(strstr(script, "aria-sort") != NULL, "the file is in the page");
	free(text);
	free(script);
	free(policy);
	free(digest);
	free(wanted);
}

Test(page, without_a_script_the_policy_lets_none_in)
{
	char *text = page("Report", NULL, PAGE_STATIC),
	     *policy = between(text, "Content-Security-Policy\" content=\"", "\"");
	cr_expect(eq(str, policy, "default-src 'none'; style-src 'unsafe-inline'"));
	cr_expect(strstr(text, "<script") == NULL);
	free(text);
	free(policy);
}

Test(page, is_xml_whatever_the_title_is)
{
	static const char *const titles[] = {"</title><script>alert(1)</script>", "]]>", "\x1b[31m\xff", "a & b"};
	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		for (enum page_script script = PAGE_STATIC; script <= PAGE_SORTS; script++) {
			char *text = page(titles[i], "full", script);
			xmlDoc *document = xmlReadMemory(text, (int)strlen(text), NULL, "UTF-8", XML_PARSE_NONET);
			cr_expect(document != NULL, "%s", titles[i]);
			cr_expect(strstr(text, "alert(1)</script>") == NULL);
			xmlFreeDoc(document);
			free(text);
		}
	xmlCleanupParser();
}

/* The files of page/ must not close the element that they stand in. */
Test(page, has_one_stylesheet_and_no_address)
{
	char *text = page("Report", NULL, PAGE_SORTS), *style = between(text, "<style>", "</style></head>");
	cr_expect(strstr(style, "prefers-color-scheme: dark") != NULL);
	cr_expect(strstr(style, "<") == NULL);
	cr_expect(strstr(text, "://") == NULL && strstr(text, "url(") == NULL && strstr(text, "@import") == NULL);
	free(text);
	free(style);
}
