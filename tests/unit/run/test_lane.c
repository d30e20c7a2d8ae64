/* Files cut into lanes: every record once, wherever the borders fall. */
#include "tests/unit/mr_test.h"

#define LANE_BYTES    INT64_C(97)
#define CHUNK_BYTES   64u
#define mr_lane_count test_lane_count
#define mr_lane_open  test_lane_open
#include "../../../src/run/lane.c" /* with lanes and chunks small enough to test */

#include "os/file.h"

enum { FILES = 4 };

typedef struct place {
    mr_arena *arena;
    char root[64];
    mr_run_file files[FILES];
    char seen[2000];
    int n_records;
} place;

/* Files of "<number><padding>\n" lines; file 1 is empty, the ends differ. */
static void write_files(place *p, int width, const char *newline, bool ends)
{
    p->n_records = 0;
    for (int f = 0; f < FILES; f++) {
        char *path = mr_arena_cstr(p->arena, mr_arena_printf(p->arena, "%s/%d", p->root, f));
        FILE *file = fopen(path, "w");
        int n = f == 1 ? 0 : 37 * (f + 1);

        assert_non_null(file);
        for (int i = 0; i < n; i++)
            fprintf(file, "%d%*s%s", p->n_records++, (width * (i % 5)) / 4, "",
                    i + 1 < n || ends ? newline : "");
        p->files[f] = (mr_run_file){ path, ftell(file), 0 };
        fclose(file);
    }
}

static void read_all(place *p)
{
    mr_field field = { MR_STR("value"), mr_type_of(MR_TYPE_STRING), true, { NULL, 0 } };
    mr_scan scan = { .format = MR_STR("text"),
                     .schema = mr_type_struct(p->arena, &field, 1),
                     .corrupt_index = -1 };
    mr_spec spec = { .kind = MR_L_SCAN, .scan = &scan };
    mr_run_input input = { p->files, FILES };
    mr_run run = { .os = mr_os_real(), .inputs = &input, .zone = mr_zone_utc() };
    mr_arena *arena = mr_arena_new();
    mr_error err;

    memset(p->seen, 0, sizeof(p->seen));
    for (int lane = 0; lane < mr_lane_count(&run, &spec); lane++) {
        mr_op_reader reader;
        mr_batch *batch;

        CHECK_OK(mr_lane_open(&run, &spec, lane, &reader, &err), &err);
        for (;;) {
            CHECK_OK(reader.next(reader.self, arena, &batch, &err), &err);
            if (batch == NULL)
                break;
            for (int32_t i = 0; i < batch->sel.n; i++) {
                mr_str text = batch->cols[0].str[mr_sel_row(batch->sel, i)];
                int64_t number = -1;

                assert_true(mr_str_to_int64(mr_str_trim(text), &number));
                assert_in_range(number, 0, p->n_records - 1);
                p->seen[number]++;
            }
            mr_arena_reset(arena);
        }
        reader.close(reader.self);
    }
    for (int i = 0; i < p->n_records; i++)
        assert_int_equal(p->seen[i], 1);
    mr_arena_free(arena);
}

static void test_every_record_once(void **state)
{
    place p = { .arena = mr_arena_new() };

    (void)state;
    snprintf(p.root, sizeof(p.root), "/tmp/mr_lane_XXXXXX");
    assert_non_null(mkdtemp(p.root));
    for (int width = 0; width < 260; width += width < 110 ? 3 : 37)
        for (int form = 0; form < 4; form++) {
            write_files(&p, width, form & 1 ? "\r\n" : "\n", form & 2);
            read_all(&p);
        }
    (void)!mr_file_remove_tree(mr_os_real(), p.root, NULL);
    mr_arena_free(p.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_record_once) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
