#include "version.h"

const char *kit_release(void)
{
	return KIT_VERSION;
}
