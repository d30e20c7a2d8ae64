/* Keys and values of Spark's state files: decoded by the stored schema, encoded again, compared. */
#include "tests/unit/mr_test.h"

#include "checkpoint/schema_file.h"
#include "checkpoint/state_file.h"
#include "column/row.h"
#include "tests/unit/checkpoint/golden.h"

typedef struct counts {
    int same;
    int other_shape; /* the schema of old dedup stores does not describe their values */
} counts;

/* .../state/<op>/<partition>/[<store>/]N.delta -> .../state/<op>/0/[<store>/]_metadata/schema */
static bool schema_path(const char *path, mr_buf *out)
{
    const char *at = strstr(path, "/state/");
    const char *partition = at == NULL ? NULL : strchr(at + 7, '/');
    const char *rest = partition == NULL ? NULL : strchr(partition + 1, '/');
    const char *file = strrchr(path, '/');
    struct stat st;

    if (rest == NULL)
        return false;
    mr_buf_append(out, path, (size_t)(partition - path));
    mr_buf_puts(out, "/0");
    mr_buf_append(out, rest, (size_t)(file - rest));
    mr_buf_puts(out, "/_metadata/schema");
    return stat(mr_buf_cstr(out), &st) == 0;
}

static bool is_same(mr_arena *arena, mr_str bytes, const mr_type *schema)
{
    mr_vec *vecs = MR_NEW_ARRAY(arena, mr_vec, schema->n_fields);
    const mr_vec **cols = MR_NEW_ARRAY(arena, const mr_vec *, schema->n_fields);
    mr_buf out = { 0 };
    bool same;

    for (int i = 0; i < schema->n_fields; i++) {
        mr_vec_init(&vecs[i], arena, schema->fields[i].type, 1);
        cols[i] = &vecs[i];
    }
    if (mr_row_decode(bytes, schema, vecs, 0, arena, NULL) != MR_OK)
        return false;
    mr_row_encode(cols, schema->n_fields, 0, &out);
    same = mr_str_equal(mr_buf_str(&out), bytes);
    mr_buf_free(&out);
    return same;
}

static void check_file(mr_arena *arena, const char *path, const char *schema, counts *n)
{
    const mr_type *key;
    const mr_type *value;
    mr_state_reader reader;
    mr_state_record record;
    mr_error err = { 0 };
    bool end = false;
    mr_str file = golden_read(arena, path);

    CHECK_OK(mr_schema_file_read(arena, golden_read(arena, schema), schema, &key, &value, &err),
             &err);
    CHECK_OK(mr_state_file_open(&reader, file, MR_STATE_LZ4, MR_STATE_DELTA, path, &err), &err);
    for (;;) {
        CHECK_OK(mr_state_file_next(&reader, &record, &end, &err), &err);
        if (end)
            break;
        if (!is_same(arena, record.key, key))
            fail_msg("%s: a key is encoded otherwise", path);
        n->same++;
        if (record.is_remove)
            continue;
        if (is_same(arena, record.value, value))
            n->same++;
        else
            n->other_shape++;
    }
    mr_state_file_close(&reader);
}

static void visit(const char *path, void *context)
{
    mr_buf schema = { 0 };

    if (mr_str_ends(mr_str_from(path), ".delta") && schema_path(path, &schema)) {
        mr_arena *arena = mr_arena_new();

        if (mr_str_starts(golden_read(arena, path), "LZ4Block"))
            check_file(arena, path, mr_buf_cstr(&schema), context);
        mr_arena_free(arena);
    }
    mr_buf_free(&schema);
}

static void test_rows(void **state)
{
    char dir[4096];
    counts n = { 0, 0 };

    (void)state;
    if (!golden_dir(dir, sizeof(dir)))
        skip();
    golden_walk(dir, visit, &n);
    printf("%d rows identical, %d not described by their schema\n", n.same, n.other_shape);
    assert_true(n.same > 0);
    assert_in_range(n.other_shape, 0, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
