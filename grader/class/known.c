/* known.c - grades that are known already: what runs depend on is a key, under which is kept what they showed. Points
 * are given for it each time, so that a change of points alone runs nothing. */
#include "parts.h"

#include "../memory.h"

#include <stdlib.h>
#include <string.h>

/* `base`: of the half, its key or its worth. */
static void key_of(const char *base, const struct half *half, const struct request *request,
                   const struct class_options *options, const struct source *source, char key[HASH_SIZE])
{
	struct hash *hash = hash_new();
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
	hash_end(hash, key);
}

void class_key(const struct half *half, const struct request *request, const struct class_options *options,
               char key[HASH_SIZE])
{
	struct source *source = take_source(request);
	key_of(half->worth, half, request, options, source, key);
	source_free(source);
}

void make_mark(const struct half *half, const struct source *source, char mark[HASH_SIZE])
{
	struct hash *hash = hash_new();
	hash_add(hash, "half", half->mark, strlen(half->mark));
	hash_add(hash, "source", source->text, source->size);
	hash_end(hash, mark);
}

static char *path_of(const struct kit *kit, const struct half *half, const struct request *request,
                     const struct class_options *options, const struct source *source)
{
	char key[HASH_SIZE];
	key_of(half->key, half, request, options, source, key);
	return format("%s/cache/%s.json", kit->build, key);
}

bool class_knows(const struct kit *kit, const struct half *half, const struct request *request,
                 const struct class_options *options)
{
	struct source *source = take_source(request);
	char *path = path_of(kit, half, request, options, source);
	bool knows = source->state != SOURCE_OK || (options->cache && file_exists(path));
	free(path);
	source_free(source);
	return knows;
}

char *known_path(const struct grading *grading)
{
	return path_of(grading->workshop->kit, grading->subject.half, grading->request, grading->workshop->options,
	               grading->source);
}

struct grade *known_read(const struct grading *grading)
{
	char *text = file_read(grading->cache_path, 16 << 20, NULL, NULL);
	struct grade *grade = text ? grade_from_draft(text, NULL) : NULL;
	free(text);
	if (grade) {
		free(grade->submission);
		grade->submission = strdup(grading->request->submission);
		grade->only_test = grading->request->only_test ? strdup(grading->request->only_test) : NULL;
		grade_score(grade, grading->request->assignment);
	}
	return grade;
}

void known_keep(const struct grading *grading, const struct grade *grade)
{
	char *json = grade_to_draft(grade);
	/* A cache that cannot be written costs time, not points. */
	file_write(grading->cache_path, json, strlen(json), NULL);
	free(json);
}
