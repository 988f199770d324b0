/* version.h - which release of the kit this is. */
#ifndef VERSION_H
#define VERSION_H

/* The text of the file VERSION. */
const char *kit_release(void);

/* A hash of the sources that say how the kit's half of judged programs is built. */
const char *kit_builder(void);

#endif
