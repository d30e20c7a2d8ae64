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

static int usage(void)
{
    fputs("usage: millrace run FILE.sql\n"
          "       millrace serve [--listen HOST:PORT] [--token-file FILE]\n"
          "       millrace checkpoint publish DIRECTORY\n"
          "       millrace --version\n",
          stderr);
    return 2;
}

static int report(const mr_error *err)
{
    fprintf(stderr, "millrace: %s\n", err->message);
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

static int run(const char *path)
{
    mr_error *err = mr_calloc(1, sizeof(*err));
    mr_arena *arena = mr_arena_new();
    mr_engine *engine = NULL;
    mr_session *session;
    mr_status status;
    mr_str text;
    int code = 0;

    MR_CHECK(start_watching(err));
    MR_CHECK(mr_file_read_all(mr_os_real(), path, SCRIPT_BYTES, arena, &text, err));
    MR_CHECK(mr_engine_open(NULL, &engine, err));
    session = mr_engine_session(engine, MR_STR("run"), MR_STR("run"), true, NULL);
    MR_CHECK(mr_session_script(session, text, &must_stop, err));
fail:
    if (status != MR_OK)
        code = report(err);
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
        code = report(err);
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
        if (i + 1 == argc)
            return usage();
        if (strcmp(argv[i], "--listen") == 0)
            listen = argv[i + 1];
        else if (strcmp(argv[i], "--token-file") == 0)
            token_file = argv[i + 1];
        else
            return usage();
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
        code = report(err);
    mr_buf_free(&text);
    free(err);
    return code;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("millrace " MR_VERSION);
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "run") == 0)
        return run(argv[2]);
    if (argc == 4 && strcmp(argv[1], "checkpoint") == 0 && strcmp(argv[2], "publish") == 0)
        return publish(argv[3]);
    if (argc >= 2 && strcmp(argv[1], "serve") == 0)
        return serve_options(argc - 2, argv + 2);
    return usage();
}
