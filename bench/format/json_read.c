/* json_read.c - records a second of the JSON reader on section B1's records; checks its own answer.
 *
 * Use: json_read [records] ; prints all ten columns and three of ten. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "format/format.h"

static uint64_t state = 88172645463325252u;

static uint32_t rnd(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 33) % n;
}

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

typedef struct answer {
    int64_t n, times;
    double prices;
    uint64_t keys;
} answer;

static void make(mr_buf *out, int records, answer *want)
{
    static const char *const types[] = { "purchase", "view", "click", "refund" };
    static const char *const regions[] = { "us-east", "us-west", "eu-central", "ap-south" };
    static const char *const devices[] = { "tv", "phone", "tablet", "desktop" };

    for (int i = 0; i < records; i++) {
        int64_t t = INT64_C(1763660000000) + (int64_t)i * 7 / 2 - rnd(5000);
        uint32_t key = rnd(1000);
        uint32_t cents = rnd(500000);

        mr_buf_printf(out,
                      "{\"event_time\":%lld,\"event_id\":%d,\"user_id\":%u,\"key\":\"k%07u\","
                      "\"type\":\"%s\",\"region\":\"%s\",\"device_type\":\"%s\",\"price\":%u.%02u,"
                      "\"qty\":%u.%u,\"risk_score\":0.%06u}\n",
                      (long long)t, 1000000000 + i, rnd(1000000), key, types[rnd(4)],
                      regions[rnd(4)], devices[rnd(4)], cents / 100, cents % 100, rnd(100), rnd(10),
                      rnd(1000000));
        want->n++;
        want->times += t;
        want->prices += (double)cents;
        want->keys += key;
    }
}

static int col_of(const mr_batch *b, const char *name)
{
    return mr_type_field(b->schema, mr_str_from(name), true);
}

static void add(const mr_batch *b, answer *got)
{
    const int64_t *t = b->cols[col_of(b, "event_time")].i64;
    const mr_str *k = b->cols[col_of(b, "key")].str;
    const double *p = b->cols[col_of(b, "price")].f64;

    for (int32_t i = 0; i < b->n; i++) {
        got->n++;
        got->times += t[i];
        got->prices += (double)(int64_t)(p[i] * 100 + 0.5);
        for (uint64_t j = 1, v = 0; j < k[i].len; j++) {
            v = v * 10 + (uint64_t)(k[i].ptr[j] - '0');
            got->keys += j + 1 == k[i].len ? v : 0;
        }
    }
}

static void run(const char *name, const char *format_name, const uint8_t *needed, mr_str text,
                const answer *want)
{
    const mr_format *format = mr_format_find(mr_str_from(format_name));
    mr_arena *arena = mr_arena_new();
    mr_arena *rows = mr_arena_new();
    mr_format_spec spec = { .needed = needed, .zone = mr_zone_utc() };
    mr_error err = { 0 };
    double best = 1e9;

    if (mr_type_parse_ddl(arena,
                          MR_STR("event_time LONG, event_id LONG, user_id LONG, key STRING, "
                                 "type STRING, region STRING, device_type STRING, price DOUBLE, "
                                 "qty DOUBLE, risk_score DOUBLE"),
                          &spec.schema, &err) != MR_OK)
        abort();
    for (int pass = 0; pass < 7; pass++) {
        answer got = { 0 };
        mr_reader *reader;
        size_t pos = 0;
        double start = cpu_seconds();

        if (format->open_reader(&spec, arena, &reader, &err) != MR_OK)
            abort();
        format->begin_file(reader, MR_STR("memory"), true);
        while (pos < text.len) {
            mr_batch *batch;

            mr_arena_reset(rows);
            if (format->read(reader, text, &pos, true, rows, &batch, &err) != MR_OK)
                abort();
            add(batch, &got);
        }
        start = cpu_seconds() - start;
        best = start < best ? start : best;
        if (memcmp(&got, want, sizeof(got)) != 0) {
            printf("%s: WRONG ANSWER\n", name);
            exit(1);
        }
    }
    printf("%s: %.2f M records/s, %.1f ns a record, %.2f GB/s\n", name,
           (double)want->n / best / 1e6, best / (double)want->n * 1e9,
           (double)text.len / best / 1e9);
    mr_arena_free(rows);
    mr_arena_free(arena);
}

int main(int argc, char **argv)
{
    static const uint8_t three[10] = { [0] = 1, [3] = 1, [7] = 1 };
    mr_buf text = { 0 };
    answer want = { 0 };

    make(&text, argc > 1 ? atoi(argv[1]) : 200000, &want);
    run("json, 10 of 10 columns", "json", NULL, mr_buf_str(&text), &want);
    run("json,  3 of 10 columns", "json", three, mr_buf_str(&text), &want);
    mr_buf_free(&text);
    return 0;
}
