/* cases.c - the queries of the sweep and what they read.
 *
 * File k holds rows of the ten minutes from k on, one of the ten minutes before (in time) and, from
 * the fifth on, one that is more than an hour late: too late whether or not a restart held the
 * watermark back by a batch.  Numbers are multiples of 1/4, so that sums do not depend on the
 * order.
 */
#include "fault.h"

#define MINUTE 60

static void put_json(mr_buf *out, int64_t second, const char *k, int v)
{
    mr_buf_printf(out,
                  "{\"ts\":\"2024-01-%02dT%02d:%02d:%02dZ\",\"k\":\"%s\",\"v\":%d,\"d\":%d.25}\n",
                  (int)(1 + second / 86400), (int)(second / 3600 % 24), (int)(second / 60 % 60),
                  (int)(second % 60), k, v, v);
}

static void put_csv(mr_buf *out, int64_t second, const char *k, int v)
{
    mr_buf_printf(out, "2024-01-%02dT%02d:%02d:%02dZ,%s,%d,%d.25\n", (int)(1 + second / 86400),
                  (int)(second / 3600 % 24), (int)(second / 60 % 60), (int)(second % 60), k, v, v);
}

typedef void (*put_fn)(mr_buf *out, int64_t second, const char *k, int v);

/* Ten minutes a file; day two, so that nothing is before the first. */
static void put_file(int k, int last, put_fn put, mr_buf *out)
{
    int64_t at = 86400 + (int64_t)k * 10 * MINUTE;

    if (k == last) { /* in the newest window, moving no watermark */
        put(out, at - 2 * MINUTE, "z", 0);
        return;
    }
    put(out, at + 1 * MINUTE, "a", 3 * k + 1);
    put(out, at + 3 * MINUTE, "b", 2 * k);
    put(out, at + 3 * MINUTE, "a", 7);
    if (k > 0)
        put(out, at - 6 * MINUTE, k % 2 ? "a" : "c", 10 * k);
    if (k > 4)
        put(out, at - 75 * MINUTE, "late", 100000);
    put(out, at + 8 * MINUTE, k % 3 ? "b" : "d", k);
}

static void json_7(int k, mr_buf *out)
{
    put_file(k, 7, put_json, out);
}

static void csv_7(int k, mr_buf *out)
{
    put_file(k, 7, put_csv, out);
}

static void json_12(int k, mr_buf *out)
{
    put_file(k, 12, put_json, out);
}

static void csv_12(int k, mr_buf *out)
{
    put_file(k, 12, put_csv, out);
}

static void json_105(int k, mr_buf *out)
{
    put_file(k, 105, put_json, out);
}

/* Half an hour a file: most of its windows close behind it. */
static void put_wide(int k, int last, put_fn put, mr_buf *out)
{
    int64_t at = 86400 + (int64_t)k * 30 * MINUTE;

    if (k == last) {
        put(out, at - 2 * MINUTE, "z", 0);
        return;
    }
    for (int i = 0; i < 6; i++)
        put(out, at + 5 * i * MINUTE, i % 2 ? "a" : "b", 10 * k + i);
    put(out, at + 12 * MINUTE, "c", k);
    if (k > 0)
        put(out, at - 3 * MINUTE, "b", 7 * k);
    if (k > 2)
        put(out, at - 95 * MINUTE, "late", 100000);
    put(out, at + 28 * MINUTE, "a", 3);
}

static void json_wide(int k, mr_buf *out)
{
    put_wide(k, 5, put_json, out);
}

static void csv_wide(int k, mr_buf *out)
{
    put_wide(k, 4, put_csv, out);
}

#define WINDOWS                                                                                    \
    "SELECT date_format(window.start, 'dd HH:mm') AS w, k, count(*) AS n, sum(v) AS s, "           \
    "avg(d) AS a, min(v) AS low, max(k) AS high FROM events WHERE v >= 0 "                         \
    "GROUP BY window(ts, '10 minutes'), k"
#define SLIDING                                                                                    \
    "SELECT date_format(window.start, 'dd HH:mm') AS w, count(*) AS n, sum(d) AS s FROM events "   \
    "GROUP BY window(ts, '20 minutes', '10 minutes')"
#define PLAIN "SELECT ts, upper(k) AS k, v * 2 AS v, d FROM events WHERE v % 5 <> 1"

static const mr_option_pair one_file[] = {
    { { "maxFilesPerTrigger", 18 }, { "1", 1 } },
};
static const mr_option_pair archived[] = {
    { { "cleanSource", 11 }, { "archive", 7 } },
    { { "sourceArchiveDir", 16 }, { FAULT_OLD, sizeof(FAULT_OLD) - 1 } },
};
static const mr_option_pair two_files_archived[] = {
    { { "maxFilesPerTrigger", 18 }, { "2", 1 } },
    { { "cleanSource", 11 }, { "archive", 7 } },
    { { "sourceArchiveDir", 16 }, { FAULT_OLD, sizeof(FAULT_OLD) - 1 } },
};
static const mr_option_pair one_file_deleted[] = {
    { { "maxFilesPerTrigger", 18 }, { "1", 1 } },
    { { "cleanSource", 11 }, { "delete", 6 } },
};

#define OPTIONS(list) .options = list, .n_options = (int)(sizeof(list) / sizeof((list)[0]))

enum { APPEND = 1, UPDATE = 2, COMPLETE = 3 };

const fault_case fault_cases[] = {
    { .name = "append_json",
      .sql = WINDOWS,
      .format = "json",
      .delay = "5 minutes",
      .mode = APPEND,
      .sink = "json",
      .style = FAULT_STEPS,
      .n_files = 7,
      .make_file = json_7,
      .want_rows = 17,
      .tick_us = 20000,
      .retain = 100 },
    { .name = "append_csv_live",
      .sql = WINDOWS,
      .format = "csv",
      .delay = "5 minutes",
      .mode = APPEND,
      .sink = "csv",
      .style = FAULT_LIVE,
      .n_files = 7,
      .make_file = csv_7,
      .want_rows = 17,
      .direct_bytes = 1,
      .packs = true,
      .retain = 2 },
    { .name = "paired",
      .sql = WINDOWS,
      .format = "json",
      .delay = "5 minutes",
      .mode = APPEND,
      .sink = "json",
      OPTIONS(archived),
      .style = FAULT_STEPS,
      .n_files = 5,
      .make_file = json_wide,
      .want_rows = 33,
      .tick_us = 20000,
      .direct_bytes = 1,
      .retain = 2 },
    { .name = "paired_published",
      .sql = WINDOWS,
      .format = "csv",
      .delay = "5 minutes",
      .mode = APPEND,
      .sink = "csv",
      .style = FAULT_STEPS,
      .n_files = 4,
      .make_file = csv_wide,
      .want_rows = 26,
      .direct_bytes = 400,
      .pairs = 4,
      .publishes = true,
      .retain = 100 },
    { .name = "unpaired", /* the next batch has input */
      .sql = WINDOWS,
      .format = "csv",
      .delay = "5 minutes",
      .mode = APPEND,
      .sink = "csv",
      OPTIONS(one_file),
      .style = FAULT_STANDING,
      .n_files = 4,
      .make_file = csv_wide,
      .want_rows = 26,
      .direct_bytes = 1,
      .pairs = NO_PAIRS,
      .retain = 100 },
    { .name = "unpaired_union", /* its other branch shows rows */
      .sql = "SELECT date_format(window.start, 'dd HH:mm') AS w, k, count(*) AS n FROM events "
             "GROUP BY window(ts, '10 minutes'), k UNION ALL "
             "SELECT 'plain' AS w, k, CAST(v AS BIGINT) AS n FROM events",
      .format = "csv",
      .delay = "5 minutes",
      .mode = APPEND,
      .sink = "csv",
      .style = FAULT_STEPS,
      .n_files = 4,
      .make_file = csv_wide,
      .n_sources = 2,
      .want_rows = 63,
      .direct_bytes = 1,
      .pairs = NO_PAIRS,
      .retain = 100 },
    { .name = "append_archive",
      .sql = SLIDING,
      .format = "json",
      .delay = "5 minutes",
      .mode = APPEND,
      .sink = "json",
      OPTIONS(two_files_archived),
      .style = FAULT_STANDING,
      .n_files = 12,
      .make_file = json_12,
      .want_rows = 11,
      .tick_us = 100000,
      .retain = 2 },
    { .name = "update",
      .sql = WINDOWS,
      .format = "json",
      .delay = "5 minutes",
      .mode = UPDATE,
      OPTIONS(one_file),
      .style = FAULT_STANDING,
      .n_files = 7,
      .make_file = json_7,
      .want_rows = 32,
      .tick_us = 30000,
      .direct_bytes = 250,
      .retain = 3,
      .by_batch = true },
    { .name = "update_live",
      .sql = WINDOWS,
      .format = "json",
      .delay = "5 minutes",
      .mode = UPDATE,
      .style = FAULT_LIVE,
      .n_files = 7,
      .make_file = json_7,
      .want_rows = 21,
      .retain = 100 },
    { .name = "complete_global",
      .sql = "SELECT count(*) AS n, sum(v) AS s, max(k) AS k FROM events",
      .format = "csv",
      .mode = COMPLETE,
      .style = FAULT_STEPS,
      .n_files = 7,
      .make_file = csv_7,
      .want_rows = 16,
      .tick_us = 200000,
      .retain = 2,
      .by_batch = true },
    { .name = "stateless_json",
      .sql = PLAIN,
      .format = "json",
      .mode = APPEND,
      .sink = "json",
      OPTIONS(one_file_deleted),
      .style = FAULT_STANDING,
      .n_files = 12,
      .make_file = json_12,
      .want_rows = 59,
      .retain = 2 },
    { .name = "stateless_csv",
      .sql = PLAIN,
      .format = "csv",
      .mode = APPEND,
      .sink = "csv",
      .style = FAULT_STEPS,
      .n_files = 12,
      .make_file = csv_12,
      .want_rows = 59,
      .retain = 100 },
    { .name = "stateless_by_batch",
      .sql = PLAIN,
      .format = "json",
      .mode = APPEND,
      OPTIONS(one_file),
      .style = FAULT_STANDING,
      .n_files = 7,
      .make_file = json_7,
      .want_rows = 40,
      .retain = 2,
      .by_batch = true },
    { .name = "published",
      .sql = WINDOWS,
      .format = "json",
      .delay = "5 minutes",
      .mode = APPEND,
      .sink = "json",
      OPTIONS(one_file),
      .style = FAULT_STANDING,
      .n_files = 12,
      .make_file = json_12,
      .want_rows = 31,
      .tick_us = 5000,
      .direct_bytes = 250,
      .retain = 100,
      .publishes = true },
    { .name = "partitioned",
      .sql = PLAIN,
      .format = "json",
      .mode = APPEND,
      .sink = "json",
      .partition_by = "k",
      OPTIONS(one_file),
      .style = FAULT_STANDING,
      .n_files = 12,
      .make_file = json_12,
      .want_rows = 59,
      .retain = 2 },
    { .name = "limit",
      .sql = "SELECT k, v FROM events LIMIT 11",
      .format = "json",
      .mode = APPEND,
      .sink = "json",
      OPTIONS(one_file),
      .style = FAULT_STANDING,
      .n_files = 7,
      .make_file = json_7,
      .want_rows = 11,
      .tick_us = 50000,
      .retain = 2 },
    { .name = "two_sources",
      .sql = "SELECT k, v FROM events UNION ALL SELECT upper(k) AS k, v + 1000 AS v FROM events",
      .format = "json",
      .mode = APPEND,
      .sink = "json",
      OPTIONS(one_file),
      .style = FAULT_STANDING,
      .n_files = 7,
      .make_file = json_7,
      .n_sources = 2,
      .want_rows = 74,
      .direct_bytes = 400,
      .retain = 2 },
    { .name = "long",
      .sql = WINDOWS,
      .format = "json",
      .delay = "5 minutes",
      .mode = APPEND,
      .sink = "json",
      OPTIONS(one_file),
      .style = FAULT_STANDING,
      .n_files = 105,
      .make_file = json_105,
      .want_rows = 295,
      .tick_us = 10000,
      .direct_bytes = 250,
      .retain = 2,
      .sparse = 40 },
};

const int fault_n_cases = (int)(sizeof(fault_cases) / sizeof(fault_cases[0]));
