/* test_proto.c - reading and writing by tables: round trips, hostile bytes, limits. */
#include "tests/unit/mr_test.h"

#include "wire/messages.h"

static mr_arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = mr_arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mr_arena_free(arena);
    return 0;
}

static mr_xexpr *expr(mr_xexpr_kind kind, const char *name)
{
    mr_xexpr *e = MR_NEW(arena, mr_xexpr);

    e->kind = kind;
    e->name = mr_str_from(name);
    e->sql_start = e->sql_stop = -1;
    return e;
}

static mr_xexpr *literal(mr_scalar value)
{
    mr_xexpr *e = expr(MR_X_LITERAL, "");

    e->literal = value;
    return e;
}

static mr_xrel *rel(mr_xrel_kind kind, mr_xrel *input)
{
    mr_xrel *r = MR_NEW(arena, mr_xrel);

    r->kind = kind;
    r->input = input;
    r->sql_start = r->sql_stop = -1;
    return r;
}

static mr_str encode(const mr_xrel *r)
{
    mr_buf out = { 0 };
    mr_error err;
    mr_str bytes;

    CHECK_OK(mr_wire_encode_relation(r, arena, &out, &err), &err);
    bytes = mr_arena_str(arena, mr_buf_str(&out));
    mr_buf_free(&out);
    return bytes;
}

static mr_xrel *decode(mr_str bytes)
{
    mr_xrel *r = MR_NEW(arena, mr_xrel);
    mr_error err;

    CHECK_OK(mr_pb_decode(&mr_wire_relation, bytes, arena, r, &err), &err);
    return r;
}

/* What was encoded decodes to what encodes to the same bytes. */
static mr_xrel *round_trip(const mr_xrel *r)
{
    mr_str once = encode(r);
    mr_xrel *back = decode(once);
    mr_str twice = encode(back);

    assert_int_equal(back->kind, r->kind);
    assert_int_equal(once.len, twice.len);
    assert_memory_equal(once.ptr, twice.ptr, once.len);
    return back;
}

static mr_xrel *source(void)
{
    static const mr_option_pair options[] = { { { "Header", 6 }, { "true", 4 } } };
    static mr_str paths[] = { { "/data/in", 8 } };
    mr_xrel *r = rel(MR_R_READ_SOURCE, NULL);

    r->format = MR_STR("csv");
    r->schema_text = MR_STR("a INT, b STRING");
    r->options = (mr_options){ options, 1 };
    r->paths = paths;
    r->n_paths = 1;
    r->is_streaming = true;
    r->has_plan_id = true;
    r->plan_id = 0;
    return r;
}

static void keeps_sources(void **state)
{
    const mr_xrel *back = round_trip(source());

    (void)state;
    assert_true(back->is_streaming);
    assert_true(back->has_plan_id);
    assert_true(mr_str_is(back->format, "csv"));
    assert_true(mr_str_is(back->schema_text, "a INT, b STRING"));
    assert_int_equal(back->options.n, 1);
    assert_true(mr_str_is(back->options.pairs[0].key, "Header"));
    assert_true(mr_str_is(back->paths[0], "/data/in"));
}

static void keeps_functions_and_casts(void **state)
{
    mr_xrel *r = rel(MR_R_PROJECT, source());
    mr_xexpr *cast = expr(MR_X_CAST, "");
    mr_xexpr *call = expr(MR_X_FUNCTION, "+");
    mr_xexpr *args[] = { expr(MR_X_ATTRIBUTE, "a"), literal(mr_scalar_int(-3)) };
    mr_xexpr *cast_args[] = { call };
    mr_xexpr *exprs[] = { cast };
    const mr_xrel *back;

    (void)state;
    call->args = args;
    call->n_args = 2;
    cast->args = cast_args;
    cast->n_args = 1;
    cast->type = mr_type_decimal(arena, 12, 3);
    cast->eval_mode = MR_EVAL_TRY;
    r->exprs = exprs;
    r->n_exprs = 1;
    back = round_trip(r);
    assert_int_equal(back->exprs[0]->kind, MR_X_CAST);
    assert_int_equal(back->exprs[0]->type->precision, 12);
    assert_int_equal(back->exprs[0]->eval_mode, MR_EVAL_TRY);
    assert_int_equal(back->exprs[0]->args[0]->n_args, 2);
    assert_int_equal(back->exprs[0]->args[0]->args[1]->literal.i64, -3);
}

static mr_scalar typed(mr_type_id id, int64_t v)
{
    mr_scalar s = mr_scalar_long(v);

    s.type = mr_type_of(id);
    return s;
}

static void keeps_literals(void **state)
{
    mr_scalar decimal = mr_scalar_long(0);
    mr_scalar interval = mr_scalar_long(0);
    mr_xexpr *exprs[16];
    mr_xrel *r = rel(MR_R_PROJECT, NULL);
    const mr_xrel *back;
    int n = 0;

    (void)state;
    decimal.type = mr_type_decimal(arena, 10, 2);
    decimal.i128 = -12345;
    interval.type = mr_type_of(MR_TYPE_INTERVAL_CALENDAR);
    interval.interval = (mr_interval){ 1, -2, 3 };
    exprs[n++] = literal(mr_scalar_null(mr_type_of(MR_TYPE_NULL)));
    exprs[n++] = literal(mr_scalar_bool(false));
    exprs[n++] = literal(typed(MR_TYPE_BYTE, -1));
    exprs[n++] = literal(typed(MR_TYPE_SHORT, 300));
    exprs[n++] = literal(mr_scalar_int(0));
    exprs[n++] = literal(mr_scalar_long(INT64_MIN));
    exprs[n++] = literal(mr_scalar_double(-0.0));
    exprs[n++] = literal(decimal);
    exprs[n++] = literal(mr_scalar_string(MR_STR("")));
    exprs[n++] = literal(typed(MR_TYPE_DATE, -5));
    exprs[n++] = literal(typed(MR_TYPE_TIMESTAMP, 1700000000000000));
    exprs[n++] = literal(interval);
    exprs[n++] = literal(typed(MR_TYPE_INTERVAL_DT, 60000000));
    r->exprs = exprs;
    r->n_exprs = n;
    back = round_trip(r);
    assert_int_equal(back->n_exprs, n);
    for (int i = 0; i < n; i++)
        assert_int_equal(back->exprs[i]->literal.type->id, exprs[i]->literal.type->id);
    assert_true(back->exprs[0]->literal.is_null);
    assert_int_equal(back->exprs[5]->literal.i64, INT64_MIN);
    assert_true(back->exprs[7]->literal.i128 == -12345);
    assert_int_equal(back->exprs[11]->literal.interval.days, -2);
}

/* Literal{array{element_type{integer}, elements{1, 2}}} as Spark's clients write it. */
static void reads_array_literals(void **state)
{
    mr_xexpr *e = MR_NEW(arena, mr_xexpr);
    static const char array[] = "\xb2\x01\x0c\x0a\x02\x32\x00\x12\x02\x30\x01\x12\x02\x30\x02";
    mr_error err;

    (void)state;
    CHECK_OK(mr_pb_decode(&mr_wire_literal, (mr_str){ array, sizeof(array) - 1 }, arena, e, &err),
             &err);
    assert_int_equal(e->literal.type->id, MR_TYPE_ARRAY);
    assert_int_equal(e->literal.nested->offsets[1], 2);
    assert_int_equal(e->literal.nested->children[0].i32[1], 2);
}

static void keeps_schemas(void **state)
{
    const char *ddl = "a INT NOT NULL, b ARRAY<STRING>, c MAP<STRING, DECIMAL(20, 4)>, "
                      "d STRUCT<x: TIMESTAMP, y: CHAR(3)>, e INTERVAL DAY TO SECOND";
    mr_xrel *r = rel(MR_R_TO_SCHEMA, source());
    mr_error err;
    const mr_xrel *back;

    (void)state;
    CHECK_OK(mr_type_parse_ddl(arena, mr_str_from(ddl), &r->schema, &err), &err);
    back = round_trip(r);
    assert_true(mr_type_equal(back->schema, r->schema));
    assert_false(back->schema->fields[0].nullable);
}

static void keeps_sql_arguments(void **state)
{
    mr_xrel *r = rel(MR_R_SQL, NULL);
    mr_xexpr *named = expr(MR_X_ALIAS, "");
    mr_xexpr *value[] = { literal(mr_scalar_int(1)) };
    mr_str names[] = { MR_STR("a") };
    mr_xexpr *exprs[] = { named, literal(mr_scalar_int(2)) };
    const mr_xrel *back;

    (void)state;
    named->args = value;
    named->n_args = 1;
    named->names = names;
    named->n_names = 1;
    r->name = MR_STR("SELECT :a");
    r->exprs = exprs;
    r->n_exprs = 2;
    back = round_trip(r);
    assert_int_equal(back->n_exprs, 2);
    assert_int_equal(back->exprs[0]->kind, MR_X_ALIAS);
    assert_true(mr_str_is(back->exprs[0]->names[0], "a"));
    assert_int_equal(back->exprs[1]->literal.i64, 2);
}

static void keeps_stream_starts(void **state)
{
    mr_xcommand *command = MR_NEW(arena, mr_xcommand);
    mr_xcommand *back = MR_NEW(arena, mr_xcommand);
    mr_buf out = { 0 };
    mr_error err;

    (void)state;
    command->kind = MR_C_STREAM_START;
    command->stream.input = source();
    command->stream.format = MR_STR("console");
    command->stream.trigger = MR_TRIGGER_PROCESSING_TIME;
    command->stream.trigger_text = MR_STR("5 seconds");
    command->stream.output_mode = MR_STR("append");
    CHECK_OK(mr_wire_encode_command(command, arena, &out, &err), &err);
    CHECK_OK(mr_pb_decode(&mr_wire_command, mr_buf_str(&out), arena, back, &err), &err);
    assert_int_equal(back->kind, MR_C_STREAM_START);
    assert_int_equal(back->stream.trigger, MR_TRIGGER_PROCESSING_TIME);
    assert_true(mr_str_is(back->stream.trigger_text, "5 seconds"));
    assert_int_equal(back->stream.input->kind, MR_R_READ_SOURCE);
    mr_buf_free(&out);
}

static mr_status try_decode(const char *bytes, size_t n, mr_xrel *out, mr_error *err)
{
    return mr_pb_decode(&mr_wire_relation, (mr_str){ bytes, n }, arena, out, err);
}

static void refuses_bad_bytes(void **state)
{
    mr_xrel out;
    mr_error err;

    (void)state;
    assert_int_equal(try_decode("\x12", 1, &out, &err), MR_CORRUPT);         /* no length */
    assert_int_equal(try_decode("\x12\x05\x0a", 3, &out, &err), MR_CORRUPT); /* too short */
    assert_int_equal(try_decode("\x13", 1, &out, &err), MR_CORRUPT);         /* a group */
    assert_int_equal(try_decode("\x00", 1, &out, &err), MR_CORRUPT);         /* field 0 */
    assert_int_equal(try_decode("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, &out, &err),
                     MR_CORRUPT);
    assert_int_equal(try_decode("", 0, &out, &err), MR_INVALID);         /* no rel_type */
    assert_int_equal(try_decode("\x22\x00", 2, &out, &err), MR_INVALID); /* filter{} */
    assert_int_equal(try_decode("\x12\x05\x0a\x03\x0a\x01\xff", 7, &out, &err), MR_CORRUPT);
    assert_int_equal(try_decode("\x10\x01", 2, &out, &err), MR_CORRUPT); /* wrong wire type */
}

static void skips_what_is_new(void **state)
{
    mr_xrel out;
    mr_error err;

    (void)state;
    /* read{named_table{"t"}, 77: "x", 78: 1} */
    CHECK_OK(try_decode("\x12\x0c\x0a\x03\x0a\x01t\xea\x04\x01x\xf0\x04\x01", 14, &out, &err),
             &err);
    assert_int_equal(out.kind, MR_R_READ_TABLE);
    assert_true(mr_str_is(out.name, "t"));
}

static void names_unknown_relations(void **state)
{
    mr_xrel out;
    mr_error err;

    (void)state;
    CHECK_OK(try_decode("\xb2\x02\x00", 3, &out, &err), &err);
    assert_int_equal(out.kind, MR_R_UNSUPPORTED);
    assert_int_equal(out.number, 38);
}

static void bounds_depth(void **state)
{
    mr_xrel *deep = source();
    mr_xrel out;
    mr_buf bytes = { 0 };
    mr_error err;

    (void)state;
    for (int i = 0; i < 400; i++)
        deep = rel(MR_R_LIMIT, deep);
    round_trip(deep);
    for (int i = 0; i < 200; i++)
        deep = rel(MR_R_LIMIT, deep);
    assert_int_equal(mr_wire_encode_relation(deep, arena, &bytes, &err), MR_INVALID);
    mr_buf_clear(&bytes);
    for (int i = 0; i < 4000; i++) { /* limit{input{limit{input ... with lengths that do not fit */
        mr_buf_append(&bytes, "\x42\x7f\x0a\x7f", 4);
    }
    assert_true(mr_pb_decode(&mr_wire_relation, mr_buf_str(&bytes), arena, &out, &err) != MR_OK);
    mr_buf_free(&bytes);
}

static void knows_utf8(void **state)
{
    (void)state;
    assert_true(mr_pb_is_utf8(MR_STR("h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80")));
    assert_false(mr_pb_is_utf8(MR_STR("\xc0\x80")));
    assert_false(mr_pb_is_utf8(MR_STR("\xed\xa0\x80")));
    assert_false(mr_pb_is_utf8(MR_STR("\xf4\x90\x80\x80")));
    assert_false(mr_pb_is_utf8(MR_STR("\xe2\x82")));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_sources, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_functions_and_casts, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_literals, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_array_literals, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_schemas, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_sql_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_stream_starts, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_bad_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(skips_what_is_new, setup, teardown),
        cmocka_unit_test_setup_teardown(names_unknown_relations, setup, teardown),
        cmocka_unit_test_setup_teardown(bounds_depth, setup, teardown),
        cmocka_unit_test(knows_utf8),
    };

    if (argc > 1 && strcmp(argv[1], "dump") == 0) { /* for tests/wire/check_tables.py */
        mr_buf out = { 0 };

        mr_wire_dump(&out);
        fwrite(out.ptr, 1, out.len, stdout);
        mr_buf_free(&out);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
