/* JSON reading: Spark's answers, and the fast way against the exact way. */
#include "tests/unit/mr_test.h"

#include "column/print.h"
#include "format/format.h"

typedef struct fixture {
    mr_arena *arena;
    mr_arena *rows;
    mr_error err;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof(*f));

    f->arena = mr_arena_new();
    f->rows = mr_arena_new();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;

    mr_arena_free(f->rows);
    mr_arena_free(f->arena);
    free(f);
    return 0;
}

typedef struct job {
    const char *ddl;
    const char *option; /* "key=value", or NULL */
    const char *option2;
    const uint8_t *needed;
} job;

/* Reads all of `text` and prints the rows, a line each, values between '|'. */
static mr_status read_all(fixture *f, job j, mr_str text, mr_buf *out)
{
    const mr_format *format = mr_format_find(MR_STR("json"));
    mr_option_pair pairs[2];
    mr_format_spec spec = { 0 };
    mr_reader *reader;
    size_t pos = 0;

    spec.needed = j.needed;
    spec.zone = mr_zone_utc();
    spec.options.pairs = pairs;
    for (int i = 0; i < 2; i++) {
        const char *o = i == 0 ? j.option : j.option2;

        if (o != NULL) {
            const char *eq = strchr(o, '=');

            pairs[spec.options.n].key = (mr_str){ o, (size_t)(eq - o) };
            pairs[spec.options.n++].value = mr_str_from(eq + 1);
        }
    }
    MR_TRY(mr_type_parse_ddl(f->arena, mr_str_from(j.ddl), &spec.schema, &f->err));
    MR_TRY(format->open_reader(&spec, f->arena, &reader, &f->err));
    format->begin_file(reader, MR_STR("t.json"), true);
    do {
        mr_batch *batch;

        MR_TRY(format->read(reader, text, &pos, true, f->rows, &batch, &f->err));
        for (int32_t r = 0; r < batch->n; r++) {
            for (int c = 0; c < batch->schema->n_fields; c++) {
                mr_buf_puts(out, c == 0 ? "" : "|");
                if (mr_vec_is_null(&batch->cols[c], r))
                    mr_buf_puts(out, "NULL");
                else
                    mr_print_value(&batch->cols[c], r, mr_zone_utc(), "null", out);
            }
            mr_buf_putc(out, '\n');
        }
    } while (pos < text.len);
    return MR_OK;
}

static void expect(fixture *f, job j, const char *text, const char *want)
{
    mr_buf out = { 0 };

    CHECK_OK(read_all(f, j, mr_str_from(text), &out), &f->err);
    if (strcmp(mr_buf_cstr(&out), want) != 0)
        fail_msg("%s\n got: %s\nwant: %s", text, mr_buf_cstr(&out), want);
    mr_buf_free(&out);
}

static void test_records(void **state)
{
    job j = { "a INT, b STRING, _corrupt_record STRING", NULL, NULL, NULL };

    expect(*state, j, "{\"a\":1,\"b\":\"x\"}\n", "1|x|NULL\n");
    expect(*state, j, "{\"a\":\"no\",\"b\":\"y\"}", "NULL|y|{\"a\":\"no\",\"b\":\"y\"}\n");
    expect(*state, j, "{\"a\":2", "NULL|NULL|{\"a\":2\n");
    expect(*state, j, "\n   \n\r\n{}\n[]\n", "NULL|NULL|NULL\n");
    expect(*state, j, "null\n42\n\"text\"", "NULL|NULL|null\nNULL|NULL|42\nNULL|NULL|\"text\"\n");
    expect(*state, j, "[{\"a\":3,\"b\":\"p\"},{\"a\":4}]", "3|p|NULL\n4|NULL|NULL\n");
    expect(*state, j, "{\"a\":5,\"b\":\"z\"} trailing", "5|z|NULL\n");
    expect(*state, j, "{\"a\":1}{\"a\":2}", "1|NULL|NULL\n");
    expect(*state, j, "{'a':6,'b':'s'}\n{\"a\":1,\"a\":2}\n{\"A\":5}",
           "6|s|NULL\n2|NULL|NULL\nNULL|NULL|NULL\n");
    expect(*state, j, "\xEF\xBB\xBF{\"a\":9}\r\n{\"a\":8}\r{\"a\":7}",
           "9|NULL|NULL\n8|NULL|NULL\n7|NULL|NULL\n");
    expect(*state, j, "{\"a\":1,}\n{\"a\":01}\n{a:1}\n{\"a\":+1}\n{\"b\":\"tab\there\"}",
           "NULL|NULL|{\"a\":1,}\nNULL|NULL|{\"a\":01}\nNULL|NULL|{a:1}\nNULL|NULL|{\"a\":+1}\n"
           "NULL|NULL|{\"b\":\"tab\there\"}\n");
}

static void test_values(void **state)
{
    job i = { "i INT, l LONG, _corrupt_record STRING", NULL, NULL, NULL };
    job d = { "d DOUBLE, m DECIMAL(8,3)", NULL, NULL, NULL };
    job s = { "s STRING, b BOOLEAN", NULL, NULL, NULL };
    job t = { "dt DATE, ts TIMESTAMP", NULL, NULL, NULL };

    expect(*state, i, "{\"i\":3.0}\n{\"i\":-0}\n{\"i\":2147483648}\n{\"l\":9223372036854775807}",
           "NULL|NULL|{\"i\":3.0}\n0|NULL|NULL\nNULL|NULL|{\"i\":2147483648}\n"
           "NULL|9223372036854775807|NULL\n");
    expect(*state, d,
           "{\"d\":1}\n{\"d\":1e400}\n{\"d\":\"NaN\"}\n{\"d\":\"1.5\"}\n{\"d\":-0}\n{\"d\":-0.0}",
           "1.0|NULL\nInfinity|NULL\nNaN|NULL\nNULL|NULL\n0.0|NULL\n-0.0|NULL\n");
    expect(*state, d,
           "{\"m\":1.2345}\n{\"m\":\"2.5\"}\n{\"m\":99999.9995}\n{\"m\":123456}\n{\"m\":7}",
           "NULL|1.235\nNULL|2.500\nNULL|NULL\nNULL|NULL\nNULL|7.000\n");
    expect(*state, s, "{\"s\":1.50}\n{\"s\":{\"k\": [1,  2]}}\n{\"s\":true,\"b\":false}",
           "1.50|NULL\n{\"k\": [1,  2]}|NULL\ntrue|false\n");
    expect(*state, s, "{\"s\":\"\\u00e9\\ud83d\\ude00\\t\\\"\\\\\\/\\ud83d\"}",
           "\xC3\xA9\xF0\x9F\x98\x80\t\"\\/?|NULL\n");
    expect(*state, t,
           "{\"dt\":\"2024-2-3\",\"ts\":1700000000}\n{\"ts\":\"2024-01-01T01:02:03.5+02:00\"}",
           "2024-02-03|2023-11-14 22:13:20\nNULL|2023-12-31 23:02:03.5\n");
}

static void test_nested(void **state)
{
    job j = { "n STRUCT<x: INT, y: STRING>, arr ARRAY<INT>, mp MAP<STRING, INT>, "
              "_corrupt_record STRING",
              NULL, NULL, NULL };

    expect(*state, j, "{\"n\":{\"x\":1,\"y\":\"q\"}}\n{\"n\":{}}\n{\"n\":null}",
           "{1, q}|NULL|NULL|NULL\n{null, null}|NULL|NULL|NULL\nNULL|NULL|NULL|NULL\n");
    expect(*state, j, "{\"n\":{\"x\":\"bad\",\"y\":\"q\"}}",
           "{null, q}|NULL|NULL|{\"n\":{\"x\":\"bad\",\"y\":\"q\"}}\n");
    expect(*state, j, "{\"arr\":[1,2,null]}\n{\"arr\":[1,\"x\"]}\n{\"arr\":[]}\n{\"arr\":[7]}",
           "NULL|[1, 2, null]|NULL|NULL\nNULL|NULL|NULL|{\"arr\":[1,\"x\"]}\nNULL|[]|NULL|NULL\n"
           "NULL|[7]|NULL|NULL\n");
    expect(*state, j, "{\"mp\":{\"a\":1,\"b\":null}}\n{\"mp\":{\"a\":\"x\"}}",
           "NULL|NULL|{a -> 1, b -> null}|NULL\nNULL|NULL|NULL|{\"mp\":{\"a\":\"x\"}}\n");
}

static void test_modes(void **state)
{
    fixture *f = *state;
    job drop = { "a INT, b STRING", "mode=dropMalformed", NULL, NULL };
    job fast = { "a INT, b STRING", "mode=FAILFAST", NULL, NULL };
    mr_buf out = { 0 };

    expect(f, drop,
           "{\"a\":1,\"b\":\"x\"}\n{\"a\":\"no\",\"b\":\"y\"}\n{\"a\":2\ngarbage\n\n{}\n"
           "{\"a\":3.5}\n[{\"a\":3,\"b\":\"p\"},{\"a\":\"q\"}]\n{\"b\":\"only\"}",
           "1|x\nNULL|NULL\nNULL|only\n");
    CHECK_RAISES(read_all(f, fast, MR_STR("{\"a\":1}\n{\"a\":\"no\",\"b\":\"y\"}"), &out), &f->err,
                 "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION");
    assert_string_equal(mr_error_param(&f->err, "badRecord"), "[null,y]");
    mr_buf_free(&out);
}

static void test_options(void **state)
{
    job j = { "a INT, s STRING", "allowComments=true", "allowUnquotedFieldNames=true", NULL };
    job m = { "a INT, s STRING", "multiLine=true", NULL, NULL };
    job sep = { "a INT, s STRING", "lineSep=||", NULL, NULL };
    uint8_t second[] = { 0, 1 };
    job pruned = { "a INT, s STRING", "mode=DROPMALFORMED", NULL, second };

    expect(*state, j, "{a:3,/* c */\"s\":\"w\"}", "3|w\n");
    expect(*state, m, "[{\"a\":1,\n\"s\":\"l1\"},\n{\"a\":2}]", "1|l1\n2|NULL\n");
    expect(*state, sep, "{\"a\":1}||{\"a\":2}\n||\n{\"a\":3}||", "1|NULL\n2|NULL\n3|NULL\n");
    expect(*state, pruned, "{\"a\":\"bad\",\"s\":\"q\"}\n{\"a\":1\n{\"s\":\"r\",\"a\":2}",
           "q\nr\n");
}

/* ---- fast way = exact way ---- */

static uint64_t seed = 88172645463325252u;

static uint32_t rnd(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % n;
}

/* odd_in: one value in so many is not of its key's kind. */
static void put_value(mr_buf *out, uint32_t kind, uint32_t odd_in)
{
    static const char *const odd[] = { "null",
                                       "true",
                                       "false",
                                       "1e5",
                                       "-0",
                                       "-0.0",
                                       "\"\"",
                                       "[1, 2]",
                                       "{\"x\":1}",
                                       "123456789012345678",
                                       "0.1234567890123456789",
                                       "\"a\\nb\"",
                                       "\"\xC3\xA9t\xC3\xA9\"",
                                       "NaN",
                                       "01",
                                       "1.",
                                       "\"1\"",
                                       "99999999999999999999",
                                       "\"2024-01-02T03:04:05Z\"" };

    if (rnd(odd_in) == 0)
        mr_buf_puts(out, odd[rnd(sizeof(odd) / sizeof(odd[0]))]);
    else if (kind == 0)
        mr_buf_printf(out, "%s%u", rnd(5) == 0 ? "-" : "", rnd(1u << rnd(31)));
    else if (kind == 1)
        mr_buf_printf(out, "%u.%u", rnd(100000), rnd(1000000));
    else if (kind == 2)
        mr_buf_printf(out, "\"key%0*u\"", (int)rnd(40) + 1, rnd(100000));
    else
        mr_buf_puts(out, rnd(2) == 0 ? "true" : "false");
}

static void put_records(mr_buf *out, int n)
{
    static const char *const keys[] = { "a", "l", "d", "s", "b", "unknown", "a long name of a key",
                                        "t" };
    static const uint32_t kinds[] = { 0, 0, 1, 2, 3, 2, 1, 2 };
    uint32_t swap = rnd(8);
    const char *colon = rnd(2) == 0 ? ":" : ": ";

    for (int i = 0; i < n; i++) {
        mr_buf_putc(out, '{');
        for (uint32_t k = 0; k < 8; k++) {
            uint32_t at = (k + swap) % 8;

            if (rnd(60) == 0)
                continue;
            if (out->ptr[out->len - 1] != '{')
                mr_buf_putc(out, ',');
            mr_buf_printf(out, "\"%s\"%s", keys[at], colon);
            put_value(out, kinds[at], 10);
        }
        mr_buf_puts(out, rnd(30) == 0 ? "} \n" : rnd(30) == 0 ? "}\r\n\n" : "}\n");
    }
}

/* Records that the reader takes side by side, with a stranger here and there. */
static void put_even_records(mr_buf *out, int n)
{
    static const char *const keys[] = { "l", "d", "s", "unknown", "a long name of a key" };
    static const uint32_t kinds[] = { 0, 1, 2, 1, 2 };

    for (int i = 0; i < n; i++) {
        for (uint32_t k = 0; k < 5; k++) {
            mr_buf_printf(out, "%c\"%s\":", k == 0 ? '{' : ',', keys[k]);
            put_value(out, kinds[k], 200);
        }
        mr_buf_puts(out, rnd(100) == 0 ? "} \n" : "}\n");
    }
}

static void check_fast_is_exact(fixture *f, job fast, mr_str text, int round)
{
    /* An option that changes nothing here but turns speculation off. */
    job exact = fast;
    mr_buf a = { 0 };
    mr_buf b = { 0 };

    exact.option2 = "lineSep=\n";
    CHECK_OK(read_all(f, fast, text, &a), &f->err);
    CHECK_OK(read_all(f, exact, text, &b), &f->err);
    if (!mr_str_equal(mr_buf_str(&a), mr_buf_str(&b)) && memchr(text.ptr, '\r', text.len) == NULL)
        fail_msg("round %d\n%.*s\nfast:\n%s\nexact:\n%s", round, MR_STR_ARG(text), mr_buf_cstr(&a),
                 mr_buf_cstr(&b));
    mr_buf_free(&a);
    mr_buf_free(&b);
    mr_arena_reset(f->rows);
    mr_arena_reset(f->arena);
}

static void spoil(mr_buf *text, uint32_t times)
{
    for (; times > 0; times--) {
        char *at = &text->ptr[rnd((uint32_t)text->len)];

        if (*at != '\n' && *at != '\r')
            *at = (char)(rnd(4) == 0 ? 128 + rnd(128) : 32 + rnd(95));
    }
}

static void test_side_by_side_is_exact(void **state)
{
    static const uint8_t some[] = { 0, 1, 0, 1 };
    static const char *const schemas[] = {
        "l LONG, d DOUBLE, s STRING, unknown DOUBLE",
        "s STRING, l DOUBLE, _corrupt_record STRING, d STRING",
        "d DOUBLE, l LONG",
    };

    for (int round = 0; round < 300; round++) {
        job fast = { schemas[rnd(3)], round % 3 == 0 ? "mode=DROPMALFORMED" : NULL, NULL,
                     rnd(2) == 0 ? some : NULL };
        mr_buf text = { 0 };

        if (strlen(fast.ddl) < 20)
            fast.needed = NULL;
        put_even_records(&text, (int)rnd(300) + 1);
        spoil(&text, rnd(3));
        check_fast_is_exact(*state, fast, mr_buf_str(&text), round);
        mr_buf_free(&text);
    }
}

static void test_fast_is_exact(void **state)
{
    fixture *f = *state;
    static const char *const schemas[] = {
        "a INT, l LONG, d DOUBLE, s STRING, b BOOLEAN, t TIMESTAMP, _corrupt_record STRING",
        "l STRING, a SHORT, zz INT, s STRING",
        "d FLOAT, unknown STRING, b STRING, a DECIMAL(10,2), l ARRAY<INT>, _corrupt_record STRING",
        "d DECIMAL(12,4)",
    };

    for (int round = 0; round < 400; round++) {
        job fast = { schemas[rnd(4)], round % 3 == 0 ? "mode=DROPMALFORMED" : NULL, NULL, NULL };
        mr_buf text = { 0 };

        put_records(&text, (int)rnd(40) + 1);
        spoil(&text, rnd(4));
        if (rnd(2) == 0)
            for (size_t i = 0; i < text.len; i++)
                if (text.ptr[i] == '\r')
                    text.ptr[i] = ' ';
        check_fast_is_exact(f, fast, mr_buf_str(&text), round);
        mr_buf_free(&text);
    }
}

static void test_depth(void **state)
{
    job j = { "a INT, _corrupt_record STRING", NULL, NULL, NULL };
    mr_buf text = { 0 };
    mr_buf out = { 0 };
    fixture *f = *state;

    mr_buf_puts(&text, "{\"z\":");
    mr_buf_fill(&text, '[', 100000);
    CHECK_OK(read_all(f, j, mr_buf_str(&text), &out), &f->err);
    mr_buf_clear(&text);
    mr_buf_clear(&out);
    mr_buf_puts(&text, "{\"a\":1,\"z\":");
    mr_buf_fill(&text, '[', 999);
    mr_buf_fill(&text, ']', 999);
    mr_buf_puts(&text, "}");
    CHECK_OK(read_all(f, j, mr_buf_str(&text), &out), &f->err);
    assert_string_equal(mr_buf_cstr(&out), "1|NULL\n");
    mr_buf_free(&text);
    mr_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_records, setup, teardown),
        cmocka_unit_test_setup_teardown(test_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nested, setup, teardown),
        cmocka_unit_test_setup_teardown(test_modes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_options, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fast_is_exact, setup, teardown),
        cmocka_unit_test_setup_teardown(test_side_by_side_is_exact, setup, teardown),
        cmocka_unit_test_setup_teardown(test_depth, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
