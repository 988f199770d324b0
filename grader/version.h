/* version.h - which release of the kit this is. */
#ifndef VERSION_H
#define VERSION_H

/* The text of the file VERSION. */
const char *kit_release(void);

#endif
