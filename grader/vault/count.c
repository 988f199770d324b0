/* count.c - how many assertions a test's body came to, and which of them is turned round. */
#include "private.h"

#include "runtime.h"

#include <string.h>

static struct vault_count *here(void)
{
	return vault.is_open ? KEPT_HERE->count_of_assertions : NULL;
}

void vault_count_begins(uintptr_t place, unsigned time)
{
	struct vault_count *count = here();
	if (!count)
		return;
	memset(count, 0, sizeof *count);
	count->turned = place;
	count->turned_time = time;
}

bool vault_count_one(uintptr_t place)
{
	struct vault_count *count = here();
	unsigned i = 0;
	if (!count || !rt_in_test_process())
		return false;
	count->total++;
	while (i < count->sites && count->site[i].place != place)
		i++;
	if (i == count->sites) {
		if (count->sites == VAULT_SITES)
			return false;
		count->site[count->sites++].place = place;
	}
	return ++count->site[i].times == count->turned_time && place == count->turned;
}

void vault_counted(struct vault_count *counted)
{
	const struct vault_count *count = here();
	memset(counted, 0, sizeof *counted);
	if (count)
		*counted = *count;
}
