/* sealing.h - one submission on its way through the seal (grader/build/seal): which files it reads when, and what its
 * problems are as findings. */
#ifndef SEALING_H
#define SEALING_H

#include "../build/build.h"
#include "../build/seal/seal.h"
#include "../score/grade.h"

/* Borrowed but for the problems. Zeroed but for the first three = nothing judged yet. */
struct sealing {
	const struct course *course;
	const struct assignment *assignment;
	const struct source *source;
	struct seal_problems problems;
	struct seal_guarded guarded;
	char *lost; /* why something that was to be judged is not there, by no fault of the source; or NULL */
};

/* Judges the source as it is. Afterwards there may be problems: then do not go on. */
void sealing_text(struct sealing *sealing);

/* Makes the folder and writes into it, as NAME.c, what is to be compiled. 0, or -1 and *error. */
int sealing_write(const struct sealing *sealing, const char *folder, struct error *error);

/* After a compiler or preprocessor has failed: did it fail because of what the seal refuses? `log` is the file in the
 * folder with its words. Afterwards there are problems. */
bool sealing_refuses(struct sealing *sealing, const char *folder, const char *log);

/* Are the two preprocessed texts wanted? Not without the text's layer (layer.h). */
bool sealing_wants_tokens(void);

/* Judges folder/NAME-plain.i and NAME-tsan.i, which build_preprocess has made. */
void sealing_tokens(struct sealing *sealing, const char *folder);

/* Judges folder/NAME-VARIANT.o, which build_compile has made: VARIANT_PLAIN or VARIANT_TSAN. */
void sealing_object(struct sealing *sealing, const char *folder, enum variant variant);

/* Makes findings of the first problems, by line. */
void sealing_report(struct sealing *sealing, struct grade *grade);

void sealing_clear(struct sealing *sealing); /* frees the problems, the text, and why they may be incomplete */

#endif
