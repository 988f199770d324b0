/* program.c - the host of a whole program: its main, under the name program_main, is what is run again and again. */
#include "host.h"

#include <stdlib.h>
#include <string.h>

int program_main(int argc, char **argv, char **environment);

struct arguments {
	int count;
	char **argv, **environment;
};

static void run_body(void *context)
{
	const struct arguments *arguments = context;
	rt_run_program(program_main, arguments->count, arguments->argv, arguments->environment);
}

WITHOUT_GUARD int main(int argc, char **argv, char **environment)
{
	struct options options;
	host_fix_guard();
	host_options(argc, argv, &options);
	if (host_prepare(&options) != 0)
		return 2;
	/* The program sees its own name, then what comes after "--". */
	int first = options.arguments_at ? options.arguments_at : argc;
	argv[first - 1] = argv[0];
	struct arguments arguments = {argc - first + 1, argv + first - 1, environment};
	struct unit unit = {"main", run_body, &arguments};
	if (options.in_process) {
		if (!rt_is_open() && rt_world_open(0) != 0)
			return 2;
		run_body(&arguments);
	}
	return strcmp(host_judge(&unit, &options), "pass") != 0;
}
