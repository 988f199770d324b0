/* weave.c - see weave.h. */
#include "weave.h"

#include "accesses.h"
#include "frame.h"
#include "values.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_TOLD = 64, MOST_LABELS = 8 };

/* What a hook has been called for since the last call of anything else. */
struct told {
	struct value address;
	long bytes;
	bool write;
};

struct weaver {
	struct values *values;
	struct frames *frames;
	struct told told[MOST_TOLD];
	size_t count;
	long saved;                      /* so many bytes below rbp are registers of the caller */
	struct piece label[MOST_LABELS]; /* since the last instruction */
	size_t labels, loops;
	bool watched; /* compiled with -fsanitize=thread: accesses are told */
	bool wide;    /* the function uses registers that only XSAVE saves */
	FILE *out;    /* NULL: only looks which variables have their address taken */
};

static bool mentions(struct piece text, const char *word)
{
	return memmem(text.text, text.size, word, strlen(word)) != NULL;
}

/* ---- addresses ------------------------------------------------------------------------------ */

static struct value times(struct weaver *weaver, struct value value, unsigned scale)
{
	static const char *const operations[] = {"*1", "*2", "", "*4", "", "", "", "*8"};
	if (scale == 1 || scale == 0 || scale > 8)
		return value;
	if (value.base == BASE_NUMBER)
		return value_number((long)((unsigned long)value.offset * scale));
	return value_made(weaver->values, (struct piece){operations[scale - 1], 2}, value, value_number(0));
}

/* Where the thread's own data lie: what %fs is, which stands there as well. */
static struct value value_of_thread(struct weaver *weaver)
{
	return value_of_name(weaver->values, (struct piece){"%fs:0", 5});
}

static struct value address_of(struct weaver *weaver, const struct operand *operand)
{
	struct values *values = weaver->values;
	struct value value = value_number(operand->number);
	if (!operand->known)
		return value_fresh(values);
	if (operand->own)
		value = value_sum(values, value, value_of_thread(weaver));
	if (operand->name.size)
		value = value_sum(values, value, value_of_name(values, operand->name));
	if (operand->base != NO_REGISTER)
		value = value_sum(values, value, value_of_register(values, operand->base));
	if (operand->index != NO_REGISTER)
		value = value_sum(values, value, times(weaver, value_of_register(values, operand->index), operand->scale));
	return value;
}

/* Where in the frame an access lies, as far as a variable tells: an element of an array is in the array. */
static bool is_in_frame(struct weaver *weaver, const struct operand *operand, long *offset)
{
	if (operand->own || operand->name.size || operand->base == NO_REGISTER)
		return false;
	struct value base = value_of_register(weaver->values, operand->base);
	*offset = base.offset + operand->number;
	return base.base == BASE_FRAME;
}

static void escapes(struct weaver *weaver, struct value value)
{
	if (value.base == BASE_FRAME)
		frames_escape(weaver->frames, value.offset);
}

static void register_escapes(struct weaver *weaver, const struct operand *operand)
{
	if (operand->kind == OPERAND_REGISTER && operand->reg != RBP)
		escapes(weaver, value_of_register(weaver->values, operand->reg));
}

static void registers_escape(struct weaver *weaver)
{
	for (int i = 0; i < REGISTERS; i++)
		if (i != RBP)
			escapes(weaver, value_of_register(weaver->values, i));
}

/* ---- what was told -------------------------------------------------------------------------- */

static void tell(struct weaver *weaver, struct value address, long bytes, bool write)
{
	if (weaver->count < MOST_TOLD)
		weaver->told[weaver->count++] = (struct told){address, bytes, write};
}

static bool is_told(const struct weaver *weaver, struct value address, long bytes, bool write)
{
	for (size_t i = 0; i < weaver->count; i++) {
		const struct told *told = &weaver->told[i];
		if (told->address.base == address.base && told->address.offset <= address.offset &&
		    address.offset + bytes <= told->address.offset + told->bytes && (told->write || !write))
			return true;
	}
	return false;
}

static struct piece behind(struct piece piece, const char *begin)
{
	size_t size = piece_begins(piece, begin) ? strlen(begin) : 0;
	return (struct piece){piece.text + size, piece.size - size};
}

/* Without "@PLT". */
static struct piece plain_name(struct piece name)
{
	const char *at = name.size ? memchr(name.text, '@', name.size) : NULL;
	return at ? (struct piece){name.text, (size_t)(at - name.text)} : name;
}

/* "__tsan_unaligned_read8", "__tsan_write_range" */
static bool is_hook(struct weaver *weaver, struct piece name, struct told *told)
{
	if (!piece_begins(name, "__tsan_"))
		return false;
	name = behind(behind(behind(plain_name(name), "__tsan_"), "unaligned_"), "volatile_");
	told->write = piece_begins(name, "write");
	if (!told->write && !piece_begins(name, "read"))
		return false;
	name = behind(behind(name, "read"), "write");
	struct value size = value_of_register(weaver->values, RSI);
	bool range = piece_is(name, "_range");
	told->address = value_of_register(weaver->values, RDI);
	told->bytes = !range ? piece_number(name) : size.base == BASE_NUMBER ? size.offset : 0;
	return range || told->bytes > 0;
}

/* ---- writing -------------------------------------------------------------------------------- */

static void begin_call(FILE *out)
{
	fputs("\tpushq\t%rdi\n\tpushq\t%rsi\n", out);
}

static void end_call(const struct weaver *weaver, bool write)
{
	fprintf(weaver->out, "\tcall\t__tsan_seen_%s%s\n\tpopq\t%%rsi\n\tpopq\t%%rdi\n", write ? "write" : "read",
	        weaver->wide ? "_wide" : "");
}

static void put_call(const struct weaver *weaver, const struct access *access)
{
	FILE *out = weaver->out;
	const struct operand *operand = access->operand;
	begin_call(out);
	fprintf(out, "\tleaq\t%.*s, %%rdi\n", (int)operand->text.size, operand->text.text);
	if (operand->own)
		fputs("\tmovq\t%fs:0, %rsi\n\tleaq\t(%rdi,%rsi), %rdi\n", out);
	fprintf(out, "\tmovl\t$%u, %%esi\n", access->bytes);
	end_call(weaver, access->write);
}

/* From `rdi` or `rsi`; the number of steps is in rcx if it is repeated. */
static void put_string_call(const struct weaver *weaver, const struct line *line, unsigned width, bool write)
{
	FILE *out = weaver->out;
	begin_call(out);
	if (!write)
		fputs("\tmovq\t%rsi, %rdi\n", out);
	if (line->repeated)
		fprintf(out, "\tleaq\t(,%%rcx,%u), %%rsi\n", width);
	else
		fprintf(out, "\tmovl\t$%u, %%esi\n", width);
	end_call(weaver, write);
}

/* ---- accesses ------------------------------------------------------------------------------- */

/* Constants of the compiler's own, the linker's table of addresses, what the C library keeps for a thread, and what is
 * just being pushed for a call: nobody else writes there. */
static bool is_nobodys(struct weaver *weaver, const struct operand *operand)
{
	bool fixed = operand->base == NO_REGISTER && operand->index == NO_REGISTER && !operand->name.size;
	bool linkers = mentions(operand->name, "@GOT") || mentions(operand->name, "@gottpoff");
	bool pushed = operand->base != NO_REGISTER && value_of_register(weaver->values, operand->base).base == BASE_STACK;
	return !operand->known || (operand->own && fixed) || piece_begins(operand->name, ".L") || linkers ||
	       operand->base == RSP || operand->index == RSP || pushed;
}

/* Whether somebody else may know of what lies there in the frame. */
static bool is_known(const struct weaver *weaver, long offset)
{
	return (offset >= 0 || offset < -weaver->saved) && frames_escaped(weaver->frames, offset);
}

static void see_access(struct weaver *weaver, const struct access *access)
{
	long offset;
	const struct operand *operand = access->operand;
	if (!weaver->out || is_nobodys(weaver, operand))
		return;
	if (is_in_frame(weaver, operand, &offset) && !is_known(weaver, offset))
		return;
	if (!is_told(weaver, address_of(weaver, operand), access->bytes, access->write))
		put_call(weaver, access);
}

static bool is_private(struct weaver *weaver, struct value address)
{
	return address.base == BASE_STACK || (address.base == BASE_FRAME && !is_known(weaver, address.offset));
}

static void see_string_side(struct weaver *weaver, const struct line *line, unsigned width, bool write)
{
	struct value address = value_of_register(weaver->values, write ? RDI : RSI);
	struct value steps = value_of_register(weaver->values, RCX);
	bool known = !line->repeated || steps.base == BASE_NUMBER;
	long bytes = (long)width * (line->repeated ? steps.offset : 1);
	if (weaver->out && !is_private(weaver, address) && !(known && is_told(weaver, address, bytes, write)))
		put_string_call(weaver, line, width, write);
}

static bool see_string(struct weaver *weaver, const struct line *line)
{
	static const int changed[] = {RDI, RSI, RCX};
	bool reads, writes;
	unsigned width = string_width(line, &reads, &writes);
	if (!width)
		return false;
	if (reads)
		see_string_side(weaver, line, width, false);
	if (writes)
		see_string_side(weaver, line, width, true);
	for (size_t i = 0; i < sizeof changed / sizeof *changed; i++)
		value_set_register(weaver->values, changed[i], value_fresh(weaver->values));
	value_store_anywhere(weaver->values);
	return true;
}

/* ---- instructions --------------------------------------------------------------------------- */

/* What lies in memory and never changes: where the thread's data are, and how far from there a variable is. */
static struct value value_of_constant(struct weaver *weaver, const struct operand *operand)
{
	bool fixed =
	    operand->known && operand->index == NO_REGISTER && operand->base == NO_REGISTER && operand->number == 0;
	if (fixed && operand->own && !operand->name.size)
		return value_of_thread(weaver);
	if (fixed && mentions(operand->name, "@gottpoff"))
		return value_of_name(weaver->values, operand->name);
	return value_fresh(weaver->values);
}

static struct value value_of(struct weaver *weaver, const struct operand *operand, unsigned bytes)
{
	long offset;
	switch (operand->kind) {
	case OPERAND_NUMBER:
		return operand->name.size ? value_sum(weaver->values, value_number(operand->number),
		                                      value_of_name(weaver->values, operand->name))
		                          : value_number(operand->number);
	case OPERAND_REGISTER:
		return value_of_register(weaver->values, operand->reg);
	case OPERAND_MEMORY:
		if (operand->index == NO_REGISTER && is_in_frame(weaver, operand, &offset))
			return value_load(weaver->values, offset, bytes);
		return value_of_constant(weaver, operand);
	default:
		return value_fresh(weaver->values);
	}
}

static void store(struct weaver *weaver, const struct operand *to, unsigned bytes, struct value value)
{
	long offset;
	if (to->kind == OPERAND_REGISTER)
		value_set_register(weaver->values, to->reg, value);
	else if (to->kind == OPERAND_MEMORY && to->index == NO_REGISTER && is_in_frame(weaver, to, &offset))
		value_store(weaver->values, offset, bytes, value);
	else if (to->kind == OPERAND_MEMORY)
		value_store_anywhere(weaver->values);
}

/* Whole registers and slots go over as they are; parts of them become what the instruction makes of them. */
static void move(struct weaver *weaver, const struct line *line, unsigned bytes)
{
	const struct operand *from = &line->operand[0], *to = &line->operand[1];
	struct value value = value_of(weaver, from, bytes);
	if (to->kind == OPERAND_MEMORY)
		register_escapes(weaver, from);
	bool whole = piece_is(line->word, "movq") || from->kind == OPERAND_NUMBER ||
	             (piece_is(line->word, "movl") && from->kind == OPERAND_MEMORY) || to->kind == OPERAND_MEMORY;
	if (!whole) {
		register_escapes(weaver, from);
		value = value_made(weaver->values, line->word, value, value_number(0));
	}
	bool merged = to->kind == OPERAND_REGISTER && to->bytes < 4; /* the rest of the register stays */
	store(weaver, to, bytes, merged ? value_fresh(weaver->values) : value);
}

static void load_address(struct weaver *weaver, const struct line *line)
{
	const struct operand *from = &line->operand[0], *to = &line->operand[1];
	struct value address = address_of(weaver, from);
	long offset;
	if (address.base >= BASE_OTHER && is_in_frame(weaver, from, &offset))
		frames_escape(weaver->frames, offset);
	if (from->index != NO_REGISTER)
		escapes(weaver, value_of_register(weaver->values, from->index));
	store(weaver, to, to->bytes, from->own || to->bytes < 8 ? value_fresh(weaver->values) : address);
}

static void compute(struct weaver *weaver, const struct line *line, unsigned bytes)
{
	const struct operand *from = &line->operand[0], *to = &line->operand[line->operands - 1];
	struct value a = value_of(weaver, to, bytes),
	             b = line->operands > 1 ? value_of(weaver, from, bytes) : value_number(1);
	bool distance = from->kind == OPERAND_NUMBER && !from->name.size && to->bytes == 8;
	bool sum = piece_is(line->word, "addq") && a.base != BASE_FRAME && b.base != BASE_FRAME;
	struct value value;
	if (sum || (distance && piece_is(line->word, "addq")))
		value = value_sum(weaver->values, a, b);
	else if (distance && piece_is(line->word, "subq"))
		value = value_sum(weaver->values, a, value_number((long)-(unsigned long)b.offset));
	else {
		for (size_t i = 0; i < line->operands; i++)
			register_escapes(weaver, &line->operand[i]);
		value = value_made(weaver->values, line->word, a, b);
	}
	store(weaver, to, bytes, to->kind == OPERAND_REGISTER && to->bytes < 4 ? value_fresh(weaver->values) : value);
}

static bool is_arithmetic(struct piece word)
{
	static const char *const names[] = {"add", "sub", "and", "or",  "xor", "sal", "shl",
	                                    "sar", "shr", "neg", "not", "inc", "dec", NULL};
	struct piece stem = {word.text, word.size ? word.size - 1 : 0};
	return piece_in(stem, names);
}

static bool is_copy(const struct line *line)
{
	static const char *const names[] = {"movb",   "movw",   "movl",   "movq",   "movabsq", "movslq",
	                                    "movsbl", "movsbw", "movsbq", "movswl", "movswq",  "movzbl",
	                                    "movzbw", "movzwl", "movzbq", "movzwq", NULL};
	return line->operands == 2 && piece_in(line->word, names);
}

static bool only_looks(struct piece word)
{
	return piece_begins(word, "cmp") || piece_begins(word, "test") || piece_begins(word, "nop") ||
	       piece_begins(word, "ucomis") || piece_begins(word, "comis") || piece_begins(word, "push") ||
	       piece_begins(word, "leave") || piece_begins(word, "endbr");
}

/* Their last operand is all that they change, and no whole number that an address is made of. */
static bool changes_last_only(const struct line *line)
{
	return piece_begins(line->word, "set") || piece_begins(line->word, "cmov") || piece_begins(line->word, "cvt") ||
	       piece_begins(line->word, "mov") || (piece_begins(line->word, "imul") && line->operands > 1);
}

static void extend(struct weaver *weaver)
{
	static const struct piece name = {"cltq", 4};
	struct value value = value_of_register(weaver->values, RAX);
	value_set_register(weaver->values, RAX, value_made(weaver->values, name, value, value_number(0)));
}

static void follow(struct weaver *weaver, const struct line *line, unsigned bytes)
{
	if (is_copy(line)) {
		move(weaver, line, bytes);
	} else if (piece_is(line->word, "leaq") && line->operands == 2) {
		load_address(weaver, line);
	} else if (is_arithmetic(line->word) && line->operands) {
		compute(weaver, line, bytes);
	} else if (piece_is(line->word, "cltq")) {
		extend(weaver);
	} else if (only_looks(line->word)) {
		for (size_t i = 0; piece_begins(line->word, "push") && i < line->operands; i++)
			register_escapes(weaver, &line->operand[i]);
	} else if (changes_last_only(line) && line->operands) {
		for (size_t i = 0; i < line->operands; i++)
			register_escapes(weaver, &line->operand[i]);
		store(weaver, &line->operand[line->operands - 1], 16, value_fresh(weaver->values));
	} else {
		registers_escape(weaver);
		values_forget(weaver->values);
	}
}

static void called(struct weaver *weaver, const struct line *line)
{
	struct told told;
	if (is_hook(weaver, line->rest, &told)) {
		tell(weaver, told.address, told.bytes, told.write);
		values_called(weaver->values);
		return;
	}
	if (!piece_begins(line->rest, "__tsan_func_") && !piece_begins(line->rest, "__sanitizer_cov_"))
		registers_escape(weaver);
	weaver->count = 0;
	value_store_anywhere(weaver->values);
	values_called(weaver->values);
}

static void see_instruction(struct weaver *weaver, const struct line *line)
{
	struct access access = access_of(line);
	if (see_string(weaver, line))
		return;
	if (access.operand)
		see_access(weaver, &access);
	if (piece_begins(line->word, "call"))
		called(weaver, line);
	else if (*line->word.text == 'j' || piece_begins(line->word, "ret"))
		registers_escape(weaver);
	else if (!line->repeated)
		follow(weaver, line, access.bytes);
	else
		values_forget(weaver->values);
}

/* ---- functions ------------------------------------------------------------------------------ */

static void forget(struct weaver *weaver)
{
	registers_escape(weaver);
	values_forget(weaver->values);
	weaver->count = 0;
}

/* How a function begins: "movq %rsp, %rbp", if it keeps a frame, and what of the caller's it pushes behind that. */
static void read_begin(struct weaver *weaver, const struct piece text[], size_t lines)
{
	bool frame = false, pushes = false;
	weaver->saved = 0;
	for (size_t i = 0; i < lines; i++) {
		struct line line;
		line_cut(&line, text[i]);
		if (line.kind != LINE_INSTRUCTION)
			continue;
		bool begins = !frame && piece_is(line.word, "movq") && piece_is(line.rest, "%rsp, %rbp");
		pushes = begins || (pushes && piece_is(line.word, "pushq") && line.operand[0].kind == OPERAND_REGISTER);
		frame = frame || begins;
		weaver->saved += pushes && !begins ? (long)sizeof(void *) : 0;
	}
	values_has_frame(weaver->values, frame);
}

static bool is_wide(const struct piece text[], size_t lines)
{
	for (size_t i = 0; i < lines; i++)
		if (mentions(text[i], "%ymm") || mentions(text[i], "%zmm") || mentions(text[i], "%k"))
			return true;
	return false;
}

static void put(FILE *out, struct piece text)
{
	if (out)
		fprintf(out, "%.*s\n", (int)text.size, text.text);
}

/* "for (;;);" is a jump to itself. To a block without statements gcc puts no call by which it could be counted. */
static bool is_empty_loop(const struct weaver *weaver, const struct line *line)
{
	for (size_t i = 0; i < weaver->labels && piece_is(line->word, "jmp") && !line->indirect; i++)
		if (line->rest.size == weaver->label[i].size &&
		    memcmp(line->rest.text, weaver->label[i].text, line->rest.size) == 0)
			return true;
	return false;
}

/* Nobody comes back from here: no register has to be kept. */
static void put_empty_loop(struct weaver *weaver)
{
	size_t number = ++weaver->loops;
	fprintf(weaver->out,
	        "\tandq\t$-16, %%rsp\n.Lempty_loop%zu:\n\tcall\t__sanitizer_cov_trace_pc\n\tjmp\t.Lempty_loop%zu\n", number,
	        number);
}

static void note_label(struct weaver *weaver, const struct line *line)
{
	if (line->kind == LINE_INSTRUCTION && !piece_begins(line->word, "nop"))
		weaver->labels = 0;
	else if (line->kind == LINE_LABEL && weaver->labels < MOST_LABELS)
		weaver->label[weaver->labels++] = line->word;
}

/* Assembler of the program's own (between #APP and #NO_APP) stays as it is, and nothing is known afterwards. */
static void read_function(struct weaver *weaver, const struct piece text[], size_t lines)
{
	bool theirs = false;
	weaver->labels = 0;
	forget(weaver);
	for (size_t i = 0; i < lines; i++) {
		struct line line;
		line_cut(&line, text[i]);
		if (piece_begins(text[i], "#APP") || piece_begins(text[i], "#NO_APP")) {
			theirs = piece_begins(text[i], "#APP");
			forget(weaver);
		} else if (!theirs && line.kind == LINE_LABEL) {
			/* Labels of the debug information are nowhere jumped to. */
			if (!piece_begins(line.word, ".LB") && !piece_begins(line.word, ".LVL") && !piece_begins(line.word, ".LF"))
				forget(weaver);
		} else if (weaver->watched && !theirs && line.kind == LINE_INSTRUCTION) {
			see_instruction(weaver, &line);
		}
		if (weaver->out && !theirs && is_empty_loop(weaver, &line))
			put_empty_loop(weaver);
		else
			put(weaver->out, text[i]);
		note_label(weaver, &line);
	}
}

static struct piece first_label(const struct piece text[], size_t lines)
{
	for (size_t i = 0; i < lines; i++) {
		struct line line;
		line_cut(&line, text[i]);
		if (line.kind == LINE_LABEL && piece_begins(line.word, ".LFB"))
			return line.word;
	}
	return (struct piece){"", 0};
}

static void weave_function(struct weaver *weaver, const struct piece text[], size_t lines, FILE *out)
{
	frames_choose(weaver->frames, first_label(text, lines));
	read_begin(weaver, text, lines);
	weaver->wide = is_wide(text, lines);
	weaver->out = NULL;
	read_function(weaver, text, lines);
	weaver->out = out;
	read_function(weaver, text, lines);
}

/* Where the function that begins at `from` ends: behind its .size. */
static size_t end_of_function(const struct piece text[], size_t lines, size_t from)
{
	for (size_t i = from; i < lines; i++) {
		struct line line;
		line_cut(&line, text[i]);
		if (piece_is(line.word, ".size"))
			return i + 1;
	}
	return lines;
}

static bool begins_function(struct piece text)
{
	struct line line;
	line_cut(&line, text);
	return piece_is(line.word, ".type") && piece_ends(line.rest, "@function");
}

static bool has(const struct piece text[], size_t lines, const char *word)
{
	for (size_t i = 0; i < lines; i++)
		if (mentions(text[i], word))
			return true;
	return false;
}

void weave(const struct piece text[], size_t lines, FILE *out)
{
	struct weaver weaver = {
	    .values = values_new(), .frames = frames_read(text, lines), .watched = has(text, lines, "__tsan_init")};
	bool foreign = has(text, lines, "\t.intel_syntax"); /* -masm=intel: another notation, which is left as it is */
	for (size_t i = 0; i < lines;) {
		if (foreign || !begins_function(text[i])) {
			put(out, text[i++]);
			continue;
		}
		size_t end = end_of_function(text, lines, i);
		weave_function(&weaver, text + i, end - i, out);
		i = end;
	}
	frames_free(weaver.frames);
	values_free(weaver.values);
}
