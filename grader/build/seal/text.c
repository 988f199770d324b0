/* text.c - the file as it is: characters, directives, and words by which a program would learn what it is compiled for.
 *
 * What is looked at here is what the preprocessor takes away, or what could lead the next step round the rest of the
 * file. So the text is read exactly as gcc reads it: lines joined, comments and strings skipped, digraphs known.
 * Trigraphs are off in -std=gnu17. */
#include "private.h"

#include "../../memory.h"
#include "../../utf8.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_LINE = 4000 };

struct reading {
	struct seal_problems *problems;
	struct seal_guarded *guarded;
	const struct seal_contract *contract;
	struct joined joined;
	size_t at;        /* in the joined text */
	unsigned doubted; /* line of something that is wrong if it is compiled and is not taken out yet, or 0 */
	FILE *kept;       /* becomes guarded->text */
	size_t kept_to;   /* so far; in the submission */
};

/* ---- what is wrong only where it is compiled ------------------------------------------------ */

#define MARK "kit_seal_"

/* Of the line, in a form that is in no other line's. */
static char *mark_of(unsigned line)
{
	return format(MARK "%06u", line);
}

/* In the place of the piece from `begin` to the end of `at` comes `mark`, with as many lines as were there. */
static void take_out(struct reading *reading, size_t begin, const char *mark)
{
	size_t from = reading->joined.origin[begin], to = reading->joined.origin[reading->at];
	const char *text = reading->contract->text;
	fwrite(text + reading->kept_to, 1, from - reading->kept_to, reading->kept);
	fputs(mark, reading->kept);
	for (size_t i = from; i < to; i++)
		if (text[i] == '\n')
			fputs(" \\\n", reading->kept);
	reading->kept_to = to;
	reading->doubted = 0;
}

static void doubt(struct reading *reading, const char *rule, unsigned line, const char *instead, const char *template,
                  ...) __attribute__((format(printf, 5, 6)));

static void doubt(struct reading *reading, const char *rule, unsigned line, const char *instead, const char *template,
                  ...)
{
	va_list args;
	va_start(args, template);
	char *seen = vformat(template, args);
	va_end(args);
	add_problem(&reading->guarded->problems, seal_layer_text, rule, line, instead, "%s", seen);
	free(seen);
	if (!reading->doubted)
		reading->doubted = line;
}

bool seal_is_compiled(struct seal_problems *problems, struct seal_guarded *guarded, const char *said)
{
	struct seal_problems *doubtful = &guarded->problems, compiled = {0};
	if (!doubtful->count || !strstr(said, MARK))
		return false;
	for (size_t i = 0; i < doubtful->count; i++) {
		const struct seal_problem *problem = &doubtful->item[i];
		char *mark = mark_of(problem->line);
		if (strstr(said, mark))
			add_problem(&compiled, problem->layer, problem->rule, problem->line, problem->instead, "%s", problem->seen);
		free(mark);
	}
	/* A mark of what the list had no room for: then all of it is told. */
	seal_move(problems, compiled.count ? &compiled : doubtful);
	return true;
}

void seal_guarded_clear(struct seal_guarded *guarded)
{
	seal_clear(&guarded->problems);
	free(guarded->text);
	*guarded = (struct seal_guarded){0};
}

static const char *here(const struct reading *reading)
{
	return reading->joined.text + reading->at;
}

static unsigned line_here(const struct reading *reading)
{
	return reading->joined.line[reading->at];
}

static size_t cut_here(const struct reading *reading, enum piece_kind *kind)
{
	return cut_piece(here(reading), reading->joined.size - reading->at, kind);
}

/* ---- characters ----------------------------------------------------------------------------- */

static bool is_control(unsigned char byte)
{
	return (byte < 0x20 && !memchr("\t\n\v\f\r", byte, 5)) || byte == 0x7f;
}

/* The bytes of one line, without its newline. */
static void check_line(struct seal_problems *problems, const char *text, size_t length, unsigned line)
{
	if (length > LONGEST_LINE)
		add_problem(problems, seal_layer_text, "long_line", line, "Split it into several lines.",
		            "The line has %zu bytes; at most %d are accepted, because nobody would see the rest.", length,
		            LONGEST_LINE);
	for (size_t i = 0; i < length; i++) {
		bool line_end = text[i] == '\r' && i + 1 == length;
		if (is_control((unsigned char)text[i]) || (text[i] == '\r' && !line_end)) {
			add_problem(problems, seal_layer_text, "control", line,
			            "Delete it; in a string, write it as an escape sequence, such as \\033.",
			            "There is a control character (byte 0x%02x) that editors do not show.", (unsigned char)text[i]);
			return;
		}
	}
}

static void check_lines(struct seal_problems *problems, const char *text, size_t size)
{
	unsigned line = 1;
	for (size_t begin = 0; begin < size; line++) {
		const char *newline = memchr(text + begin, '\n', size - begin);
		size_t end = newline ? (size_t)(newline - text) : size;
		check_line(problems, text + begin, end - begin, line);
		begin = end + 1;
	}
}

static bool reorders(uint32_t point)
{
	return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

/* Characters that make a piece look different from what the compiler reads. Emoji need joiners: those may stand in
 * comments and strings. */
static void check_characters(struct reading *reading, size_t length, bool quoted)
{
	for (size_t i = 0, step; i < length; i += step) {
		uint32_t point;
		step = utf8_decode(here(reading) + i, &point);
		if (step == 0)
			step = 1; /* no UTF-8: what reads the file has told that */
		else if (reorders(point))
			add_problem(reading->problems, seal_layer_text, "bidi", reading->joined.line[reading->at + i],
			            "Delete it and type the line again.",
			            "There is a hidden character (U+%04X) that makes the text appear in a different order than the "
			            "compiler reads it.",
			            (unsigned)point);
		else if (!quoted && utf8_deceptive(point))
			add_problem(reading->problems, seal_layer_text, "invisible", reading->joined.line[reading->at + i],
			            "Delete it and type the line again.",
			            "There is an invisible character (U+%04X) in the program text.", (unsigned)point);
	}
}

/* ---- words ---------------------------------------------------------------------------------- */

/* What tells a program how it is compiled, and when. */
static const char *const detectors[] = {"__SANITIZE_*",
                                        "__has_feature",
                                        "__has_extension",
                                        "__has_include*",
                                        "__has_embed",
                                        "__has_attribute",
                                        "__has_c_attribute",
                                        "__has_cpp_attribute",
                                        "__has_builtin",
                                        "__OPTIMIZE__",
                                        "__OPTIMIZE_SIZE__",
                                        "__NO_INLINE__",
                                        "__VALGRIND*",
                                        "__SSP*",
                                        "__PIE__",
                                        "__pie__",
                                        "__PIC__",
                                        "__pic__",
                                        "_FORTIFY_SOURCE",
                                        "__DATE__",
                                        "__TIME__",
                                        "__TIMESTAMP__",
                                        "KIT_*",
                                        NULL};

/* The C library's own tools for making words out of two, which hide them from the next step. */
static const char *const glue[] = {"__CONCAT*", "__REDIRECT*", "__ASMNAME*", "__LDBL_REDIR*", NULL};

static void check_word(struct reading *reading, size_t length)
{
	char word[48];
	if (length >= sizeof word)
		return; /* longer than what is looked for */
	memcpy(word, here(reading), length);
	word[length] = 0;
	if (find_pattern(detectors, word) >= 0)
		doubt(reading, "condition", line_here(reading),
		      "Write the same code for every build: what is judged has to be what runs.",
		      "%s reveals how the program is compiled, so it could behave differently under a tool.", word);
	else if (find_pattern(glue, word) >= 0)
		doubt(reading, "reserved", line_here(reading), "Use ## in a macro of your own where it is needed.",
		      "%s is an internal macro of the C library.", word);
}

/* ---- directives ----------------------------------------------------------------------------- */

static bool ends_line(enum piece_kind kind)
{
	return kind == PIECE_NEWLINE || kind == PIECE_END;
}

/* Goes on to the next piece of the line that is no blank and no comment. Returns its length. */
static size_t skip_blanks(struct reading *reading, enum piece_kind *kind)
{
	size_t length = cut_here(reading, kind);
	while (*kind == PIECE_SPACE || *kind == PIECE_COMMENT) {
		reading->at += length;
		length = cut_here(reading, kind);
	}
	return length;
}

static bool is_own_header(const struct reading *reading, const char *name)
{
	size_t length = strlen(reading->contract->assignment->name);
	return strncmp(name, reading->contract->assignment->name, length) == 0 && strcmp(name + length, ".h") == 0;
}

/* At what follows "#include". */
static void check_include(struct reading *reading)
{
	static const char instead[] =
	    "Include the assignment's own header and standard headers, each by its plain name, as in #include <pthread.h>.";
	enum piece_kind kind;
	skip_blanks(reading, &kind);
	unsigned line = line_here(reading);
	char close = *here(reading) == '<' ? '>' : *here(reading) == '"' ? '"' : 0;
	size_t length = close ? strcspn(here(reading) + 1, close == '>' ? ">\n" : "\"\n") : 0;
	if (!close || here(reading)[1 + length] != close) {
		doubt(reading, "include", line, instead,
		      close ? "The header's name is not closed." : "This #include does not name its header.");
		return;
	}
	char *name = format("%.*s", (int)length, here(reading) + 1);
	reading->at += length + 2;
	const struct seal_contract *contract = reading->contract;
	if (!in_list(&contract->course->headers, name) && !is_own_header(reading, name) &&
	    !assignment_reuses_header(contract->assignment, name))
		doubt(reading, "include", line, instead, "The header %.80s is not among those that a submission may include.",
		      name);
	free(name);
	skip_blanks(reading, &kind);
	if (!ends_line(kind))
		doubt(reading, "include", line, instead, "There is something after the header's name.");
}

/* At what follows "#pragma". */
static void check_pragma(struct reading *reading)
{
	enum piece_kind kind;
	size_t length = skip_blanks(reading, &kind);
	unsigned line = line_here(reading);
	bool allowed = is_word(here(reading), length, "once");
	char *name = format("%.*s", (int)(length < 40 ? length : 40), here(reading));
	if (is_word(here(reading), length, "GCC")) {
		reading->at += length;
		length = skip_blanks(reading, &kind);
		allowed = is_word(here(reading), length, "diagnostic");
		free(name);
		name = format("GCC %.*s", (int)(length < 40 ? length : 40), here(reading));
	}
	if (!allowed)
		doubt(reading, "pragma", line, "Remove it; only #pragma once and #pragma GCC diagnostic are accepted.",
		      "#pragma %s changes how the program is compiled, so what is judged would not be what you wrote.", name);
	free(name);
}

static const char *const directives[] = {"define", "undef",   "if",    "ifdef",    "ifndef",  "elif", "else",
                                         "endif",  "warning", "error", "elifndef", "elifdef", NULL};

static void refuse_directive(struct reading *reading, const char *name, unsigned line)
{
	static const struct {
		const char *name, *seen, *instead;
	} known[] = {
	    {"line", "#line says that the text is from another file or line.",
	     "Remove it: messages then show your own lines."},
	    {"embed", "#embed puts a file into the program.", "Write the data as an initialiser."},
	    {"include_next", "#include_next searches other directories for a header.", "Use #include."},
	    {"import", "#import is an obsolete way to include a header.", "Use #include."},
	    {"ident", "#ident writes into the object file.", "Use a comment."},
	    {"sccs", "#sccs writes into the object file.", "Use a comment."},
	    {"assert", "#assert is an obsolete directive.", "For a check at run time write assert(...), without the #."},
	    {"unassert", "#unassert is an obsolete directive.", "Leave it out."},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].name, name) == 0) {
			doubt(reading, "directive", line, known[i].instead, "%s", known[i].seen);
			return;
		}
	doubt(reading, "directive", line, "Correct it, or put it into a comment if it is meant as one.",
	      "#%.40s is not a directive that a submission may use.", name);
}

/* At what follows the sign that begins a directive; reads on to somewhere within its line. Returns its name, which the
 * caller frees. */
static char *check_directive(struct reading *reading)
{
	enum piece_kind kind;
	size_t length = skip_blanks(reading, &kind);
	unsigned line = line_here(reading);
	if (ends_line(kind))
		return strdup(""); /* "#" alone is nothing */
	char *name = format("%.*s", (int)(length < 40 ? length : 40), here(reading));
	if (kind == PIECE_NUMBER) {
		add_problem(reading->problems, seal_layer_text, "line_marker", line,
		            "Remove it: such lines are for the compiler's internal use.",
		            "A line that begins with # and a number says that the text is from another file.");
		return name;
	}
	reading->at += length;
	if (strcmp(name, "include") == 0)
		check_include(reading);
	else if (strcmp(name, "pragma") == 0)
		check_pragma(reading);
	else if (kind != PIECE_WORD || find_pattern(directives, name) < 0)
		refuse_directive(reading, name, line);
	return name;
}

/* What stands in a directive's place: it must open, or divide, what the directive opened or divided, and be an error
 * where the preprocessor reads it. */
static char *stand_in(const char *name, unsigned line)
{
	static const char *const opening[] = {"if*", NULL}, *const dividing[] = {"elif*", NULL};
	char *mark = mark_of(line);
	char *text = find_pattern(opening, name) >= 0    ? format("#if %s %s", mark, mark)
	             : find_pattern(dividing, name) >= 0 ? format("#elif %s %s", mark, mark)
	                                                 : format("#error %s", mark);
	free(mark);
	return text;
}

/* ---- all together --------------------------------------------------------------------------- */

/* In a raw string neither quotes nor lines mean what they mean elsewhere. gnu17 has them. */
static bool begins_raw_string(const struct reading *reading, size_t length)
{
	static const char *const prefixes[] = {"R", "LR", "uR", "UR", "u8R"};
	if (here(reading)[length] != '"')
		return false;
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (is_word(here(reading), length, prefixes[i]))
			return true;
	return false;
}

/* One piece that may stand anywhere, in a directive or outside. False: the rest cannot be read. */
static bool read_piece(struct reading *reading, size_t length, enum piece_kind kind)
{
	if (kind == PIECE_WORD && begins_raw_string(reading, length)) {
		add_problem(reading->problems, seal_layer_text, "raw_string", line_here(reading),
		            "Write an ordinary string, \"...\", with \\n and \\\" in it.",
		            "A raw string, R\"(...)\", is not part of C.");
		return false;
	}
	if (kind == PIECE_WORD)
		check_word(reading, length);
	check_characters(reading, length, kind == PIECE_COMMENT || kind == PIECE_STRING);
	reading->at += length;
	return true;
}

/* The rest of the line, comments and all. What stands behind #else and #endif means nothing. */
static bool read_rest_of_line(struct reading *reading, const char *name)
{
	enum piece_kind kind;
	bool idle = strcmp(name, "else") == 0 || strcmp(name, "endif") == 0;
	for (size_t length; length = cut_here(reading, &kind), !ends_line(kind);)
		if (!read_piece(reading, length, idle && kind == PIECE_WORD ? PIECE_SIGN : kind))
			return false;
	return true;
}

/* At the sign that begins a directive. A directive that is in doubt is taken out as a whole. */
static bool read_directive(struct reading *reading, size_t length)
{
	size_t begin = reading->at;
	reading->at += length;
	char *name = check_directive(reading);
	bool readable;
	if (reading->doubted)
		reading->at = begin; /* the name of a header is cut in another way than the rest of the text */
	readable = read_rest_of_line(reading, name);
	if (reading->doubted) {
		char *text = stand_in(name, reading->doubted);
		take_out(reading, begin, text);
		free(text);
	}
	free(name);
	return readable;
}

static bool read_elsewhere(struct reading *reading, size_t length, enum piece_kind kind)
{
	size_t begin = reading->at;
	bool readable = read_piece(reading, length, kind);
	if (reading->doubted) {
		char *mark = mark_of(reading->doubted);
		take_out(reading, begin, mark);
		free(mark);
	}
	return readable;
}

static void read_pieces(struct reading *reading)
{
	bool fresh = true, readable = true; /* fresh: nothing but blanks in this line so far */
	enum piece_kind kind;
	for (size_t length; readable && (length = cut_here(reading, &kind)) > 0;) {
		bool directive = fresh && kind == PIECE_SIGN && is_sign(here(reading), length, '#');
		readable = directive ? read_directive(reading, length) : read_elsewhere(reading, length, kind);
		fresh = kind == PIECE_NEWLINE || (fresh && (kind == PIECE_SPACE || kind == PIECE_COMMENT));
	}
}

/* Nobody else may write the marks. */
static bool has_marks(const struct joined *joined)
{
	return strstr(joined->text, MARK) != NULL;
}

void seal_text(struct seal_problems *problems, struct seal_guarded *guarded, const struct seal_contract *contract)
{
	struct reading reading = {.problems = problems, .guarded = guarded, .contract = contract};
	check_lines(problems, contract->text, contract->size);
	if (memchr(contract->text, 0, contract->size))
		return; /* told as a control character; there is no reading on */
	reading.kept = must(open_memstream(&guarded->text, &guarded->size));
	join_lines(&reading.joined, contract->text, contract->size);
	read_pieces(&reading);
	fwrite(contract->text + reading.kept_to, 1, contract->size - reading.kept_to, reading.kept);
	fclose(reading.kept);
	if (has_marks(&reading.joined))
		seal_move(problems, &guarded->problems);
	joined_clear(&reading.joined);
}
