/* CSV reading and writing: Spark's answers. */
#include "tests/unit/mr_test.h"

#include "column/print.h"
#include "format/format.h"

typedef struct fixture {
    mr_arena *arena;
    mr_error err;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof(*f));

    f->arena = mr_arena_new();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;

    mr_arena_free(f->arena);
    free(f);
    return 0;
}

/* options: "key=value" strings, up to NULL. */
static void make_spec(fixture *f, const char *ddl, const char *const *options, mr_format_spec *spec)
{
    mr_option_pair *pairs = MR_NEW_ARRAY(f->arena, mr_option_pair, 16);

    memset(spec, 0, sizeof(*spec));
    spec->zone = mr_zone_utc();
    spec->options.pairs = pairs;
    for (int i = 0; options != NULL && options[i] != NULL; i++) {
        const char *eq = strchr(options[i], '=');

        pairs[i].key = (mr_str){ options[i], (size_t)(eq - options[i]) };
        pairs[i].value = mr_str_from(eq + 1);
        spec->options.n++;
    }
    CHECK_OK(mr_type_parse_ddl(f->arena, mr_str_from(ddl), &spec->schema, &f->err), &f->err);
}

static mr_status read_spec(fixture *f, const mr_format_spec *spec, mr_str text, mr_buf *out)
{
    const mr_format *format = mr_format_find(MR_STR("CSV"));
    mr_reader *reader;
    size_t pos = 0;

    MR_TRY(format->open_reader(spec, f->arena, &reader, &f->err));
    format->begin_file(reader, MR_STR("t.csv"), true);
    do {
        mr_batch *batch;

        MR_TRY(format->read(reader, text, &pos, true, f->arena, &batch, &f->err));
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

static void expect(fixture *f, const char *ddl, const char *const *options, const char *text,
                   const char *want)
{
    mr_format_spec spec;
    mr_buf out = { 0 };

    make_spec(f, ddl, options, &spec);
    CHECK_OK(read_spec(f, &spec, mr_str_from(text), &out), &f->err);
    if (strcmp(mr_buf_cstr(&out), want) != 0)
        fail_msg("%s\n got: %s\nwant: %s", text, mr_buf_cstr(&out), want);
    mr_buf_free(&out);
}

static void test_basic(void **state)
{
    static const char *const header[] = { "header=true", NULL };
    const char *ddl = "id INT, name STRING, v DOUBLE, ok BOOLEAN, d DATE";

    expect(*state, ddl, header,
           "id,name,v,ok,d\n1,ann,1.5,true,2024-01-31\n2,\"b,o\"\"b\",,FALSE,\n"
           "3,,2e3,,2024-02-29\n 4 ,  pad  , 4.0 ,true,2024-03-01\n\n5,\"\",-0.0,,\n",
           "1|ann|1.5|true|2024-01-31\n2|\"b,o\"\"b\"|NULL|false|NULL\n"
           "3|NULL|2000.0|NULL|2024-02-29\nNULL|  pad  |4.0|true|2024-03-01\n"
           "5|NULL|-0.0|NULL|NULL\n");
    expect(*state, ddl, header, "id,name,v,ok,d\n", "");
    expect(*state, ddl, header,
           "id,name,v,ok,d\r\n6,crlf,1,true,2024-01-01\r\n7,last,2,false,2024-01-02",
           "6|crlf|1.0|true|2024-01-01\n7|last|2.0|false|2024-01-02\n");
}

static void test_options(void **state)
{
    static const char *const options[] = { "sep=;",
                                           "quote='",
                                           "nullValue=NA",
                                           "comment=#",
                                           "ignoreLeadingWhiteSpace=true",
                                           "ignoreTrailingWhiteSpace=true",
                                           "timestampFormat=dd/MM/yyyy HH:mm:ss",
                                           "dateFormat=dd.MM.yyyy",
                                           NULL };

    expect(*state, "a STRING, b STRING, ts TIMESTAMP, d DATE", options,
           "# a comment\nx; y ;01/02/2024 03:04:05;06.07.2024\nNA;'q;r';NA;NA\n"
           "'NA';'';31/12/1969 23:59:59;01.01.1970\n'it\\'s';z;;\n",
           "x|y|2024-02-01 03:04:05|2024-07-06\nNULL|q;r|NULL|NULL\n"
           "NULL||1969-12-31 23:59:59|1970-01-01\nit's|z|NULL|NULL\n");
}

static void test_malformed(void **state)
{
    fixture *f = *state;
    static const char *const drop[] = { "mode=DROPMALFORMED", NULL };
    static const char *const fast[] = { "mode=FAILFAST", NULL };
    mr_format_spec spec;
    mr_buf out = { 0 };

    expect(f, "id INT, v DOUBLE, s STRING, _corrupt_record STRING", NULL,
           "1,2.5,x\nbad,2.5,y\n3,bad,z\n4,4.5\n5,5.5,w,extra\n\n6,,\n99999999999,1,big\n"
           "7,7.5,\"open\n",
           "1|2.5|x|NULL\nNULL|2.5|y|bad,2.5,y\n3|NULL|z|3,bad,z\n4|4.5|NULL|4,4.5\n"
           "5|5.5|w|5,5.5,w,extra\n6|NULL|NULL|NULL\nNULL|1.0|big|99999999999,1,big\n"
           "7|7.5|open|NULL\n");
    expect(f, "id INT, v DOUBLE, s STRING", drop, "1,2.5,x\nbad,2.5,y\n4,4.5\n5,5.5,w,extra\n6,,\n",
           "1|2.5|x\n6|NULL|NULL\n");
    make_spec(f, "id INT, s STRING", fast, &spec);
    CHECK_RAISES(read_spec(f, &spec, MR_STR("1,x\nbad,y\n"), &out), &f->err,
                 "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION");
    mr_buf_free(&out);
}

static void test_quotes(void **state)
{
    static const char *const multi[] = { "multiLine=true", NULL };
    static const char *const doubled[] = { "escape=\"", NULL };
    const char *ddl = "a STRING, b STRING";

    expect(*state, ddl, NULL,
           "\"x\" ,b\n\"x\" y,b\nx\"y,b\n\"x\\\"y\",b\n\"x\\\\\",b\n\"x\\ny\",b\n",
           "x|b\n\"x\" y|b\nx\"y|b\nx\"y|b\nx\\|b\nx\\ny|b\n");
    expect(*state, ddl, doubled, "\"x\"\"y\",b\n\"x\"y\",b\n", "x\"y|b\n\"x\"y\"|b\n");
    expect(*state, ddl, multi, "\"a\nb\",c\n\"x\",\"y\n\nz\"\n\n,\nlast,\"q\"",
           "a\nb|c\nx|y\n\nz\nNULL|NULL\nlast|q\n");
}

static void test_write(void **state)
{
    fixture *f = *state;
    static const char *const header[] = { "header=true", NULL };
    const mr_format *format = mr_format_find(MR_STR("csv"));
    mr_format_spec spec;
    mr_writer *writer;
    mr_batch *batch;
    mr_buf out = { 0 };

    make_spec(f, "a STRING, n INT", header, &spec);
    CHECK_OK(format->open_writer(&spec, f->arena, &writer, &f->err), &f->err);
    batch = mr_batch_new(f->arena, spec.schema, 3);
    mr_vec_init(&batch->cols[0], f->arena, spec.schema->fields[0].type, 3);
    mr_vec_init(&batch->cols[1], f->arena, spec.schema->fields[1].type, 3);
    mr_vec_need_valid(&batch->cols[1], f->arena);
    batch->cols[0].str[0] = MR_STR("a,b");
    batch->cols[0].str[1] = MR_STR("");
    batch->cols[0].str[2] = MR_STR("say \"x\"");
    for (int i = 0; i < 3; i++)
        batch->cols[1].i32[i] = i;
    batch->cols[1].valid[1] = 0;
    CHECK_OK(format->write(writer, batch, true, &out, &f->err), &f->err);
    assert_string_equal(mr_buf_cstr(&out), "a,n\n\"a,b\",0\n\"\",\n\"say \\\"x\\\"\",2\n");
    mr_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_basic, setup, teardown),
        cmocka_unit_test_setup_teardown(test_options, setup, teardown),
        cmocka_unit_test_setup_teardown(test_malformed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_quotes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_write, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
