/* pasted.h - code that was pasted into a page of the platform, as text again. */
#ifndef PASTED_H
#define PASTED_H

#include "../course/text.h"

/* Takes away the tags of HTML and puts characters for their names; paragraphs and breaks become ends of lines. */
void pasted_to_text(struct text *text);

#endif
