/* layer.c - which layers of protection are on: all of them, but in the test builds. */
#include "layer.h"

#ifdef KIT_LAYERS

#include <stdlib.h>
#include <string.h>

bool layer_on(const char *name)
{
	size_t length = strlen(name);
	for (const char *word = getenv("KIT_LAYERS_OFF"); word && *word; word += word[strcspn(word, ",")] == ',') {
		size_t size = strcspn(word, ",");
		if (size == length && strncmp(word, name, size) == 0)
			return false;
		word += size;
	}
	return true;
}

const char *layer_pretend(void)
{
	const char *wish = getenv("KIT_PRETEND");
	return wish ? wish : "";
}

#else

bool layer_on(const char *name)
{
	(void)name;
	return true;
}

const char *layer_pretend(void)
{
	return "";
}

#endif
