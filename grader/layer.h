/* layer.h - the layers of protection, which the test builds can do without one by one: an attack that no layer stops
 * any more must succeed, or its test proves nothing. */
#ifndef LAYER_H
#define LAYER_H

#include <stdbool.h>

/* Is the layer of that name on? Always true, except in the test builds (KIT_LAYERS defined: build/grader-layers,
 * build/grader-asan): there the environment variable KIT_LAYERS_OFF names those that are off, with commas between them.
 * Thread-safe as getenv is; does not fail. */
bool layer_on(const char *name);

/* What machine a test build shall take this one for ($KIT_PRETEND): "nouserns" (bubblewrap cannot make namespaces),
 * "container" (nor does personality(2) work), or "" for what it is: always, in other builds. */
const char *layer_pretend(void);

#endif
