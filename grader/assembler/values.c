/* values.c - see values.h. */
#include "values.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_MADE = 256, MOST_SLOTS = 256, MOST_NAME = 48 };

/* A value that was made: of a name, or by an operation. */
struct made {
	char operation[MOST_NAME];
	struct value a, b;
	int base;
};

struct slot {
	long offset;
	unsigned bytes;
	struct value value;
};

struct values {
	struct value reg[REGISTERS];
	struct made made[MOST_MADE];
	size_t made_count;
	struct slot slot[MOST_SLOTS];
	size_t slots;
	int bases; /* so many are in use */
	bool has_frame;
};

struct values *values_new(void)
{
	struct values *values = calloc(1, sizeof *values);
	if (!values)
		abort();
	values->bases = BASE_OTHER;
	values_forget(values);
	return values;
}

void values_free(struct values *values)
{
	free(values);
}

void values_has_frame(struct values *values, bool has)
{
	values->has_frame = has;
}

struct value value_fresh(struct values *values)
{
	return (struct value){values->bases++, 0};
}

struct value value_number(long number)
{
	return (struct value){BASE_NUMBER, number};
}

struct value value_of_register(const struct values *values, int number)
{
	return values->reg[number];
}

void value_set_register(struct values *values, int number, struct value value)
{
	if (number == RSP)
		value = (struct value){BASE_STACK, 0};
	else if (number == RBP && values->has_frame)
		value = (struct value){BASE_FRAME, 0};
	values->reg[number] = value;
}

void values_forget(struct values *values)
{
	values->made_count = values->slots = 0;
	for (int i = 0; i < REGISTERS; i++)
		value_set_register(values, i, value_fresh(values));
}

void values_called(struct values *values)
{
	static const int changed[] = {RAX, RCX, RDX, RSI, RDI, 8, 9, 10, 11};
	for (size_t i = 0; i < sizeof changed / sizeof *changed; i++)
		value_set_register(values, changed[i], value_fresh(values));
}

static bool same(struct value a, struct value b)
{
	return a.base == b.base && a.offset == b.offset;
}

struct value value_made(struct values *values, struct piece operation, struct value a, struct value b)
{
	if (operation.size >= MOST_NAME)
		return value_fresh(values);
	for (size_t i = 0; i < values->made_count; i++) {
		const struct made *made = &values->made[i];
		if (piece_is(operation, made->operation) && same(made->a, a) && same(made->b, b))
			return (struct value){made->base, 0};
	}
	struct value value = value_fresh(values);
	if (values->made_count == MOST_MADE)
		return value;
	struct made *made = &values->made[values->made_count++];
	*made = (struct made){.a = a, .b = b, .base = value.base};
	memcpy(made->operation, operation.text, operation.size);
	return value;
}

struct value value_of_name(struct values *values, struct piece name)
{
	return value_made(values, name, (struct value){BASE_STACK, 0}, (struct value){BASE_STACK, 0}); /* as no operation */
}

struct value value_sum(struct values *values, struct value a, struct value b)
{
	if (a.base == BASE_NUMBER || b.base == BASE_NUMBER)
		return (struct value){a.base == BASE_NUMBER ? b.base : a.base,
		                      (long)((unsigned long)a.offset + (unsigned long)b.offset)};
	int first = a.base < b.base ? a.base : b.base, second = a.base < b.base ? b.base : a.base;
	struct value sum = value_made(values, (struct piece){"+", 1}, (struct value){first, 0}, (struct value){second, 0});
	sum.offset = (long)((unsigned long)a.offset + (unsigned long)b.offset);
	return sum;
}

/* ---- the frame ------------------------------------------------------------------------------ */

struct value value_load(struct values *values, long offset, unsigned bytes)
{
	for (size_t i = 0; i < values->slots; i++)
		if (values->slot[i].offset == offset && values->slot[i].bytes == bytes)
			return values->slot[i].value;
	struct value value = value_fresh(values);
	if (values->slots < MOST_SLOTS)
		values->slot[values->slots++] = (struct slot){offset, bytes, value};
	return value;
}

void value_store(struct values *values, long offset, unsigned bytes, struct value value)
{
	size_t kept = 0;
	for (size_t i = 0; i < values->slots; i++) {
		const struct slot *slot = &values->slot[i];
		if (slot->offset + (long)slot->bytes <= offset || offset + (long)bytes <= slot->offset)
			values->slot[kept++] = *slot;
	}
	values->slots = kept;
	if (values->slots < MOST_SLOTS)
		values->slot[values->slots++] = (struct slot){offset, bytes, value};
}

void value_store_anywhere(struct values *values)
{
	values->slots = 0;
}
