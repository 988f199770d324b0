#include "version.h"

const char *kit_release(void)
{
	return KIT_VERSION;
}

const char *kit_builder(void)
{
	return KIT_BUILDER;
}
