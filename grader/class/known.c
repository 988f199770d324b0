/* known.c - grades that are known already: what runs depend on is a key, under which is kept what they showed. Points
 * are given for it each time, so that a change of points alone runs nothing. */
#include "parts.h"

#include "../memory.h"
#include "reuse.h"

#include <stdlib.h>
#include <string.h>

/* All that a result depends on but what is linked besides. `base`: of the half, its key or its worth. */
static void add_request(struct hash *hash, const char *base, const struct half *half, const struct request *request,
                        const struct class_options *options, const struct source *source)
{
	hash_add(hash, "half", base, strlen(base));
	if (source->state == SOURCE_OK)
		hash_add(hash, "source", source->text, source->size);
	else if (source->problem)
		hash_add(hash, "problem", source->problem, strlen(source->problem));
	for (size_t i = 0; i < source->remarks.count; i++)
		hash_add(hash, "remark", source->remarks.item[i], strlen(source->remarks.item[i]));
	const char *test = request->only_test ? request->only_test : "",
	           *check = request->only_check ? request->only_check : "";
	hash_add(hash, "test", test, strlen(test));
	hash_add(hash, "check", check, strlen(check));
	hash_add(hash, "public", !half->hidden || request->public_only ? "1" : "0", 1);
	hash_add(hash, "coverage", options->coverage ? "1" : "0", 1);
}

void class_key(const struct kit *kit, const struct half *half, const struct request *request,
               const struct class_options *options, char key[HASH_SIZE])
{
	struct source *source = take_source(request);
	struct hash *hash = hash_new();
	add_request(hash, half->worth, half, request, options, source);
	reuses_hash(hash, kit, request, options);
	hash_end(hash, key);
	source_free(source);
}

void make_mark(const struct half *half, const struct parts *parts, const struct source *source, char mark[HASH_SIZE])
{
	struct hash *hash = hash_new();
	hash_add(hash, "half", half->mark, strlen(half->mark));
	hash_add(hash, "source", source->text, source->size);
	parts_hash(hash, parts);
	hash_end(hash, mark);
}

static char *path_of(const struct kit *kit, const struct half *half, const struct parts *parts,
                     const struct request *request, const struct class_options *options, const struct source *source)
{
	char key[HASH_SIZE];
	struct hash *hash = hash_new();
	add_request(hash, half->key, half, request, options, source);
	parts_hash(hash, parts);
	hash_end(hash, key);
	return format("%s/cache/%s.json", kit->build, key);
}

/* The grade that is kept in the file, with its points; NULL: there is none. */
static struct grade *read_grade(const char *path, const struct request *request)
{
	char *text = file_read(path, 16 << 20, NULL, NULL);
	struct grade *grade = text ? grade_from_draft(text, NULL) : NULL;
	free(text);
	if (grade) {
		free(grade->submission);
		grade->submission = strdup(request->submission);
		grade->only_test = request->only_test ? strdup(request->only_test) : NULL;
		grade_score(grade, request->assignment);
	}
	return grade;
}

bool class_knows(const struct kit *kit, const struct half *half, const struct request *request,
                 const struct class_options *options)
{
	struct source *source = take_source(request);
	struct parts parts;
	bool chosen = parts_known(kit, request, options, &parts);
	char *path = path_of(kit, half, &parts, request, options, source);
	bool knows = source->state != SOURCE_OK || (chosen && options->cache && file_exists(path));
	free(path);
	parts_clear(&parts);
	source_free(source);
	return knows;
}

struct grade *class_known(const struct kit *kit, const struct half *half, const struct request *request,
                          const struct class_options *options)
{
	struct source *source = take_source(request);
	const struct parts none = {0};
	char *path = path_of(kit, half, &none, request, options, source);
	bool kept = source->state == SOURCE_OK && options->cache;
	struct grade *grade = kept ? read_grade(path, request) : NULL;
	free(path);
	source_free(source);
	return grade;
}

char *known_path(const struct grading *grading)
{
	return path_of(grading->workshop->kit, grading->subject.half, grading->subject.parts, grading->request,
	               grading->workshop->options, grading->source);
}

struct grade *known_read(const struct grading *grading)
{
	return read_grade(grading->cache_path, grading->request);
}

void known_keep(const struct grading *grading, const struct grade *grade)
{
	char *json = grade_to_draft(grade);
	/* A cache that cannot be written costs time, not points. */
	file_write(grading->cache_path, json, strlen(json), NULL);
	free(json);
}
