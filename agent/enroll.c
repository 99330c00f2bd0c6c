/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enroll: the command. As root it makes the directory, then leaves all that speaks to the network
 * or writes keys to a child that runs as the service's user, which so owns what it will renew; then
 * it writes the configuration, if there is none.
 *
 * It can be run again at any point: the key that was made for an invitation is used for it again,
 * certified or not, for the collector answers that key again and no other (KEY.token keeps which
 * invitation it was, as a digest). */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/enroll.h"
#include "agent/enroll_install.h"
#include "zw/alloc.h"
#include "zw/conn.h"
#include "zw/fs.h"

#define EXIT_USAGE 64

enum {
	OPTION_COLLECTOR = 0x100,
	OPTION_TOKEN,
	OPTION_TOKEN_FILE,
	OPTION_HASH,
	OPTION_DIR,
	OPTION_USER
};

static const struct argp_option options[] = {
	{ "collector", OPTION_COLLECTOR, "HOST:PORT", 0, "Where the collector takes in agents", 0 },
	{ "token", OPTION_TOKEN, "TOKEN", 0, "The invitation's", 0 },
	{ "token-file", OPTION_TOKEN_FILE, "FILE", 0,
	    "The same from a file of mode 0600, or from standard input (-)", 0 },
	{ "ca-hash", OPTION_HASH, "sha256:HEX", 0, "By which the collector is known", 0 },
	{ "dir", OPTION_DIR, "DIR", 0, "Where the certificate is kept", 1 },
	{ "user", OPTION_USER, "NAME", 0,
	    "As root: whose the certificate will be (the user of the service)", 1 },
	{ "config", 'c', "FILE", 0, "Configuration file, written if there is none", 1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

struct command {
	const struct enroll_about *about;
	struct enroll_question question;
	char token[WIRE_MAX_TOKEN + 1];
	const char *token_file;
	const char *hash;
	const char *dir; /* as given, or NULL */
	const char *conf;
	const char *user_name; /* as given, or NULL */
	bool conf_there;
	char *ca, *cert, *key;	   /* where they will lie */
	char *program;		   /* name and version */
	const struct passwd *user; /* whom the files will belong to; NULL: us */
};

/* Take the token out of the sight of whoever lists processes. */
static void
take_token(struct command *c, char *arg, struct argp_state *state)
{
	int rc = str_copy(c->token, sizeof c->token, arg);

	for (char *p = arg; *p != '\0'; p++)
		*(volatile char *)p = 'x';
	if (rc == -1 || c->token[0] == '\0')
		argp_error(state, "the token has 1 to %d characters", WIRE_MAX_TOKEN);
}

/* Take one option. */
static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct command *c = state->input;

	switch (key) {
	case OPTION_COLLECTOR:
		c->question.collector = arg;
		return 0;
	case OPTION_TOKEN:
		take_token(c, arg, state);
		return 0;
	case OPTION_TOKEN_FILE:
		c->token_file = arg;
		return 0;
	case OPTION_HASH:
		c->hash = arg;
		return 0;
	case OPTION_DIR:
		c->dir = arg;
		return 0;
	case OPTION_USER:
		c->user_name = arg;
		return 0;
	case 'c':
		c->conf = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "there is nothing to do with \"%s\"", arg);
		return EINVAL;
	case ARGP_KEY_END:
		if (c->question.collector == NULL || c->hash == NULL ||
		    (c->token[0] == '\0') == (c->token_file == NULL))
			argp_error(state,
			    "it takes --collector, --ca-hash and either --token or --token-file; "
			    "the collector's zonewatchctl agent invite prints the whole line");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Whether the command line asks for it. */
bool
enroll_wanted(int argc, char **argv)
{
	return argc > 1 && strcmp(argv[1], "enroll") == 0;
}

/* The token from a file or from standard input. */
static int
read_token(struct command *c, struct err *e)
{
	char line[256];
	char *text = NULL;
	int rc;

	if (c->token_file == NULL)
		return 0;
	if (strcmp(c->token_file, "-") != 0) {
		if (fs_read_secret(c->token_file, &text, e) == -1)
			return -1;
		rc = str_copy(c->token, sizeof c->token, text);
		explicit_bzero(text, strlen(text));
		free(text);
	} else {
		if (isatty(STDIN_FILENO) == 1)
			fputs("Token: ", stderr);
		if (fgets(line, sizeof line, stdin) == NULL)
			return err_set(e, "no token on standard input");
		line[strcspn(line, "\r\n")] = '\0';
		rc = str_copy(c->token, sizeof c->token, line);
		explicit_bzero(line, sizeof line);
	}
	return rc == 0 && c->token[0] != '\0'
		   ? 0
		   : err_set(e, "the token has 1 to %d characters", WIRE_MAX_TOKEN);
}

/* Whether a text can stand in the configuration as it is. */
static bool
is_plain(const char *s)
{
	return str_is_text(s, strlen(s)) && strpbrk(s, "\"\\") == NULL;
}

/* Judge what was given before anything is made. */
static int
judge_arguments(struct command *c, struct err *e)
{
	char host[256], port[8];

	if (read_token(c, e) == -1 || cert_hash_parse(c->question.ca_digest, c->hash, e) == -1 ||
	    conn_split_address(c->question.collector, host, port, e) == -1)
		return -1;
	if (!is_plain(c->question.collector) || (c->dir != NULL && !is_plain(c->dir)))
		return err_set(e, "neither --collector nor --dir can have \", \\ or control "
				  "characters");
	if (c->dir != NULL && c->dir[0] != '/')
		return err_set(e, "--dir takes an absolute path, not %s", c->dir);
	c->question.token = c->token;
	return 0;
}

/* Where the files will lie: where the configuration that is there says, else in the directory. */
static int
find_place(struct command *c, struct err *e)
{
	const char *dir = c->dir != NULL ? c->dir : c->about->default_dir;

	c->conf_there = access(c->conf, F_OK) == 0;
	if (!c->conf_there || c->dir != NULL) {
		c->ca = xasprintf("%s/ca.crt", dir);
		c->cert = xasprintf("%s/%s.crt", dir, c->about->name);
		c->key = xasprintf("%s/%s.key", dir, c->about->name);
		return 0;
	}
	if (c->about->pair(c->conf, &c->ca, &c->cert, &c->key) == -1)
		return err_set(e, "%s must be mended first, or moved away", c->conf);
	return 0;
}

/* Give a directory that was just made away: the directory, whatever took its name since. */
static int
give_dir(const char *dir, const struct passwd *user, struct err *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), rc = 0;

	if (fd == -1 || fchown(fd, user->pw_uid, user->pw_gid) == -1)
		rc = err_set(e, "cannot give %s to %s: %s", dir, user->pw_name, strerror(errno));
	if (fd != -1)
		close(fd);
	return rc;
}

/* Whether a directory is somebody else's, who can let its names mean what he likes. */
static bool
is_of_others(const char *dir)
{
	struct stat st;

	return stat(dir, &st) == 0 && st.st_uid != geteuid();
}

/* Each directory on the way that is not there, for the user alone. Root gives the first to the
 * user, and does nothing in what is not its own: the rest is for the child, who is that user. */
static int
make_dirs(const char *file, const struct passwd *user, struct err *e)
{
	char part[PATH_MAX];

	if (str_copy(part, sizeof part, file) == -1)
		return err_set(e, "%.64s...: the path is too long", file);
	for (char *p = strchr(part + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(part, 0700) == 0) {
			if (user != NULL)
				return give_dir(part, user, e);
		} else if (errno != EEXIST) {
			return err_set(e, "cannot make %s: %s", part, strerror(errno));
		} else if (user != NULL && is_of_others(part)) {
			return 0;
		}
		*p = '/';
	}
	return 0;
}

/* Those of the three files. */
static int
make_all_dirs(const struct command *c, const struct passwd *user, struct err *e)
{
	return make_dirs(c->key, user, e) == -1 || make_dirs(c->cert, user, e) == -1 ||
		       make_dirs(c->ca, user, e) == -1
		   ? -1
		   : 0;
}

/* Become the service's user for good. */
static int
become(const struct passwd *user, struct err *e)
{
	if (user == NULL)
		return 0;
	if (initgroups(user->pw_name, user->pw_gid) == -1 || setgid(user->pw_gid) == -1 ||
	    setuid(user->pw_uid) == -1)
		return err_set(e, "cannot become %s: %s", user->pw_name, strerror(errno));
	return 0;
}

/* Say what went wrong. */
static int
fail(const struct command *c, int code, const struct err *e)
{
	fprintf(stderr, "%s enroll: %s\n", c->about->program, e->msg);
	return code;
}

/* What runs as the service's user. */
static int
child(struct command *c)
{
	const struct enroll_place place = {
		.pair = { .ca = c->ca, .cert = c->cert, .key = c->key },
		.user = c->user != NULL ? c->user->pw_name : NULL,
		.default_dir = c->about->default_dir,
		.one_node = c->about->one_node,
		.program = c->about->program,
	};
	struct err e;

	(void)umask(077);
	/* After another user's rights were taken, nobody else's look into the memory. */
	if (become(c->user, &e) == -1 || make_all_dirs(c, NULL, &e) == -1)
		return fail(c, ENROLL_HERE, &e);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	int rc = enroll_install(&c->question, &place, stdout, &e);
	if (rc != ENROLL_DONE)
		(void)fail(c, rc, &e);
	return fflush(stdout) == 0 ? rc : ENROLL_HERE;
}

/* In a process of its own, or here if there is nobody to become. */
static int
run_child(struct command *c)
{
	struct err e;
	int status;

	if (c->user == NULL)
		return child(c);
	pid_t pid = fork();
	if (pid == -1) {
		err_set(&e, "cannot fork: %s", strerror(errno));
		return fail(c, ENROLL_HERE, &e);
	}
	if (pid == 0)
		_exit(child(c));
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return ENROLL_HERE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : ENROLL_HERE;
}

/* The configuration, if there is none: all that an agent must know. Anybody may read it. */
static int
write_conf(const struct command *c, struct err *e)
{
	if (c->conf_there)
		return 0;
	char *text = xasprintf("# Written by \"%s enroll\". All keys: %s.conf(5).\n"
			       "collectors = [ \"%s\" ];\n"
			       "# It renews its certificate here by itself.\n"
			       "tls = {\n\tca = \"%s\";\n\tcert = \"%s\";\n\tkey = \"%s\";\n};\n",
	    c->about->program, c->about->program, c->question.collector, c->ca, c->cert, c->key);
	char *slash = strrchr(c->conf, '/');
	int rc = 0;

	if (slash != NULL && slash != c->conf) {
		char *dir = xmemdup(c->conf, (size_t)(slash - c->conf) + 1);
		dir[slash - c->conf] = '\0';
		rc = fs_mkdirs(dir, 0755, e);
		free(dir);
	}
	if (rc == 0)
		rc = fs_replace(c->conf, text, strlen(text), e);
	if (rc == 0 && chmod(c->conf, 0644) == -1)
		rc = err_set(e, "cannot let all read %s: %s", c->conf, strerror(errno));
	free(text);
	return rc;
}

/* What there is to do now. */
static void
say_next(const struct command *c)
{
	const char *p = c->about->program;

	if (!c->conf_there)
		printf("  wrote %s\n", c->conf);
	else
		printf("  kept %s as it is; it must name %s among its collectors%s\n", c->conf,
		    c->question.collector,
		    c->dir != NULL ? " and these files in its section tls" : "");
	if (geteuid() == 0)
		printf("next: systemctl enable --now %s   (or reload it, if it runs already)\n", p);
	else
		printf("next: %s -c %s\n", p, c->conf);
}

/* Whose the files will be: a root's that of the service, if this machine has it. */
static int
find_user(struct command *c, struct err *e)
{
	const char *name = c->user_name != NULL ? c->user_name : c->about->program;

	if (geteuid() != 0)
		return c->user_name == NULL ? 0 : err_set(e, "--user is for root");
	c->user = getpwnam(name);
	if (c->user == NULL && c->user_name != NULL)
		return err_set(e, "there is no user %s on this machine", name);
	if (c->user == NULL)
		fprintf(stderr,
		    "%s enroll: there is no user %s on this machine; the files will be root's\n",
		    c->about->program, name);
	return 0;
}

/* After the options. */
static int
run(struct command *c)
{
	struct err e;

	if (judge_arguments(c, &e) == -1)
		return fail(c, EXIT_USAGE, &e);
	if (find_user(c, &e) == -1)
		return fail(c, EXIT_USAGE, &e);
	if (find_place(c, &e) == -1 || make_all_dirs(c, c->user, &e) == -1)
		return fail(c, ENROLL_HERE, &e);
	int rc = run_child(c);
	explicit_bzero(c->token, sizeof c->token);
	if (rc != ENROLL_DONE)
		return rc;
	if (write_conf(c, &e) == -1)
		return fail(c, ENROLL_HERE, &e);
	say_next(c);
	return 0;
}

/* The command. */
int
enroll_main(const struct enroll_about *about, int argc, char **argv)
{
	struct command c = { .about = about, .conf = about->default_conf };
	struct argp argp = { .options = options,
		.parser = parse_option,
		.doc = "Gets this machine a certificate by an invitation that the collector's "
		       "zonewatchctl agent invite made.\vExit codes: 0 done; 1 something on this "
		       "machine; 2 the collector cannot be reached; 3 it cannot be trusted; 4 it "
		       "refuses; 64 usage." };

	c.program = xasprintf("%s " ZW_VERSION, about->program);
	c.question.program = c.program;
	char *name = xasprintf("%s enroll", about->program);
	argv[1] = name; /* for messages */
	if (argp_parse(&argp, argc - 1, argv + 1, 0, NULL, &c) != 0)
		return EXIT_USAGE;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)umask(022);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	int rc = run(&c);
	explicit_bzero(c.token, sizeof c.token);
	free(name);
	free(c.program);
	free(c.ca);
	free(c.cert);
	free(c.key);
	return rc;
}
