/* mail.c - a mail for each student, as a file (RFC 5322, RFC 2045 to 2047, RFC 2183): letters as text, reports
 * attached. */
#include "../file.h"
#include "../memory.h"
#include "../report/report.h"
#include "private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* No line of base64 has it. */
static const char boundary[] = "=_feedback";

/* The mail that is being written; there is none before the first student with an address. */
struct mail {
	char *student; /* whose it is, or NULL */
	char *to;      /* name and address, as in the header */
	char *titles;  /* "A ring of pipes, Repair a bank" */
	FILE *letters, *pages;
	char *letters_text, *pages_text;
	size_t letters_size, pages_size;
};

/* ---- headers -------------------------------------------------------------------------------- */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool is_address(const char *text)
{
	const char *at = strchr(text, '@');
	size_t size = strlen(text);
	if (!at || at == text || *text == '-' || !at[1] || size > 254)
		return false;
	for (const char *c = text; *c; c++) {
		bool dot = *c == '.' && c > text && c[-1] != '.' && c + 1 != at && c[1] && c[-1] != '@';
		if (c != at && !dot && !strchr(letters, *c) && !strchr(c < at ? "!#$%&'*+-/=?^_`{|}~" : "-", *c))
			return false;
	}
	return true;
}

const char header_name[] = "-'", header_subject[] = "-'_.,:;()/+&!";

static bool is_plain(const char *text, const char *plain)
{
	for (const char *c = text; *c; c++)
		if (*c != ' ' && !strchr(letters, *c) && !strchr(plain, *c))
			return false;
	return strlen(text) < 60;
}

/* So many bytes of UTF-8, not more than `most`, and no half of a character. */
static size_t whole_characters(const char *text, size_t most)
{
	size_t size = strnlen(text, most);
	while (size && text[size] && ((unsigned char)text[size] & 0xc0) == 0x80)
		size--;
	return size ? size : strnlen(text, most);
}

static char *without_control(const char *text)
{
	char *own = must(strdup(text));
	for (char *c = own; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return own;
}

char *header_text(const char *text, const char *plain)
{
	enum {
		WORD = 39
	}; /* bytes of a word: 52 characters of base64, 12 around them; so "Subject: " is on a line with it */
	char *own = without_control(text), *whole = NULL;
	size_t size, length;
	if (is_plain(own, plain))
		return own;
	FILE *out = memory_open(&whole, &size);
	for (const char *at = own; *at; at += length) {
		length = whole_characters(at, WORD);
		fputs(at == own ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?", out);
		put_base64(out, at, length);
		fputs("?=", out);
	}
	fclose(out);
	free(own);
	return whole;
}

/* ---- parts ---------------------------------------------------------------------------------- */

static void put_lines_of_base64(FILE *out, const char *text, size_t size)
{
	enum { LINE = 57 }; /* bytes, which are 76 characters */
	for (size_t at = 0; at < size; at += LINE) {
		put_base64(out, text + at, size - at < LINE ? size - at : LINE);
		fputs("\r\n", out);
	}
}

static void put_part(FILE *out, const char *type, const char *file, const char *text, size_t size)
{
	fprintf(out, "--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n", boundary, type);
	if (file)
		fprintf(out, "Content-Disposition: attachment; filename=\"%s\"\r\n", file);
	fputs("\r\n", out);
	put_lines_of_base64(out, text, size);
}

static void put_headers(FILE *out, const struct sending *sending, const struct mail *mail)
{
	char date[64], *subject = format("Feedback: %s", mail->titles), *encoded = header_text(subject, header_subject);
	struct tm utc;
	time_t now = (time_t)sending->wish->now;
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", gmtime_r(&now, &utc));
	fprintf(out, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\n", sending->wish->sender, mail->to, encoded, date);
	fprintf(out, "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n", boundary);
	free(encoded);
	free(subject);
}

static char *mail_text(const struct sending *sending, const struct mail *mail, size_t *size)
{
	char *text = NULL;
	FILE *out = memory_open(&text, size);
	put_headers(out, sending, mail);
	put_part(out, "text/plain", NULL, mail->letters_text, mail->letters_size);
	fwrite(mail->pages_text, 1, mail->pages_size, out);
	fprintf(out, "--%s--\r\n", boundary);
	fclose(out);
	return text;
}

/* ---- one mail after the other --------------------------------------------------------------- */

static void close_mail(struct mail *mail)
{
	if (mail->letters)
		fclose(mail->letters);
	if (mail->pages)
		fclose(mail->pages);
	mail->letters = mail->pages = NULL;
}

static void clear_mail(struct mail *mail)
{
	close_mail(mail);
	free(mail->student);
	free(mail->to);
	free(mail->titles);
	free(mail->letters_text);
	free(mail->pages_text);
	*mail = (struct mail){0};
}

static int write_mail(const struct sending *sending, struct mail *mail, struct error *error)
{
	if (!mail->student)
		return 0;
	close_mail(mail);
	size_t size;
	char *text = mail_text(sending, mail, &size), *path = format("%s/%s.eml", sending->wish->folder, mail->student);
	int result = file_write(path, text, size, error);
	free(path);
	free(text);
	clear_mail(mail);
	return result;
}

static void begin_mail(struct mail *mail, const char *student, const char *called, const char *address)
{
	char *name = header_text(called, header_name);
	mail->student = must(strdup(student));
	mail->to = format("%s%s<%s>", name, strlen(name) + strlen(address) > 70 ? "\r\n " : " ", address);
	mail->letters = memory_open(&mail->letters_text, &mail->letters_size);
	mail->pages = memory_open(&mail->pages_text, &mail->pages_size);
	free(name);
}

static int attach(const struct sending *sending, struct mail *mail, const struct outcome *outcome, struct error *error)
{
	size_t size;
	char *page = outcome->grade ? report_page(sending, outcome, &size, error) : NULL;
	char *file = format("%s.html", outcome->assignment->name);
	if (page)
		put_part(mail->pages, "text/html", file, page, size);
	int result = page || !outcome->grade ? 0 : -1;
	free(file);
	free(page);
	return result;
}

static int add_letter(const struct sending *sending, struct mail *mail, const struct outcome *outcome,
                      struct error *error)
{
	const char *name = outcome->assignment->name;
	char *report = format("The whole report is attached: %s.html.", name);
	char *title = outcome->assignment->title;
	char *titles = mail->titles ? format("%s, %s", mail->titles, title) : must(strdup(title));
	free(mail->titles);
	mail->titles = titles;
	letter_write(mail->letters, sending, outcome, LETTER_PLAIN, report);
	free(report);
	return attach(sending, mail, outcome, error);
}

/* ---- the platform --------------------------------------------------------------------------- */

/* The first cell that is an address, below a heading that speaks of mail, or of a login, which is one at some places.
 */
static const char *address_of(const struct sending *sending, const struct outcome *outcome)
{
	static const char *const words[] = {"mail", "login"};
	const struct roster *book = sending->wish->book;
	int row = sending_row(sending, outcome);
	for (size_t w = 0; row >= 0 && w < sizeof words / sizeof *words; w++)
		for (size_t i = 0; i < book->column.count; i++)
			if (strcasestr(book->column.item[i], words[w]) && is_address(book->cell[row][i]))
				return book->cell[row][i];
	return NULL;
}

static int begin(struct sending *sending, struct error *error)
{
	sending->state = zeroed(1, sizeof(struct mail));
	const char *sender = sending->wish->sender;
	return sender && is_address(sender)
	           ? 0
	           : fail(error, "who sends the mails? FROM=you@example.edu, an e-mail address and nothing else");
}

static int add(struct sending *sending, const struct outcome *outcome, struct error *error)
{
	struct mail *mail = sending->state;
	const char *address = address_of(sending, outcome);
	int result = 0;
	if (!address) {
		sending_missed(sending, outcome, "of somebody without an e-mail address in the roster");
		return 0;
	}
	if (!mail->student || strcmp(mail->student, outcome->student) != 0) {
		result = write_mail(sending, mail, error);
		begin_mail(mail, outcome->student, sending_called(sending, outcome), address);
	}
	if (result == 0)
		result = add_letter(sending, mail, outcome, error);
	if (result == 0)
		sending_reached(sending, outcome);
	return result;
}

static int end(struct sending *sending, struct error *error)
{
	return write_mail(sending, sending->state, error);
}

static void clear(struct sending *sending)
{
	if (sending->state)
		clear_mail(sending->state);
	free(sending->state);
}

const struct platform platform_mail = {begin, add, end, clear};
