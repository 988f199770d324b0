/* tokens.c - what the preprocessor made of the submission: whether it is the same for all builds, and whether it is C.
 *
 * Macros are expanded and comments gone, so nothing is hidden any more. A line marker tells where what follows is from.
 * The submission's are all tokens of its own file, and those that its macros put into the lines of a system header:
 * there gcc ends the header's lines with a marker that has no flag 3 ("system header"). */
#include "../../memory.h"
#include "private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct token {
	const char *text; /* in the preprocessor's output */
	size_t length;
	unsigned line; /* of the submission, or 0: put into a header's line by one of its macros */
	enum piece_kind kind;
	bool pragma;       /* the whole line of a #pragma that came through */
	bool in_swap_file; /* put by a macro into a function of is_swap_file's */
};

struct tokens {
	struct token *item;
	size_t count, capacity;
};

/* ---- from text to tokens -------------------------------------------------------------------- */

static void add_token(struct tokens *tokens, struct token token)
{
	if (tokens->count == tokens->capacity) {
		tokens->capacity = tokens->capacity ? 2 * tokens->capacity : 1024;
		tokens->item = must(reallocarray(tokens->item, tokens->capacity, sizeof *tokens->item));
	}
	tokens->item[tokens->count++] = token;
}

/* Where the lines that are being read come from. */
struct origin {
	bool own;     /* from the submission, or put there by it */
	bool in_file; /* from NAME.c */
	bool in_swap_file;
	unsigned line; /* there */
};

/* Reads `# 12 "pipe_ring.c" 3 4`. */
static void read_marker(const char *text, size_t length, const char *name, struct origin *origin)
{
	const char *end = text + length, *quote = memchr(text, '"', length);
	const char *last = quote ? memrchr(text, '"', length) : NULL;
	if (!quote || last == quote)
		return;
	size_t size = (size_t)(last - quote) - 1;
	bool system = false;
	for (const char *flag = last + 1; flag < end; flag++)
		system = system || *flag == '3';
	origin->line = (unsigned)strtoul(text + 2, NULL, 10);
	origin->in_file = is_word(quote + 1, size, name);
	origin->own = origin->in_file || (!system && quote[1] != '<');
	origin->in_swap_file = is_swap_file(quote + 1, size);
}

static void cut_line(struct tokens *tokens, const char *text, size_t length, const struct origin *origin)
{
	enum piece_kind kind;
	for (size_t step; (step = cut_piece(text, length, &kind)) > 0; text += step, length -= step)
		if (kind != PIECE_SPACE)
			add_token(tokens, (struct token){.text = text,
			                                 .length = step,
			                                 .line = origin->in_file ? origin->line : 0,
			                                 .kind = kind,
			                                 .in_swap_file = origin->in_swap_file});
}

/* Pragmas are taken from everywhere: gcc prints one that a macro of the submission has made as a line of the header. */
static struct tokens cut_tokens(const char *text, const char *name)
{
	struct tokens tokens = {0};
	struct origin origin = {.own = true, .in_file = true, .line = 1};
	for (size_t length; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		if (length > 2 && text[0] == '#' && text[1] == ' ' && isdigit((unsigned char)text[2])) {
			read_marker(text, length, name, &origin);
			continue;
		}
		if (text[0] == '#')
			add_token(&tokens, (struct token){.text = text,
			                                  .length = length,
			                                  .line = origin.in_file ? origin.line : 0,
			                                  .kind = PIECE_SIGN,
			                                  .pragma = true});
		else if (origin.own)
			cut_line(&tokens, text, length, &origin);
		origin.line++;
	}
	return tokens;
}

/* ---- the same for all builds? --------------------------------------------------------------- */

static bool same_token(const struct token *a, const struct token *b)
{
	return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* Up to 40 bytes of it. */
static int shown(const struct token *token)
{
	return token->length < 40 ? (int)token->length : 40;
}

static void compare(struct seal_problems *problems, const struct tokens *plain, const struct tokens *tsan)
{
	static const char instead[] = "Write the same code for every build: what is judged has to be what runs.";
	size_t i = 0;
	while (i < plain->count && i < tsan->count && same_token(&plain->item[i], &tsan->item[i]))
		i++;
	if (i == plain->count && i == tsan->count)
		return;
	if (i == plain->count || i == tsan->count) {
		const struct token *more = i < plain->count ? &plain->item[i] : &tsan->item[i];
		add_problem(problems, seal_layer_text, "differs", more->line, instead,
		            "From %.*s on, the code is compiled only when a tool is %swatching.", shown(more), more->text,
		            i < plain->count ? "not " : "");
		return;
	}
	const struct token *a = &plain->item[i], *b = &tsan->item[i];
	add_problem(problems, seal_layer_text, "differs", a->line ? a->line : b->line, instead,
	            "The program changes when a tool watches it: here it has %.*s, and %.*s when it is watched.", shown(a),
	            a->text, shown(b), b->text);
}

/* ---- single words --------------------------------------------------------------------------- */

struct scan {
	struct seal_problems *problems;
	const struct seal_contract *contract;
	const struct tokens *tokens;
	size_t at;
	unsigned told; /* problems, also those that were told before */
};

static const struct token *token_at(const struct scan *scan, size_t at)
{
	static const struct token none = {.text = "", .kind = PIECE_END};
	return at < scan->tokens->count ? &scan->tokens->item[at] : &none;
}

static bool sign_at(const struct scan *scan, size_t at, char sign)
{
	const struct token *token = token_at(scan, at);
	return token->kind == PIECE_SIGN && !token->pragma && is_sign(token->text, token->length, sign);
}

/* `sentence` has an '@' where the token belongs. */
static void refuse(struct scan *scan, const struct token *token, const char *rule, const char *sentence,
                   const char *instead)
{
	if (scan->told++ >= TELL_LIMIT)
		return;
	char *word = format("%.*s", shown(token), token->text);
	unsigned line = token->line ? token->line : seal_line_of(scan->contract->text, scan->contract->size, word);
	char *seen = insert_word(sentence, word);
	add_problem(scan->problems, seal_layer_text, rule, line, instead, "%s", seen);
	free(seen);
	free(word);
}

/* Words of valgrind's headers. They are macros, so they are no names in an object. */
static const char *const macros[] = {"ANNOTATE_*", "VALGRIND_*", "RUNNING_ON_VALGRIND", NULL};
/* Names of the kit. They make good names for members, too, so only functions of that name count. */
static const char *const kits[] = {"kit_*", "rt_*", NULL};
static const char *const assembler[] = {"asm", "__asm", "__asm__", NULL};
static const char *const segments[] = {"__seg_fs", "__seg_gs", NULL};

static const char *const good_builtins[] = {"__builtin_expect*",
                                            "__builtin_popcount*",
                                            "__builtin_clz*",
                                            "__builtin_ctz*",
                                            "__builtin_ffs*",
                                            "__builtin_clrsb*",
                                            "__builtin_parity*",
                                            "__builtin_bswap*",
                                            "__builtin_unreachable",
                                            "__builtin_trap",
                                            "__builtin_va_*",
                                            "__builtin_offsetof",
                                            "__builtin_types_compatible_p",
                                            "__builtin_choose_expr",
                                            "__builtin_alloca*",
                                            "__builtin_add_overflow*",
                                            "__builtin_sub_overflow*",
                                            "__builtin_mul_overflow*",
                                            "__builtin_sadd*",
                                            "__builtin_ssub*",
                                            "__builtin_smul*",
                                            "__builtin_uadd*",
                                            "__builtin_usub*",
                                            "__builtin_umul*",
                                            "__builtin_inf*",
                                            "__builtin_nan*",
                                            "__builtin_huge_val*",
                                            "__builtin_isnan*",
                                            "__builtin_isinf*",
                                            "__builtin_isfinite*",
                                            "__builtin_isnormal",
                                            "__builtin_isless*",
                                            "__builtin_isgreater*",
                                            "__builtin_isunordered",
                                            "__builtin_signbit*",
                                            "__builtin_fpclassify",
                                            "__builtin_fabs*",
                                            "__builtin_copysign*",
                                            "__builtin_abs",
                                            "__builtin_labs",
                                            "__builtin_llabs",
                                            "__builtin_assume_aligned",
                                            "__builtin_prefetch",
                                            "__builtin_classify_type",
                                            "__builtin_complex",
                                            "__builtin_tgmath",
                                            "__builtin_LINE",
                                            "__builtin_FILE",
                                            "__builtin_FUNCTION",
                                            "__builtin_convertvector",
                                            "__builtin_shuffle*",
                                            "__builtin_memcpy",
                                            "__builtin_memmove",
                                            "__builtin_memset",
                                            "__builtin_memcmp",
                                            "__builtin_memchr",
                                            "__builtin_mempcpy",
                                            "__builtin_strlen",
                                            "__builtin_strcmp",
                                            "__builtin_strncmp",
                                            "__builtin_strcpy",
                                            "__builtin_strncpy",
                                            "__builtin_strcat",
                                            "__builtin_strchr",
                                            "__builtin_strrchr",
                                            "__builtin_strstr",
                                            "__builtin_malloc",
                                            "__builtin_calloc",
                                            "__builtin_realloc",
                                            "__builtin_free",
                                            "__builtin_printf",
                                            "__builtin_fprintf",
                                            "__builtin_snprintf",
                                            "__builtin_puts",
                                            "__builtin_abort",
                                            NULL};

static const struct {
	const char *const pattern[8];
	const char *why, *instead;
} bad_builtins[] = {
    {{"__builtin_return_address", "__builtin_frame_address", "__builtin_extract_*", "__builtin_frob_*",
      "__builtin_dwarf_cfa", "__builtin_stack_*", NULL},
     "@ accesses the stack of the function's caller.",
     "Pass what the function needs as an argument."},
    {{"__builtin_apply*", "__builtin_return", "__builtin_setjmp", "__builtin_longjmp", "__builtin_eh_*",
      "__builtin_unwind_*", "__builtin_call_*", NULL},
     "@ leaves a function other than by returning from it.",
     "Return an error code and clean up in one place."},
    {{"__builtin_constant_p", "__builtin_object_size", "__builtin_dynamic_object_size", "__builtin_has_attribute",
      NULL},
     "@ depends on what the optimiser knows, so the program would differ from build to build.",
     "Write the same code for every build."},
    {{"__builtin_ia32_*", "__builtin_aarch64_*", "__builtin_arm_*", "__builtin_cpu_*", "__builtin_thread_pointer",
      NULL},
     "@ is an instruction of one particular processor.",
     "Write it in C: what is judged has to be the same on every machine."},
};

static void check_builtin(struct scan *scan, const struct token *token, const char *word)
{
	for (size_t i = 0; i < sizeof bad_builtins / sizeof *bad_builtins; i++)
		if (find_pattern(bad_builtins[i].pattern, word) >= 0) {
			refuse(scan, token, "builtin", bad_builtins[i].why, bad_builtins[i].instead);
			return;
		}
	if (find_pattern(good_builtins, word) < 0)
		refuse(scan, token, "builtin", "@ is not among the compiler built-ins that a submission may use.",
		       "Write it in plain C, or call the C library function.");
}

static bool is_member(const struct scan *scan, size_t at)
{
	return at > 0 &&
	       (sign_at(scan, at - 1, '.') || (at > 1 && sign_at(scan, at - 1, '>') && sign_at(scan, at - 2, '-')));
}

/* Behind the bracket that closes the one at `at`. */
static size_t behind_brackets(const struct scan *scan, size_t at)
{
	size_t depth = 0;
	do {
		depth += sign_at(scan, at, '(');
		depth -= sign_at(scan, at, ')');
		at++;
	} while (depth && at < scan->tokens->count);
	return at;
}

/* Is it the name of a function of the submission's own? All its calls lead there then. Not so of names that begin with
 * kit_: by those the kit tells its own faults in the tools' reports. */
static bool is_own(const struct scan *scan, const struct token *name)
{
	size_t depth = 0;
	for (size_t at = 0; at < scan->tokens->count && name->text[0] == 'r'; at++) {
		depth += sign_at(scan, at, '{');
		depth -= depth && sign_at(scan, at, '}');
		if (depth == 0 && same_token(token_at(scan, at), name) && sign_at(scan, at + 1, '(') &&
		    sign_at(scan, behind_brackets(scan, at + 1), '{'))
			return true;
	}
	return false;
}

static void check_word(struct scan *scan, const struct token *token)
{
	char word[64];
	if (token->length >= sizeof word)
		return; /* longer than any name that is looked for */
	memcpy(word, token->text, token->length);
	word[token->length] = 0;
	if (find_pattern(assembler, word) >= 0)
		refuse(scan, token, "asm", "@ puts machine code into the program, hidden from the tools that judge it.",
		       "Write it in C; for atomic operations use <stdatomic.h>.");
	else if (find_pattern(segments, word) >= 0)
		refuse(scan, token, "segment", "@ accesses the C library's private thread-local data.",
		       "Use _Thread_local for thread-local data.");
	else if (strcmp(word, "_Pragma") == 0)
		refuse(scan, token, "pragma", "@ changes how the program is compiled.", "Leave it out.");
	else if (strncmp(word, "__builtin_", 10) == 0)
		check_builtin(scan, token, word);
	else if (is_tool_name(word) || find_pattern(macros, word) >= 0)
		refuse(scan, token, "reserved", "The name @ belongs to the tools that judge the program.", "Use another name.");
	else if (find_pattern(kits, word) >= 0 && sign_at(scan, scan->at + 1, '(') && !is_member(scan, scan->at) &&
	         !is_own(scan, token))
		refuse(scan, token, "reserved", "Functions whose names begin like @ belong to the kit.",
		       "Give the function another name.");
}

/* ---- pragmas and attributes ----------------------------------------------------------------- */

static void check_pragma(struct scan *scan, const struct token *token)
{
	static const char *const allowed[] = {"#pragma GCC diagnostic *", "#pragma once*", NULL};
	char *text = format("%.*s", (int)token->length, token->text);
	if (find_pattern(allowed, text) < 0)
		refuse(scan, token, "pragma", "@ changes how the program is compiled.",
		       "Remove it; only #pragma once and #pragma GCC diagnostic are accepted.");
	free(text);
}

static const char *const good_attributes[] = {"access",
                                              "aligned",
                                              "alloc_align",
                                              "alloc_size",
                                              "always_inline",
                                              "artificial",
                                              "assume",
                                              "assume_aligned",
                                              "cleanup",
                                              "cold",
                                              "const",
                                              "counted_by",
                                              "deprecated",
                                              "designated_init",
                                              "fallthrough",
                                              "fd_arg*",
                                              "flag_enum",
                                              "flatten",
                                              "format",
                                              "format_arg",
                                              "gnu_inline",
                                              "hot",
                                              "leaf",
                                              "likely",
                                              "malloc",
                                              "may_alias",
                                              "maybe_unused",
                                              "mode",
                                              "noclone",
                                              "nodiscard",
                                              "noinline",
                                              "noipa",
                                              "nonnull",
                                              "nonstring",
                                              "noreturn",
                                              "_Noreturn",
                                              "nothrow",
                                              "null_terminated_string_arg",
                                              "packed",
                                              "pure",
                                              "reproducible",
                                              "returns_nonnull",
                                              "sentinel",
                                              "tls_model",
                                              "transparent_union",
                                              "unavailable",
                                              "unlikely",
                                              "unsequenced",
                                              "unused",
                                              "vector_size",
                                              "warn_if_not_aligned",
                                              "warn_unused_result",
                                              "warning",
                                              "error",
                                              NULL};

static const struct {
	const char *const pattern[8];
	const char *why, *instead;
} bad_attributes[] = {
    {{"constructor", "destructor", "init_priority", NULL},
     "The attribute @ makes code run before or after everything else, where no test can see it.",
     "Do it in the function of the contract that creates or destroys the object."},
    {{"section", NULL},
     "The attribute @ places code or data in an unusual section.",
     "Remove it: the compiler chooses the right section."},
    {{"alias", "weak", "weakref", "ifunc", "symver", "copy", "target_clones", NULL},
     "The attribute @ makes a name refer to something other than what the source says.",
     "Define the function under its own name and call it."},
    {{"no_sanitize*", "disable_sanitizer*", "no_address_safety*", "no_instrument_function", "no_profile*", "naked",
      NULL},
     "The attribute @ hides the function from the tools that judge it.",
     "Remove it and fix what the tool reports."},
    {{"optimize", "target", "simd", "no_stack_protector", "stack_protect", "patchable_*", NULL},
     "The attribute @ compiles the function differently from the rest.",
     "Remove it: every function is compiled in the same way."},
    {{"visibility", "used", "retain", "externally_visible", "no_reorder", "dllexport", NULL},
     "The attribute @ keeps things in the object file that nothing uses.",
     "Remove it; for something that may be unused write __attribute__((unused))."},
    {{"returns_twice", "interrupt*", "no_caller_saved*", "ms_abi", "sysv_abi", "regparm", "no_split_stack", NULL},
     "The attribute @ changes how functions are called and how they return.",
     "Leave it out."},
};

/* "__noreturn__" is "noreturn". */
static void judge_attribute(struct scan *scan, const struct token *token)
{
	char name[48];
	size_t length = token->length;
	const char *text = token->text;
	if (length > 4 && memcmp(text, "__", 2) == 0 && memcmp(text + length - 2, "__", 2) == 0) {
		text += 2;
		length -= 4;
	}
	if (length >= sizeof name)
		length = sizeof name - 1;
	memcpy(name, text, length);
	name[length] = 0;
	for (size_t i = 0; i < sizeof bad_attributes / sizeof *bad_attributes; i++)
		if (find_pattern(bad_attributes[i].pattern, name) >= 0) {
			refuse(scan, token, "attribute", bad_attributes[i].why, bad_attributes[i].instead);
			return;
		}
	if (find_pattern(good_attributes, name) < 0)
		refuse(scan, token, "attribute", "The attribute @ is not among those that a submission may use.",
		       "Leave it out.");
}

/* At the first token behind the opening brackets of a list of attributes; judges each name in it. Arguments are
 * skipped; they stand within brackets of their own. */
static void judge_attributes(struct scan *scan, size_t at)
{
	unsigned depth = 0;
	bool name = true;
	for (;; at++) {
		const struct token *token = token_at(scan, at);
		bool opens = sign_at(scan, at, '(') || sign_at(scan, at, '['),
		     closes = sign_at(scan, at, ')') || sign_at(scan, at, ']');
		if (token->kind == PIECE_END || (closes && depth == 0))
			return;
		if (opens)
			depth++;
		else if (closes)
			depth--;
		else if (depth == 0 && sign_at(scan, at, ','))
			name = true;
		else if (depth == 0 && token->kind == PIECE_WORD && name && !(sign_at(scan, at + 1, ':'))) {
			judge_attribute(scan, token); /* what stands before "::" is only whose attribute it is */
			name = false;
		}
	}
}

static void check_attributes(struct scan *scan, const struct token *token)
{
	bool word =
	    is_word(token->text, token->length, "__attribute__") || is_word(token->text, token->length, "__attribute");
	if (word && sign_at(scan, scan->at + 1, '(') && sign_at(scan, scan->at + 2, '('))
		judge_attributes(scan, scan->at + 3);
	else if (word)
		refuse(scan, token, "attribute", "This @ is malformed.", "Write __attribute__((name)).");
	else if (sign_at(scan, scan->at, '[') && sign_at(scan, scan->at + 1, '['))
		judge_attributes(scan, scan->at + 2);
}

/* ---- all together --------------------------------------------------------------------------- */

static void check_token(struct scan *scan)
{
	const struct token *token = token_at(scan, scan->at);
	if (token->pragma) {
		check_pragma(scan, token);
		return;
	}
	if (token->in_swap_file && token->kind == PIECE_WORD)
		refuse(scan, token, "header_code", "A macro puts @ into the functions of <endian.h>.",
		       "Give the macro another name: it has that of something in a system header.");
	if (sign_at(scan, scan->at, '#'))
		refuse(scan, token, "directive", "There is a @ in the middle of a line, where C allows none.", "Delete it.");
	if (token->kind == PIECE_WORD)
		check_word(scan, token);
	check_attributes(scan, token);
}

void seal_tokens(struct seal_problems *problems, const struct seal_contract *contract, const char *plain,
                 const char *tsan)
{
	char *name = format("%s.c", contract->assignment->name);
	struct tokens a = cut_tokens(plain, name), b = cut_tokens(tsan, name);
	compare(problems, &a, &b);
	const struct tokens *const both[] = {&a, &b};
	for (size_t i = 0; i < 2; i++) {
		struct scan scan = {problems, contract, both[i], 0, 0};
		for (; scan.at < scan.tokens->count && scan.told < TELL_LIMIT; scan.at++)
			check_token(&scan);
	}
	free(a.item);
	free(b.item);
	free(name);
}

unsigned seal_line_of(const char *text, size_t size, const char *word)
{
	struct joined joined;
	enum piece_kind kind;
	unsigned line = 0;
	join_lines(&joined, text, size);
	for (size_t at = 0, length; !line && (length = cut_piece(joined.text + at, joined.size - at, &kind)) > 0;
	     at += length)
		if (kind == PIECE_WORD && is_word(joined.text + at, length, word))
			line = joined.line[at];
	joined_clear(&joined);
	return line;
}

unsigned seal_line_of_compiled(const char *preprocessed, const char *file, const char *word)
{
	struct tokens tokens = cut_tokens(preprocessed, file);
	unsigned line = 0;
	for (size_t i = 0; i < tokens.count && !line; i++)
		if (tokens.item[i].kind == PIECE_WORD && is_word(tokens.item[i].text, tokens.item[i].length, word))
			line = tokens.item[i].line;
	free(tokens.item);
	return line;
}
