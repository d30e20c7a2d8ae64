/* table.c - the one table of functions, made of the groups, looked up by name. */
#include "function/fn_priv.h"

#include <pthread.h>
#include <stdlib.h>

static const mr_fn_group *const groups[] = {
    &mr_fn_arith_group,    &mr_fn_compare_group,  &mr_fn_conditional_group, &mr_agg_basic_group,
    &mr_agg_sum_group,     &mr_fn_clock_group,    &mr_fn_date_group,        &mr_fn_string_group,
    &mr_fn_misc_group,     &mr_fn_field_group,    &mr_fn_url_group,         &mr_fn_regex_group,
    &mr_fn_math_group,     &mr_agg_pick_group,    &mr_agg_moment_group,     &mr_fn_collection_group,
    &mr_fn_bits_group,     &mr_fn_hash_group,     &mr_fn_list_group,        &mr_fn_lambda_group,
    &mr_agg_hll_group,     &mr_agg_collect_group, &mr_agg_by_group,         &mr_agg_pair_group,
    &mr_fn_digest_group,   &mr_fn_array_group,    &mr_fn_json_group,        &mr_fn_printf_group,
    &mr_fn_text_group,     &mr_fn_number_group,   &mr_fn_interval_group,    &mr_agg_values_group,
    &mr_fn_session_group,  &mr_fn_random_group,   &mr_fn_ntz_group,         &mr_agg_regr_group,
    &mr_fn_stack_group,    &mr_fn_csv_group,      &mr_fn_mask_group,        &mr_fn_utf8_group,
    &mr_fn_template_group,
};

/* Filled once; constant afterwards. */
static struct {
    const mr_function *rows[1024];
    int n;
} table;

static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const mr_function *const *)a)->name, (*(const mr_function *const *)b)->name);
}

static void fill(void)
{
    for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
        for (int i = 0; i < groups[g]->n; i++) {
            MR_ASSERT(table.n < (int)(sizeof(table.rows) / sizeof(table.rows[0])));
            table.rows[table.n++] = &groups[g]->rows[i];
        }
    }
    qsort(table.rows, (size_t)table.n, sizeof(table.rows[0]), by_name);
}

int mr_function_count(void)
{
    pthread_once(&table_once, fill);
    return table.n;
}

const mr_function *mr_function_at(int index)
{
    MR_ASSERT(index >= 0 && index < mr_function_count());
    return table.rows[index];
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static int compare_name(mr_str name, const char *row)
{
    for (size_t i = 0; i < name.len; i++) {
        int d = (unsigned char)lower(name.ptr[i]) - (unsigned char)row[i];

        if (d != 0 || row[i] == '\0')
            return d != 0 ? d : 1;
    }
    return row[name.len] == '\0' ? 0 : -1;
}

const mr_function *mr_function_find(mr_str name)
{
    int low = 0, high = mr_function_count();

    while (low < high) {
        int middle = (low + high) / 2;
        int c = compare_name(name, table.rows[middle]->name);

        if (c == 0)
            return table.rows[middle];
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
