/* Entries of changed state: the direct way gives the bytes of the general row encoder. */
#include "tests/unit/mr_test.h"

#include "checkpoint/state_changes.h"
#include "column/row.h"
#include "tests/unit/state/state_fixture.h"

enum { ROWS = 700 };

static uint64_t seed = 88172645463325252u;

static uint32_t rnd(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % n;
}

static void fill_text(mr_vec *vec, int32_t row, mr_arena *arena)
{
    mr_buf text = { 0 };

    for (uint32_t i = rnd(rnd(4) == 0 ? 60 : 12); i > 0; i--)
        mr_buf_putc(&text, (char)(rnd(2) == 0 ? 'a' + (char)rnd(26) : (char)(128 + rnd(100))));
    vec->str[row] = mr_arena_str(arena, mr_buf_str(&text));
    mr_buf_free(&text);
}

static void fill(mr_vec *vec, int32_t row, mr_arena *arena)
{
    if (rnd(6) == 0 && vec->type->id != MR_TYPE_STRUCT) {
        mr_vec_set_null(vec, arena, row);
        return;
    }
    if (vec->type->id == MR_TYPE_STRUCT) {
        for (int i = 0; i < vec->type->n_fields; i++)
            fill(&vec->children[i], row, arena);
    } else if (mr_type_is_string(vec->type) || vec->type->id == MR_TYPE_BINARY) {
        fill_text(vec, row, arena);
    } else if (vec->type->id == MR_TYPE_BOOLEAN) {
        vec->u8[row] = (uint8_t)rnd(2);
    } else if (vec->type->id == MR_TYPE_FLOAT) {
        vec->f32[row] = rnd(5) == 0 ? -0.0f : (float)rnd(1000) / 8 - 50;
    } else if (vec->type->id == MR_TYPE_DOUBLE) {
        vec->f64[row] = rnd(5) == 0 ? -0.0 : rnd(9) == 0 ? 0.0 / 0.0 : (double)rnd(1000) / 7 - 50;
    } else if (vec->type->id == MR_TYPE_DECIMAL) {
        vec->i128[row] = (mr_int128)rnd(1000000) * 1000000007 * (rnd(2) == 0 ? 1 : -1);
    } else {
        for (size_t i = 0; i < mr_type_width(vec->type); i++)
            vec->u8[(size_t)row * mr_type_width(vec->type) + i] = (uint8_t)rnd(256);
    }
}

/* What the vectors say of the groups. */
static void general(const mr_groups *g, const mr_groups_spec *spec, const int32_t *ids, int32_t n,
                    int32_t n_partitions, mr_buf *out)
{
    mr_arena *arena = mr_arena_new();
    mr_field fields[16];
    int n_bufs = mr_groups_buffers(spec, arena, fields, 16);
    mr_vec vecs[32];
    const mr_vec *cols[32];

    mr_groups_keys(g, ids, n, vecs, arena);
    mr_groups_save(g, ids, n, vecs + spec->n_keys, arena);
    for (int i = 0; i < spec->n_keys + n_bufs; i++)
        cols[i] = &vecs[i];
    for (int32_t i = 0; i < n; i++) {
        mr_buf key = { 0 }, value = { 0 };
        int32_t partition = mr_row_partition(cols, spec->n_keys, i, n_partitions);

        mr_row_encode(cols, spec->n_keys, i, &key);
        mr_row_encode(cols + spec->n_keys, n_bufs, i, &value);
        mr_state_changes_put(out, (uint32_t)partition, mr_buf_str(&key), mr_buf_str(&value));
        mr_state_changes_remove(out, (uint32_t)partition, mr_buf_str(&key));
        mr_buf_free(&key);
        mr_buf_free(&value);
    }
    mr_arena_free(arena);
}

/* Groups of random keys of these types, a put and a remove of each. */
static void check_keys(fixture *f, const char *ddl, int n_aggs)
{
    mr_groups_spec spec = f->spec;
    const mr_type *schema;
    mr_groups_change change;
    mr_vec keys[16];
    mr_buf want = { 0 }, got = { 0 };
    int32_t ids[ROWS], n, *all;

    CHECK_OK(mr_type_parse_ddl(f->arena, mr_str_from(ddl), &schema, &f->err), &f->err);
    spec.n_keys = schema->n_fields;
    spec.key_types = MR_NEW_ARRAY(f->arena, const mr_type *, spec.n_keys + 1);
    for (int i = 0; i < spec.n_keys; i++) {
        ((const mr_type **)(uintptr_t)spec.key_types)[i] = schema->fields[i].type;
        mr_vec_init(&keys[i], f->arena, schema->fields[i].type, ROWS);
        for (int32_t row = 0; row < ROWS; row++)
            fill(&keys[i], row, f->arena);
    }
    spec.time_key = -1;
    spec.n_aggs = n_aggs;
    change = (mr_groups_change){ .groups = mr_groups_new(&spec), .n_partitions = 13 };
    mr_groups_upsert((mr_groups *)(uintptr_t)change.groups, keys, (mr_sel){ NULL, ROWS }, ids);
    all = mr_groups_all(change.groups, &n);
    general(change.groups, &spec, all, n, change.n_partitions, &want);
    for (int32_t i = 0; i < n; i++) {
        change.removes = false;
        mr_groups_encode(&change, all + i, 1, &got);
        change.removes = true;
        mr_groups_encode(&change, all + i, 1, &got);
    }
    assert_int_equal(got.len, want.len);
    assert_memory_equal(got.ptr, want.ptr, want.len);
    mr_buf_clear(&got);
    change.removes = false;
    mr_groups_encode(&change, all, n, &got);
    assert_true(got.len > 0 && got.len < want.len);
    mr_groups_free((mr_groups *)(uintptr_t)change.groups);
    mr_buf_free(&want);
    mr_buf_free(&got);
    free(all);
}

static void test_direct_is_general(void **state)
{
    static const char *const schemas[] = {
        "w STRUCT<a: TIMESTAMP, b: TIMESTAMP>, k STRING",
        "k STRING, b BINARY, w STRUCT<a: INT, b: DOUBLE>, l LONG",
        "a BOOLEAN, b BYTE, c SHORT, d INT, e LONG, f FLOAT, g DOUBLE, h DATE",
        "a TIMESTAMP, k STRING, s STRING",
        "w STRUCT<a: STRING, b: INT>, l LONG", /* the general way, for both */
        "a DECIMAL(10,2), b DECIMAL(30,2), k STRING",
    };
    fixture f;

    (void)state;
    fixture_init(&f);
    for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
        for (int n_aggs = 0; n_aggs <= 3; n_aggs++)
            check_keys(&f, schemas[i], n_aggs);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_direct_is_general) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
