/* accesses.c - see accesses.h. Source: Intel's manual (volume 2) for the instructions, binutils' for their suffixes. */
#include "accesses.h"

#include <string.h>

struct rule {
	const char *begin, *end; /* of the mnemonic */
	unsigned bytes;
};

/* The first that fits. x87 and SSE, where the last letter is not a size of a whole number. */
static const struct rule rules[] = {
    {"fld", "t", 10},   {"fstp", "t", 10}, {"fldcw", "", 2},    {"fnstcw", "", 2},  {"fild", "q", 8},
    {"fild", "l", 4},   {"fild", "s", 2},  {"fist", "q", 8},    {"fist", "l", 4},   {"fist", "s", 2},
    {"f", "l", 8},      {"f", "s", 4},     {"movzb", "", 1},    {"movsb", "", 1},   {"movzw", "", 2},
    {"movsw", "", 2},   {"movsl", "q", 4}, {"movss", "", 4},    {"movsd", "", 8},   {"movdq", "", 16},
    {"movq", "", 8},    {"movlp", "", 8},  {"movhp", "", 8},    {"movnti", "", 4},  {"mova", "", 16},
    {"movup", "", 16},  {"movd", "", 4},   {"movntdq", "", 16}, {"movntp", "", 16}, {"cvtsi2", "q", 8},
    {"cvtsi2", "", 4},  {"cvtss", "", 4},  {"cvttss", "", 4},   {"cvtsd", "", 8},   {"cvttsd", "", 8},
    {"ucomiss", "", 4}, {"comiss", "", 4}, {"ucomisd", "", 8},  {"comisd", "", 8},  {"set", "", 1},
};

static bool fits(struct piece word, const struct rule *rule)
{
	return word.size >= strlen(rule->begin) + strlen(rule->end) && piece_begins(word, rule->begin) &&
	       piece_ends(word, rule->end);
}

static unsigned by_suffix(struct piece word)
{
	static const char *const scalar[] = {"addss", "subss", "mulss", "divss", "minss", "maxss", "sqrtss", NULL};
	static const char *const twice[] = {"addsd", "subsd", "mulsd", "divsd", "minsd", "maxsd", "sqrtsd", NULL};
	static const char *const whole[] = {"mov",    "add",   "sub",   "and",   "or",     "xor",   "cmp",  "test", "push",
	                                    "pop",    "inc",   "dec",   "neg",   "not",    "adc",   "sbb",  "imul", "mul",
	                                    "idiv",   "div",   "sal",   "shl",   "sar",    "shr",   "rol",  "ror",  "bt",
	                                    "bts",    "btr",   "btc",   "bsf",   "bsr",    "bswap", "xchg", "shld", "shrd",
	                                    "movabs", "movbe", "tzcnt", "lzcnt", "popcnt", NULL};
	if (piece_in(word, scalar))
		return 4;
	if (piece_in(word, twice))
		return 8;
	struct piece stem = {word.text, word.size ? word.size - 1 : 0};
	bool cmov = piece_begins(word, "cmov");
	if (!cmov && !piece_in(stem, whole))
		return 0;
	switch (word.size ? word.text[word.size - 1] : 0) {
	case 'b':
		return cmov ? 0 : 1;
	case 'w':
		return 2;
	case 'l':
		return cmov ? 0 : 4;
	case 'q':
		return 8;
	default:
		return 0;
	}
}

/* AVX moves as much as the register beside the memory holds. */
static unsigned wide_bytes(const struct line *line)
{
	static const char *const moves[] = {"vmova", "vmovu", "vmovdq", "vmovnt", "vlddqu", NULL};
	bool moves_all = false;
	for (size_t i = 0; moves[i]; i++)
		moves_all = moves_all || piece_begins(line->word, moves[i]);
	for (size_t i = 0; moves_all && i < line->operands; i++)
		if (piece_begins(line->operand[i].text, "%ymm"))
			return 32;
		else if (piece_begins(line->operand[i].text, "%zmm"))
			return 64;
	return 0;
}

static unsigned bytes_of(const struct line *line)
{
	unsigned bytes = wide_bytes(line);
	struct piece word = line->word;
	if (piece_begins(word, "v")) /* AVX has SSE's names behind a "v" */
		word = (struct piece){word.text + 1, word.size - 1};
	if (!bytes)
		bytes = by_suffix(word);
	for (size_t i = 0; !bytes && i < sizeof rules / sizeof *rules; i++)
		if (fits(word, &rules[i]))
			bytes = rules[i].bytes;
	for (size_t i = 0; !bytes && piece_begins(line->word, "cmov") && i < line->operands; i++)
		if (line->operand[i].kind == OPERAND_REGISTER)
			bytes = line->operand[i].bytes;
	return bytes;
}

/* Whether it changes what its last operand names; of one operand, that one. */
static bool changes_last(struct piece word)
{
	static const char *const readers[] = {"cmp",    "test",  "push",  "mul",   "imul",  "div",   "idiv",  "bt",
	                                      "ucomis", "comis", "fld",   "fild",  "fadd",  "fsub",  "fmul",  "fdiv",
	                                      "fcom",   "fucom", "fiadd", "fisub", "fimul", "fidiv", "ficom", NULL};
	static const char *const changers[] = {"bts", "btr", "btc", NULL};
	for (size_t i = 0; changers[i]; i++)
		if (piece_begins(word, changers[i]))
			return true;
	for (size_t i = 0; readers[i]; i++)
		if (piece_begins(word, readers[i]))
			return false;
	return true;
}

static bool is_no_access(const struct line *line)
{
	return line->locked || piece_begins(line->word, "xchg") || piece_begins(line->word, "lea") ||
	       piece_begins(line->word, "nop") || piece_begins(line->word, "prefetch") ||
	       piece_begins(line->word, "clflush");
}

static bool is_jump(const struct line *line)
{
	return *line->word.text == 'j' || piece_begins(line->word, "call");
}

struct access access_of(const struct line *line)
{
	struct access none = {0}, access = {0};
	size_t place = 0;
	for (size_t i = 0; i < line->operands; i++)
		if (line->operand[i].kind == OPERAND_MEMORY) {
			access.operand = &line->operand[i];
			place = i;
		}
	if (!access.operand || is_no_access(line))
		return none;
	if (is_jump(line)) {
		access.bytes = sizeof(void *);
		return line->indirect ? access : none;
	}
	access.bytes = bytes_of(line);
	access.write = access.bytes && place + 1 == line->operands && changes_last(line->word);
	access.bytes += !access.bytes;
	return access;
}

unsigned string_width(const struct line *line, bool *reads, bool *writes)
{
	static const char *const moves[] = {"movsb", "movsw", "movsl", "movsq", NULL};
	static const char *const stores[] = {"stosb", "stosw", "stosl", "stosq", NULL};
	bool move = piece_in(line->word, moves) && line->operands == 0, store = piece_in(line->word, stores);
	*reads = move;
	*writes = move || store;
	if (!move && !store)
		return 0;
	switch (line->word.text[line->word.size - 1]) {
	case 'b':
		return 1;
	case 'w':
		return 2;
	case 'l':
		return 4;
	default:
		return 8;
	}
}
