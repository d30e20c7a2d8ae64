/* show() and values as text. */
#include "tests/unit/mr_test.h"

#include "column/print.h"
#include "column/type.h"

static mr_batch *make_batch(mr_arena *arena)
{
    mr_error err = { 0 };
    const mr_type *schema;
    mr_batch *batch;
    mr_vec *s;

    CHECK_OK(mr_type_parse_ddl(arena,
                               MR_STR("id INT, name STRING, s STRUCT<a: INT, b: BOOLEAN>, "
                                      "bin BINARY, l ARRAY<BIGINT>"),
                               &schema, &err),
             &err);
    batch = mr_batch_new(arena, schema, 2);
    for (int i = 0; i < 5; i++)
        mr_vec_init(&batch->cols[i], arena, schema->fields[i].type, 2);
    batch->cols[0].i32[0] = 1;
    batch->cols[0].i32[1] = 200000;
    batch->cols[1].str[0] = MR_STR("a\nb");
    batch->cols[1].str[1] = MR_STR("\xe4\xb8\xad\xe6\x96\x87");
    s = &batch->cols[2];
    s->children[0].i32[0] = 7;
    s->children[1].u8[0] = 1;
    mr_vec_set_null(&s->children[1], arena, 0);
    mr_vec_set_null(s, arena, 1);
    batch->cols[3].str[0] = MR_STR("12\xff");
    batch->cols[3].str[1] = MR_STR("");
    mr_vec_grow(&batch->cols[4].children[0], arena, 2);
    batch->cols[4].children[0].i64[0] = 5;
    batch->cols[4].children[0].i64[1] = -6;
    batch->cols[4].offsets[1] = 2;
    batch->cols[4].offsets[2] = 2;
    return batch;
}

static void check(mr_buf *out, const char *expected)
{
    assert_string_equal(mr_buf_cstr(out), expected);
    mr_buf_clear(out);
}

static void test_show(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_batch *batch = make_batch(arena);
    mr_buf out = { 0 };

    (void)state;
    mr_print_show(batch, 20, false, true, mr_zone_utc(), &out);
    check(&out, "+------+----+---------+----------+-------+\n"
                "|    id|name|        s|       bin|      l|\n"
                "+------+----+---------+----------+-------+\n"
                "|     1|a\\nb|{7, NULL}|[31 32 FF]|[5, -6]|\n"
                "|200000|\xe4\xb8\xad\xe6\x96\x87|     NULL|        []|     []|\n"
                "+------+----+---------+----------+-------+\n"
                "only showing top 2 rows");
    mr_print_show(batch, 0, true, false, mr_zone_utc(), &out);
    check(&out,
          "-RECORD 0----------\n id   | 1          \n name | a\\nb       \n"
          " s    | {7, NULL}  \n bin  | [31 32 FF] \n l    | [5, -6]    \n"
          "-RECORD 1----------\n id   | 200000     \n name | \xe4\xb8\xad\xe6\x96\x87       \n"
          " s    | NULL       \n bin  | []         \n l    | []         \n");
    batch->sel = (mr_sel){ NULL, 0 };
    mr_print_show(batch, 3, false, false, mr_zone_utc(), &out);
    check(&out, "+---+----+---+---+---+\n| id|name|  s|bin|  l|\n+---+----+---+---+---+\n"
                "+---+----+---+---+---+\n");
    mr_print_show(batch, 3, true, false, mr_zone_utc(), &out);
    check(&out, "(0 rows)");
    mr_buf_free(&out);
    mr_arena_free(arena);
}

static void test_cut(void **state)
{
    mr_arena *arena = mr_arena_new();
    const mr_field field = { MR_STR("a long header"), mr_type_of(MR_TYPE_STRING), true,
                             MR_STR("") };
    mr_batch *batch = mr_batch_new(arena, mr_type_struct(arena, &field, 1), 1);
    mr_buf out = { 0 };

    (void)state;
    mr_vec_init(&batch->cols[0], arena, field.type, 1);
    batch->cols[0].str[0] = MR_STR("abcdefghij");
    mr_print_show(batch, 5, false, true, mr_zone_utc(), &out);
    check(&out, "+-------------+\n|a long header|\n+-------------+\n|        ab...|\n"
                "+-------------+\nonly showing top 1 row");
    mr_print_show(batch, 3, false, false, mr_zone_utc(), &out);
    check(&out, "+-------------+\n|a long header|\n+-------------+\n|          abc|\n"
                "+-------------+\n");
    mr_print_show(batch, 0, false, false, mr_zone_utc(), &out);
    check(&out, "+-------------+\n|a long header|\n+-------------+\n|abcdefghij   |\n"
                "+-------------+\n");
    mr_print_show(mr_batch_new(arena, mr_type_of(MR_TYPE_STRUCT), 1), 20, false, false,
                  mr_zone_utc(), &out);
    check(&out, "++\n||\n++\n||\n++\n");
    mr_buf_free(&out);
    mr_arena_free(arena);
}

static void test_values(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_buf out = { 0 };
    mr_vec v;

    (void)state;
    mr_vec_init(&v, arena, mr_type_of(MR_TYPE_INTERVAL_CALENDAR), 3);
    v.interval[0] = (mr_interval){ 14, -3, INT64_C(3723500000) };
    v.interval[1] = (mr_interval){ 0, 0, 0 };
    v.interval[2] = (mr_interval){ 0, 0, -500000 };
    mr_print_value(&v, 0, mr_zone_utc(), "null", &out);
    check(&out, "1 years 2 months -3 days 1 hours 2 minutes 3.5 seconds");
    mr_print_value(&v, 1, mr_zone_utc(), "null", &out);
    check(&out, "0 seconds");
    mr_print_value(&v, 2, mr_zone_utc(), "null", &out);
    check(&out, "-0.5 seconds");
    mr_vec_init(&v, arena, mr_type_of(MR_TYPE_TIMESTAMP), 2);
    v.i64[0] = 500000;
    mr_vec_set_null(&v, arena, 1);
    mr_print_value(&v, 0, mr_zone_utc(), "null", &out);
    check(&out, "1970-01-01 00:00:00.5");
    mr_print_value(&v, 1, mr_zone_utc(), "null", &out);
    check(&out, "null");
    mr_vec_init(&v, arena, mr_type_of(MR_TYPE_DOUBLE), 1);
    v.f64[0] = 3.356934E-4;
    mr_print_value(&v, 0, mr_zone_utc(), "null", &out);
    check(&out, "3.356934E-4");
    mr_buf_free(&out);
    mr_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_show),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
