/* page_test.c - what all pages have in common. What stands in each page its own test says. */
#include "sample.h"

#include "../../grader/file.h"
#include "../../grader/memory.h"
#include "../../grader/report/page.h"
#include "../../grader/report/report.h"
#include "../../grader/report/stepper.h"

#include <jansson.h>
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

/* ---- schedules ------------------------------------------------------------------------------ */

static struct interleaving *parsed(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	cr_assert(json != NULL, "%s", text);
	struct interleaving *interleaving = interleaving_from_json(json);
	json_decref(json);
	return interleaving;
}

/* The data of the schedule, as the script reads it. */
static json_t *data_in(const char *page, const char *id)
{
	char *tag = format("<script type=\"application/json\" id=\"%s\">", id), *text = between(page, tag, "</script>");
	cr_expect(strpbrk(text, "<>&") == NULL, "no markup in data");
	json_t *data = json_loads(text, 0, NULL);
	cr_assert(data != NULL, "%s", text);
	free(tag);
	free(text);
	return data;
}

static char *stepper(const struct interleaving *interleaving, const char *source, bool race)
{
	char *text = NULL;
	size_t size;
	FILE *out = memory_open(&text, &size);
	cr_expect(eq(int, stepper_page(out, interleaving, &(struct stepper_source){"a.c", source}, 1, "a test", race), 0));
	fclose(out);
	return text;
}

Test(stepper, decides_where_it_shows)
{
	static const struct {
		const char *steps;
		bool race;
		size_t wanted;
	} cases[] = {{"{},{},{\"kind\":\"wait\"}", false, 2},
	             {"{},{\"kind\":\"fail\"},{},{\"kind\":\"fail\"},{}", false, 3},
	             {"{},{\"kind\":\"fail\"},{},{\"kind\":\"fail\"},{}", true, 1},
	             {"{}", true, 0},
	             {"", false, 0}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = format("{\"lanes\":[\"a\"],\"steps\":[%s]}", cases[i].steps);
		struct interleaving *interleaving = parsed(text);
		cr_expect(eq(sz, stepper_decisive(interleaving, cases[i].race), cases[i].wanted), "%s", text);
		interleaving_free(interleaving);
		free(text);
	}
}

Test(stepper, marks_the_access_that_races_with_the_decisive_one)
{
	struct interleaving *interleaving = parsed(
	    "{\"lanes\":[\"a\",\"b\"],\"steps\":[{\"lane\":0,\"operation\":\"write\",\"object\":\"x\"},"
	    "{\"lane\":0,\"operation\":\"read\",\"object\":\"x\"},{\"lane\":1,\"operation\":\"write\",\"object\":\"y\"},"
	    "{\"lane\":1,\"operation\":\"read\",\"object\":\"x\",\"kind\":\"fail\"}]}");
	char *race = stepper(interleaving, "", true), *other = stepper(interleaving, "", false);
	json_t *data = data_in(race, "S-data");
	cr_expect(eq(int, (int)json_integer_value(json_object_get(data, "racing")), 0), "two reads do not race");
	json_decref(data);
	data = data_in(other, "S-data");
	cr_expect(json_object_get(data, "racing") == NULL);
	json_decref(data);
	interleaving_free(interleaving);
	free(race);
	free(other);
}

Test(stepper, folds_the_rounds_of_a_loop)
{
	char steps[2000] = "{}";
	for (int i = 0; i < 20; i++) {
		size_t length = strlen(steps);
		snprintf(steps + length, sizeof steps - length, ",{\"operation\":\"%s\"}", i % 2 ? "load" : "store");
	}
	char *text = format("{\"lanes\":[\"a\"],\"steps\":[%s]}", steps);
	struct interleaving *interleaving = parsed(text);
	char *page = stepper(interleaving, "", false);
	json_t *data = data_in(page, "S-data"), *folds = json_object_get(data, "folds");
	cr_assert(eq(sz, json_array_size(folds), 1));
	json_t *fold = json_array_get(folds, 0);
	cr_expect(eq(int, (int)json_integer_value(json_object_get(fold, "from")), 3));
	cr_expect(eq(int, (int)json_integer_value(json_object_get(fold, "count")), 18));
	cr_expect(eq(str, (char *)json_string_value(json_object_get(fold, "words")), "the last 2 steps again, 9 times"));
	json_decref(data);
	interleaving_free(interleaving);
	free(page);
	free(text);
}

Test(stepper, texts_are_data_whatever_they_are)
{
	static const char *const texts[] = {
	    "</script><script>alert(1)</script>", "<!--<script>", "]]>", "\xe2\x80\xae evil", "\x1b[31m", "\xff", "a & b"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct interleaving *interleaving =
		    parsed("{\"lanes\":[\"a\"],\"steps\":[{},{}],\"changes\":[{\"kind\":\"value\"}]}");
		interleaving->step[0].operation = strdup(texts[i]);
		interleaving->step[0].effect = strdup(texts[i]);
		interleaving->step[1].file = strdup(texts[i]);
		interleaving->change[0].object = strdup(texts[i]);
		interleaving->change[0].text = strdup(texts[i]);
		interleaving->outcome = strdup(texts[i]);
		char *page = stepper(interleaving, texts[i], false);
		xmlDoc *document = xmlReadMemory(page, (int)strlen(page), NULL, "UTF-8", XML_PARSE_NONET);
		cr_expect(document != NULL, "%s", texts[i]);
		xmlFreeDoc(document);
		for (size_t k = 0; k < 2; k++) {
			json_t *data = data_in(page, k ? "sources" : "S-data");
			char *back = json_dumps(data, JSON_COMPACT);
			cr_expect(strstr(back, "\xe2\x80\xae") == NULL && strchr(back, '\x1b') == NULL &&
			          strstr(back, "\\u001b") == NULL);
			free(back);
			json_decref(data);
		}
		free(page);
		interleaving_free(interleaving);
	}
	xmlCleanupParser();
}
