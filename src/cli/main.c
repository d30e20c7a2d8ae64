/* main.c - the command: run SQL scripts, serve Spark Connect. */
#include "connect/server.h"
#include "engine/engine.h"
#include "os/file.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SCRIPT_BYTES (16u << 20)

static void print_usage(FILE *to)
{
    fputs("usage: millrace run FILE.sql\n"
          "       millrace serve [--listen HOST:PORT] [--token-file FILE]\n"
          "       millrace checkpoint publish DIRECTORY\n"
          "       millrace --version | --help\n",
          to);
}

/* Says what is wrong, and with which argument (NULL = none), then how it is done. */
static int misuse(const char *what, const char *argument)
{
    fprintf(stderr, "millrace: %s%s%s\n", what, argument == NULL ? "" : " ",
            argument == NULL ? "" : argument);
    print_usage(stderr);
    return 2;
}

/* `where` = file and statement, or NULL. */
static int report(const char *where, const mr_error *err)
{
    fprintf(stderr, "millrace: %s%s%s\n", where == NULL ? "" : where, where == NULL ? "" : ": ",
            err->message);
    if (err->hint[0] != '\0')
        fprintf(stderr, "  hint: %s\n", err->hint);
    return 1;
}

/* SIGINT and SIGTERM end a run cleanly: queries stop and their checkpoints are complete.  A second
 * one ends it at once. */
static mr_flag must_stop;

static void block_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
}

static void *watch_signals(void *arg)
{
    int got;

    while (sigwait(arg, &got) != 0)
        continue;
    must_stop = true;
    while (sigwait(arg, &got) != 0)
        continue;
    _exit(128 + got);
}

static mr_status start_watching(mr_error *err)
{
    static sigset_t signals;
    pthread_t thread;
    int code;

    block_signals(&signals);
    code = pthread_create(&thread, NULL, watch_signals, &signals);
    if (code != 0)
        return mr_fail_errno(err, code, "starting the thread that waits for signals");
    pthread_detach(thread);
    return MR_OK;
}

/* The text without the mark that some editors put before UTF-8. */
static mr_str skip_mark(mr_str text)
{
    return mr_str_starts(text, "\xEF\xBB\xBF") ? mr_str_slice(text, 3, text.len) : text;
}

/* "job.sql, the statement that begins in line 3"; Spark's messages count lines from there. */
static const char *name_place(const char *path, int line, mr_arena *arena)
{
    if (line == 0)
        return path;
    return mr_arena_cstr(
        arena, mr_arena_printf(arena, "%s, the statement that begins in line %d", path, line));
}

static int run(const char *path)
{
    mr_error *err = mr_calloc(1, sizeof(*err));
    mr_arena *arena = mr_arena_new();
    mr_engine *engine = NULL;
    mr_session *session;
    mr_status status;
    const char *where = NULL;
    mr_str text;
    int code = 0, line = 0;

    MR_CHECK(start_watching(err));
    MR_CHECK(mr_file_read_all(mr_os_real(), path, SCRIPT_BYTES, arena, &text, err));
    MR_CHECK(mr_engine_open(NULL, &engine, err));
    session = mr_engine_session(engine, MR_STR("run"), MR_STR("run"), true, NULL);
    status = mr_session_script(session, skip_mark(text), &must_stop, &line, err);
    where = name_place(path, line, arena);
    if (status == MR_OK && ferror(stdout))
        status = mr_fail(err, MR_IO, "standard output could not be written");
fail:
    if (status != MR_OK)
        code = report(where, err);
    mr_engine_close(engine);
    mr_arena_free(arena);
    free(err);
    return code;
}

static mr_status read_token(const char *path, mr_arena *arena, char **token, mr_error *err)
{
    mr_str text;

    *token = NULL;
    if (path == NULL)
        return MR_OK;
    MR_TRY(mr_file_read_all(mr_os_real(), path, 65536, arena, &text, err));
    text = mr_str_trim(text);
    if (text.len == 0)
        return mr_fail(err, MR_INVALID, "%s holds no token", path);
    *token = mr_arena_cstr(arena, text);
    return MR_OK;
}

/* "localhost:15002" with the port that was taken. */
static void announce(const char *listen, int port)
{
    const char *colon = strrchr(listen, ':');
    int n = colon == NULL ? (int)strlen(listen) : (int)(colon - listen);

    printf("millrace: Spark Connect on sc://%.*s:%d\n", n == 0 ? 9 : n,
           n == 0 ? "localhost" : listen, port);
    fflush(stdout);
}

static int serve(const char *listen, const char *token_file)
{
    mr_error *err = mr_calloc(1, sizeof(*err));
    mr_arena *arena = mr_arena_new();
    mr_engine *engine = NULL;
    mr_connect_server *server = NULL;
    sigset_t signals;
    char *token;
    mr_status status;
    int got, code = 0;

    block_signals(&signals);
    signal(SIGPIPE, SIG_IGN);
    MR_CHECK(read_token(token_file, arena, &token, err));
    MR_CHECK(mr_engine_open(NULL, &engine, err));
    MR_CHECK(mr_connect_open(engine, mr_str_from(listen), token, &server, err));
    announce(listen, mr_connect_port(server));
    while (sigwait(&signals, &got) != 0)
        continue;
fail:
    if (status != MR_OK)
        code = report(NULL, err);
    if (server != NULL)
        mr_connect_close(server);
    mr_engine_close(engine);
    mr_arena_free(arena);
    free(err);
    return code;
}

static int serve_options(int argc, char **argv)
{
    const char *listen = "localhost:15002";
    const char *token_file = NULL;

    for (int i = 0; i < argc; i += 2) {
        bool is_listen = strcmp(argv[i], "--listen") == 0;

        if (!is_listen && strcmp(argv[i], "--token-file") != 0)
            return misuse("serve does not know", argv[i]);
        if (i + 1 == argc)
            return misuse("a value is missing after", argv[i]);
        *(is_listen ? &listen : &token_file) = argv[i + 1];
    }
    return serve(listen, token_file);
}

static int publish(const char *checkpoint)
{
    mr_error *err = mr_calloc(1, sizeof(*err));
    mr_buf text = { 0 };
    int code = 0;

    if (mr_engine_publish(checkpoint, &text, err) == MR_OK)
        printf("millrace: %s\n", mr_buf_cstr(&text));
    else
        code = report(NULL, err);
    mr_buf_free(&text);
    free(err);
    return code;
}

static bool is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

int main(int argc, char **argv)
{
    const char *command = argc < 2 ? "" : argv[1];

    if (argc < 2)
        return misuse("a command is missing", NULL);
    if (is_help(command) || (argc == 3 && is_help(argv[2]))) {
        print_usage(stdout);
        return 0;
    }
    if (strcmp(command, "--version") == 0 && argc == 2) {
        puts("millrace " MR_VERSION);
        return 0;
    }
    if (strcmp(command, "run") == 0)
        return argc == 3 ? run(argv[2]) : misuse("run takes one file", NULL);
    if (strcmp(command, "serve") == 0)
        return serve_options(argc - 2, argv + 2);
    if (strcmp(command, "checkpoint") == 0)
        return argc == 4 && strcmp(argv[2], "publish") == 0
                   ? publish(argv[3])
                   : misuse("checkpoint takes \"publish\" and one directory", NULL);
    return misuse("there is no command", command);
}
