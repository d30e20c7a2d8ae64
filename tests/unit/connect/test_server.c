/* test_server.c - the server over its real sockets, with an engine that answers from a script.
 * `test_server serve [port]` runs it for a real client until its input ends. */
#include "tests/unit/mr_test.h"

#include "connect/server.h"
#include "tests/unit/connect/stub_engine.h"

static int serve(const char *address, const char *token)
{
    mr_connect_server *server;
    mr_error err;

    if (mr_connect_open(&stub_engine, mr_str_from(address), token, &server, &err) != MR_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("%d\n", mr_connect_port(server));
    fflush(stdout);
    while (getchar() != EOF)
        ;
    mr_connect_close(server);
    mr_buf_free(&stub.cache);
    return 0;
}

static void opens_and_closes(void **state)
{
    mr_connect_server *server;
    mr_error err;

    (void)state;
    CHECK_OK(mr_connect_open(&stub_engine, MR_STR("localhost:0"), NULL, &server, &err), &err);
    assert_true(mr_connect_port(server) > 0);
    mr_connect_close(server);
}

static void refuses_open_addresses(void **state)
{
    mr_connect_server *server;
    mr_error err;

    (void)state;
    assert_int_equal(mr_connect_open(&stub_engine, MR_STR("0.0.0.0:0"), NULL, &server, &err),
                     MR_INVALID);
    assert_int_equal(mr_connect_open(&stub_engine, MR_STR("nowhere"), NULL, &server, &err),
                     MR_INVALID);
    assert_int_equal(mr_connect_open(&stub_engine, MR_STR("127.0.0.1:99999"), NULL, &server, &err),
                     MR_INVALID);
    CHECK_OK(mr_connect_open(&stub_engine, MR_STR("0.0.0.0:0"), "secret", &server, &err), &err);
    mr_connect_close(server);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_and_closes),
        cmocka_unit_test(refuses_open_addresses),
    };

    if (argc > 2 && strcmp(argv[1], "serve") == 0)
        return serve(argv[2], argc > 3 ? argv[3] : NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
