/* github.c - a text for each repository, and a script that posts them with gh. The kit posts nothing. */
#include "../file.h"
#include "../memory.h"
#include "../report/report.h"
#include "private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What is posted is remembered with its checksum, so that the script can be stopped, started again, and made anew. */
static const char head[] =
    "#!/bin/sh\n"
    "# Posts each student's feedback: as a comment on the pull request \"Feedback\", where GitHub Classroom has made "
    "one,\n"
    "# else as an issue. Read it, then run it; gh (https://cli.github.com) must be logged in. What was posted is in\n"
    "# sent.txt: it is not posted again as long as it stays the same.\n"
    "set -eu\n"
    "cd \"$(dirname \"$0\")\"\n"
    "touch sent.txt\n"
    "\n"
    "send() { # REPOSITORY TITLE FILE\n"
    "\tmark=\"$1 $(cksum < \"$3\") $3\"\n"
    "\tif grep -qxF -e \"$mark\" sent.txt; then return; fi\n"
    "\tpull=$(gh pr list --repo \"$1\" --state all --limit 100 --json number,title \\\n"
    "\t\t--jq 'map(select(.title == \"Feedback\")) | last | .number // empty')\n"
    "\tif [ -n \"$pull\" ]; then\n"
    "\t\tgh pr comment \"$pull\" --repo \"$1\" --body-file \"$3\"\n"
    "\telse\n"
    "\t\tgh issue create --repo \"$1\" --title \"$2\" --body-file \"$3\"\n"
    "\tfi\n"
    "\tprintf '%s\\n' \"$mark\" >> sent.txt\n"
    "}\n"
    "\n";

struct github {
	FILE *script;
	char *text;
	size_t size, posts;
};

/* ---- names ---------------------------------------------------------------------------------- */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

/* Where "owner/name" begins: behind the host, in "https://host/", "ssh://host:port/" and "user@host:". */
static const char *behind_host(const char *address, const char **host, size_t *size)
{
	const char *scheme = strstr(address, "://"), *at = strchr(address, '@');
	*host = scheme ? scheme + 3 : at ? at + 1 : address;
	*size = strspn(*host, letters);
	const char *end = *host + *size;
	if (scheme && *end == ':')
		end += 1 + strspn(end + 1, "0123456789");
	return *size && (*end == (scheme ? '/' : ':')) && (scheme || at) ? end + 1 : NULL;
}

static bool is_part(const char *part, size_t size)
{
	return size && *part != '-' && *part != '.' && strspn(part, letters) >= size;
}

char *github_name(const char *address)
{
	size_t host_size;
	const char *host, *owner = behind_host(address, &host, &host_size);
	if (!owner)
		return NULL;
	size_t owner_size = strcspn(owner, "/");
	const char *name = owner[owner_size] ? owner + owner_size + 1 : "";
	size_t size = strcspn(name, "/");
	if (size > 4 && strncmp(name + size - 4, ".git", 4) == 0)
		size -= 4;
	bool ends = !name[size] || strcmp(name + size, ".git") == 0 || strcmp(name + size, "/") == 0;
	if (!ends || !is_part(owner, owner_size) || !is_part(name, size) || !is_part(host, host_size))
		return NULL;
	bool public = host_size == 10 && strncmp(host, "github.com", 10) == 0;
	return format("%.*s%s%.*s/%.*s", public ? 0 : (int)host_size, host, public ? "" : "/", (int)owner_size, owner,
	              (int)size, name);
}

/* ---- the script ----------------------------------------------------------------------------- */

static void add_post(struct github *github, const struct outcome *outcome, const char *repository, const char *file)
{
	char *title = format("Feedback: %s", outcome->assignment->name);
	const char *const words[] = {repository, title, file};
	fputs("send", github->script);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		char *word = shell_quoted(words[i]);
		fprintf(github->script, " %s", word);
		free(word);
	}
	fputc('\n', github->script);
	github->posts++;
	free(title);
}

static int write_text(struct sending *sending, const struct outcome *outcome, const char *file, struct error *error)
{
	size_t size;
	char *text = letter_text(sending, outcome, LETTER_MARKDOWN, NULL, &size);
	char *path = format("%s/%s", sending->wish->folder, file);
	char *folder = must(strndup(path, (size_t)(last_part(path) - path)));
	int result = folder_make(folder, error);
	if (result == 0)
		result = file_write(path, text, size, error);
	free(folder);
	free(path);
	free(text);
	return result;
}

/* ---- the platform --------------------------------------------------------------------------- */

static int begin(struct sending *sending, struct error *error)
{
	(void)error;
	struct github *github = zeroed(1, sizeof *github);
	github->script = memory_open(&github->text, &github->size);
	fputs(head, github->script);
	sending->state = github;
	return 0;
}

static int add(struct sending *sending, const struct outcome *outcome, struct error *error)
{
	char *repository = outcome->repository ? github_name(outcome->repository) : NULL;
	char *file = format("./%s/%s.md", outcome->student, outcome->assignment->name);
	int result = 0;
	if (!repository) {
		sending_missed(sending, outcome,
		               outcome->repository ? "from a repository whose address is none of GitHub's"
		                                   : "not from a repository that was cloned from somewhere");
	} else if ((result = write_text(sending, outcome, file, error)) == 0) {
		add_post(sending->state, outcome, repository, file);
		sending_reached(sending, outcome);
	}
	free(file);
	free(repository);
	return result;
}

static int end(struct sending *sending, struct error *error)
{
	struct github *github = sending->state;
	char *path = format("%s/feedback.sh", sending->wish->folder);
	fclose(github->script);
	github->script = NULL;
	int result = github->posts ? file_write(path, github->text, github->size, error) : 0;
	if (result == 0 && github->posts) {
		chmod(path, 0755);
		sending_wrote(sending, "feedback.sh");
	}
	free(path);
	return result;
}

static void clear(struct sending *sending)
{
	struct github *github = sending->state;
	if (github && github->script)
		fclose(github->script);
	if (github)
		free(github->text);
	free(github);
}

const struct platform platform_github = {begin, add, end, clear};
