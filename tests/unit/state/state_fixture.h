/* state_fixture.h - a spec over keys (window struct, string) with count(bigint), sum(bigint),
 * max(string). */
#ifndef MR_TEST_STATE_FIXTURE_H
#define MR_TEST_STATE_FIXTURE_H

#include "state/groups.h"

typedef struct fixture {
    mr_arena *arena;
    const mr_type *window;
    const mr_type *key_types[2];
    mr_field key_fields[2];
    mr_groups_agg aggs[8];
    mr_fn_bound bounds[8];
    const mr_type *arg_types[8];
    mr_groups_spec spec;
    mr_error err;
} fixture;

static void fixture_agg(fixture *f, int at, const char *name, const mr_type *type)
{
    const mr_function *fn = mr_function_find(mr_str_from(name));
    mr_fn_arg arg = { .type = type, .nullable = true };
    mr_fn_resolve r = {
        .arena = f->arena, .function = fn, .args = &arg, .n_args = 1, .ansi = true
    };

    CHECK_OK(fn->resolve(&r, &f->err), &f->err);
    f->arg_types[at] = type;
    f->bounds[at] = (mr_fn_bound){
        .ansi = true, .args = &f->arg_types[at], .n_args = 1, .result = r.result, .data = r.data
    };
    f->aggs[at] = (mr_groups_agg){ fn->aggregate, &f->bounds[at] };
}

static void fixture_init(fixture *f)
{
    mr_field window[2] = { { MR_STR("start"), mr_type_of(MR_TYPE_TIMESTAMP), true, { NULL, 0 } },
                           { MR_STR("end"), mr_type_of(MR_TYPE_TIMESTAMP), true, { NULL, 0 } } };

    memset(f, 0, sizeof(*f));
    f->arena = mr_arena_new();
    f->window = mr_type_struct(f->arena, window, 2);
    f->key_types[0] = f->window;
    f->key_types[1] = mr_type_of(MR_TYPE_STRING);
    f->key_fields[0] = (mr_field){ MR_STR("window"), f->window, false, { NULL, 0 } };
    f->key_fields[1] = (mr_field){ MR_STR("k"), f->key_types[1], true, { NULL, 0 } };
    fixture_agg(f, 0, "count", mr_type_of(MR_TYPE_LONG));
    fixture_agg(f, 1, "sum", mr_type_of(MR_TYPE_LONG));
    fixture_agg(f, 2, "max", mr_type_of(MR_TYPE_STRING));
    f->spec = (mr_groups_spec){ f->key_types, 2, f->aggs, 3, 0 };
}

static void fixture_free(fixture *f)
{
    mr_arena_free(f->arena);
}

/* Key vectors of n rows; time < 0 = a null window is not made; name NULL = null. */
static mr_vec *fixture_keys(const fixture *f, mr_arena *arena, const int64_t *times,
                            const char *const *names, int32_t n)
{
    mr_vec *keys = MR_NEW_ARRAY(arena, mr_vec, 2);

    mr_vec_init(&keys[0], arena, f->window, n);
    mr_vec_init(&keys[1], arena, f->key_types[1], n);
    for (int32_t i = 0; i < n; i++) {
        keys[0].children[0].i64[i] = times[i] - 10;
        keys[0].children[1].i64[i] = times[i];
        if (names[i] == NULL)
            mr_vec_set_null(&keys[1], arena, i);
        else
            keys[1].str[i] = mr_arena_str(arena, mr_str_from(names[i]));
        if (names[i] != NULL && keys[1].valid != NULL)
            keys[1].valid[i] = 1;
    }
    return keys;
}

/* Upserts rows and updates all three aggregates with value v (sum) and the name (max). */
static inline void fixture_add(fixture *f, mr_groups *g, const int64_t *times,
                               const char *const *names, const int64_t *values, int32_t n)
{
    mr_arena *arena = mr_arena_new();
    mr_vec *keys = fixture_keys(f, arena, times, names, n);
    int32_t *ids = MR_NEW_ARRAY(arena, int32_t, n + 1);
    void **states = MR_NEW_ARRAY(arena, void *, n + 1);
    mr_vec longs;

    mr_vec_init(&longs, arena, mr_type_of(MR_TYPE_LONG), n);
    for (int32_t i = 0; i < n; i++)
        longs.i64[i] = values[i];
    mr_groups_upsert(g, keys, (mr_sel){ NULL, n }, ids);
    for (int a = 0; a < f->spec.n_aggs; a++) {
        const mr_vec *arg = a == 2 ? &keys[1] : &longs;

        for (int32_t i = 0; i < n; i++)
            states[i] = mr_groups_state(g, ids[i], a);
        CHECK_OK(f->aggs[a].aggregate->update(f->aggs[a].bound, states, &arg, (mr_sel){ NULL, n },
                                              &f->err),
                 &f->err);
    }
    mr_arena_free(arena);
}

static int fixture_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All groups as sorted lines "time|key=count,sum,max". */
static inline char *fixture_text(fixture *f, const mr_groups *g)
{
    int32_t n;
    int32_t *ids = mr_groups_all(g, &n);
    mr_vec keys[2], out[3];
    char **lines = MR_NEW_ARRAY(f->arena, char *, n + 1);
    mr_buf text = { 0 };
    char *result;

    mr_groups_keys(g, ids, n, keys, f->arena);
    for (int a = 0; a < 3; a++)
        CHECK_OK(mr_groups_result(g, a, ids, n, &out[a], f->arena, &f->err), &f->err);
    for (int32_t i = 0; i < n; i++) {
        mr_str key = mr_vec_is_null(&keys[1], i) ? MR_STR("null") : keys[1].str[i];
        mr_str max = mr_vec_is_null(&out[2], i) ? MR_STR("null") : out[2].str[i];

        assert_int_equal(keys[0].children[0].i64[i], keys[0].children[1].i64[i] - 10);
        lines[i] = (char *)(uintptr_t)mr_arena_printf(f->arena, "%lld|%.*s=%lld,%lld,%.*s\n",
                                                      (long long)keys[0].children[1].i64[i],
                                                      MR_STR_ARG(key), (long long)out[0].i64[i],
                                                      (long long)out[1].i64[i], MR_STR_ARG(max))
                       .ptr;
    }
    qsort(lines, (size_t)n, sizeof(*lines), fixture_compare);
    for (int32_t i = 0; i < n; i++)
        mr_buf_puts(&text, lines[i]);
    result = mr_arena_cstr(f->arena, mr_buf_str(&text));
    mr_buf_free(&text);
    free(ids);
    return result;
}

#endif /* MR_TEST_STATE_FIXTURE_H */
