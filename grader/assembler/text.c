/* text.c - lines and operands in the notation of AT&T, which is what gcc writes unless told otherwise. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

bool piece_is(struct piece piece, const char *word)
{
	return strlen(word) == piece.size && memcmp(piece.text, word, piece.size) == 0;
}

bool piece_begins(struct piece piece, const char *word)
{
	size_t size = strlen(word);
	return size <= piece.size && memcmp(piece.text, word, size) == 0;
}

bool piece_ends(struct piece piece, const char *word)
{
	size_t size = strlen(word);
	return size <= piece.size && memcmp(piece.text + piece.size - size, word, size) == 0;
}

bool piece_in(struct piece piece, const char *const words[])
{
	for (; *words; words++)
		if (piece_is(piece, *words))
			return true;
	return false;
}

long piece_number(struct piece piece)
{
	char digits[32];
	size_t size = piece.size < sizeof digits - 1 ? piece.size : sizeof digits - 1;
	memcpy(digits, piece.text, size);
	digits[size] = 0;
	return (long)strtoull(digits, NULL, 0); /* a sign is taken as well */
}

static struct piece skip(struct piece piece, size_t count)
{
	count = count < piece.size ? count : piece.size;
	return (struct piece){piece.text + count, piece.size - count};
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

static struct piece trim(struct piece piece)
{
	while (piece.size && is_blank(*piece.text))
		piece = skip(piece, 1);
	while (piece.size && is_blank(piece.text[piece.size - 1]))
		piece.size--;
	return piece;
}

static struct piece take_word(struct piece *rest)
{
	struct piece word = *rest;
	size_t size = 0;
	while (size < rest->size && !is_blank(rest->text[size]))
		size++;
	word.size = size;
	*rest = trim(skip(*rest, size));
	return word;
}

/* ---- registers ------------------------------------------------------------------------------ */

static int find(struct piece name, const char *const names[], int count)
{
	for (int i = 0; i < count; i++)
		if (piece_is(name, names[i]))
			return i;
	return NO_REGISTER;
}

/* Those with numbers: r8, r8d, r8w, r8b. */
static int read_numbered(struct piece name, unsigned *bytes)
{
	if (name.size < 2 || *name.text != 'r' || name.text[1] < '0' || name.text[1] > '9')
		return NO_REGISTER;
	char last = name.text[name.size - 1];
	*bytes = last == 'd' ? 4 : last == 'w' ? 2 : last == 'b' ? 1 : 8;
	int number = (int)piece_number(skip(name, 1));
	return number >= 8 && number < 16 ? number : NO_REGISTER;
}

static int read_register(struct piece name, unsigned *bytes)
{
	static const char *const names[][8] = {{"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"},
	                                       {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"},
	                                       {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"},
	                                       {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"}};
	static const char *const high[] = {"ah", "ch", "dh", "bh"};
	for (unsigned i = 0; i < 4; i++) {
		int found = find(name, names[i], 8);
		*bytes = 1u << i;
		if (found != NO_REGISTER)
			return found;
	}
	*bytes = 1;
	int found = find(name, high, 4);
	return found != NO_REGISTER ? found : read_numbered(name, bytes);
}

/* ---- operands ------------------------------------------------------------------------------- */

/* "name+8", "name-8", "8", "-8", "name@tpoff+8" */
static void read_distance(struct operand *operand, struct piece text)
{
	size_t size = 0;
	bool plain = text.size && (*text.text == '-' || (*text.text >= '0' && *text.text <= '9'));
	while (!plain && size < text.size && text.text[size] != '+' && text.text[size] != '-')
		size++;
	operand->name = (struct piece){text.text, size};
	operand->number = piece_number(skip(text, size));
}

static struct piece take_part(struct piece *list)
{
	struct piece part = *list;
	const char *comma = list->size ? memchr(list->text, ',', list->size) : NULL;
	part.size = comma ? (size_t)(comma - list->text) : list->size;
	*list = skip(*list, part.size + 1);
	return trim(part);
}

static int address_register(struct operand *operand, struct piece part)
{
	unsigned bytes;
	if (part.size == 0)
		return NO_REGISTER;
	if (piece_is(part, "%rip")) {
		operand->relative = true;
		return NO_REGISTER;
	}
	int found = *part.text == '%' ? read_register(skip(part, 1), &bytes) : NO_REGISTER;
	operand->known = operand->known && found != NO_REGISTER && bytes == 8;
	return found;
}

static void read_memory(struct operand *operand)
{
	struct piece text = operand->text;
	const char *open = memchr(text.text, '(', text.size);
	operand->kind = OPERAND_MEMORY;
	operand->known = true;
	operand->base = operand->index = NO_REGISTER;
	operand->scale = 1;
	read_distance(operand, (struct piece){text.text, open ? (size_t)(open - text.text) : text.size});
	if (!open)
		return;
	struct piece inside = skip(text, (size_t)(open - text.text) + 1);
	inside.size -= inside.size && inside.text[inside.size - 1] == ')';
	operand->base = address_register(operand, take_part(&inside));
	operand->index = address_register(operand, take_part(&inside));
	struct piece scale = take_part(&inside);
	operand->scale = scale.size ? (unsigned)piece_number(scale) : 1;
}

static void read_operand(struct operand *operand, struct piece text)
{
	static const char thread[] = "%fs:";
	*operand = (struct operand){.kind = OPERAND_OTHER, .text = text};
	if (text.size == 0)
		return;
	if (*text.text == '$') {
		operand->kind = OPERAND_NUMBER;
		read_distance(operand, skip(text, 1));
	} else if (piece_begins(text, thread)) {
		operand->own = true;
		operand->text = skip(text, sizeof thread - 1);
		read_memory(operand);
	} else if (*text.text == '%') {
		operand->reg = read_register(skip(text, 1), &operand->bytes);
		operand->kind = operand->reg == NO_REGISTER ? OPERAND_OTHER : OPERAND_REGISTER;
	} else {
		read_memory(operand);
	}
}

/* Up to the comma that is not within parentheses. */
static struct piece take_operand(struct piece *rest)
{
	struct piece operand = *rest;
	int depth = 0;
	size_t size = 0;
	for (; size < rest->size && (depth || rest->text[size] != ','); size++)
		depth += (rest->text[size] == '(') - (rest->text[size] == ')');
	operand.size = size;
	*rest = trim(skip(*rest, size + 1));
	return trim(operand);
}

/* ---- lines ---------------------------------------------------------------------------------- */

static void take_prefixes(struct line *line, struct piece *rest)
{
	for (;;) {
		if (piece_begins(line->word, "rep"))
			line->repeated = true;
		else if (piece_is(line->word, "lock") || piece_is(line->word, "lock;"))
			line->locked = true;
		else if (!piece_is(line->word, "notrack"))
			return;
		line->word = take_word(rest);
	}
}

void line_cut(struct line *line, struct piece text)
{
	*line = (struct line){.kind = LINE_OTHER};
	if (!text.size || *text.text == '#')
		return;
	struct piece rest = trim(text);
	line->word = take_word(&rest);
	line->rest = rest;
	if (!is_blank(*text.text) && piece_ends(line->word, ":")) {
		line->kind = LINE_LABEL;
		line->word.size--;
		return;
	}
	if (!line->word.size || *line->word.text == '.')
		return;
	line->kind = LINE_INSTRUCTION;
	take_prefixes(line, &rest);
	line->indirect = rest.size && *rest.text == '*';
	if (line->indirect)
		rest = skip(rest, 1);
	line->rest = rest;
	while (rest.size && line->operands < MOST_OPERANDS)
		read_operand(&line->operand[line->operands++], take_operand(&rest));
}
