/* lacking.c - the functions of Spark 4.1 that have no row: for the hint of UNRESOLVED_ROUTINE. */
#include "function/function.h"

#include <stdlib.h>
#include <string.h>

/* Sorted. */
static const char *const names[] = {
    "aes_decrypt",
    "aes_encrypt",
    "approx_percentile",
    "approx_top_k",
    "approx_top_k_accumulate",
    "approx_top_k_combine",
    "approx_top_k_estimate",
    "bitmap_and_agg",
    "bitmap_bit_position",
    "bitmap_bucket_number",
    "bitmap_construct_agg",
    "bitmap_count",
    "bitmap_or_agg",
    "collate",
    "collation",
    "collations",
    "count_min_sketch",
    "cume_dist",
    "current_time",
    "dense_rank",
    "from_avro",
    "from_protobuf",
    "from_xml",
    "grouping",
    "grouping_id",
    "histogram_numeric",
    "hll_sketch_agg",
    "hll_sketch_estimate",
    "hll_union",
    "hll_union_agg",
    "is_variant_null",
    "java_method",
    "kll_merge_agg_bigint",
    "kll_merge_agg_double",
    "kll_merge_agg_float",
    "kll_sketch_agg_bigint",
    "kll_sketch_agg_double",
    "kll_sketch_agg_float",
    "kll_sketch_get_n_bigint",
    "kll_sketch_get_n_double",
    "kll_sketch_get_n_float",
    "kll_sketch_get_quantile_bigint",
    "kll_sketch_get_quantile_double",
    "kll_sketch_get_quantile_float",
    "kll_sketch_get_rank_bigint",
    "kll_sketch_get_rank_double",
    "kll_sketch_get_rank_float",
    "kll_sketch_merge_bigint",
    "kll_sketch_merge_double",
    "kll_sketch_merge_float",
    "kll_sketch_to_string_bigint",
    "kll_sketch_to_string_double",
    "kll_sketch_to_string_float",
    "lag",
    "lead",
    "make_time",
    "nth_value",
    "ntile",
    "parse_json",
    "percent_rank",
    "percentile_approx",
    "percentile_cont",
    "percentile_disc",
    "python_worker_logs",
    "randstr",
    "range",
    "rank",
    "reflect",
    "row_number",
    "schema_of_avro",
    "schema_of_variant",
    "schema_of_variant_agg",
    "schema_of_xml",
    "sentences",
    "session_window",
    "shuffle",
    "sql_keywords",
    "st_asbinary",
    "st_geogfromwkb",
    "st_geomfromwkb",
    "st_setsrid",
    "st_srid",
    "theta_difference",
    "theta_intersection",
    "theta_intersection_agg",
    "theta_sketch_agg",
    "theta_sketch_estimate",
    "theta_union",
    "theta_union_agg",
    "time_diff",
    "time_trunc",
    "to_avro",
    "to_protobuf",
    "to_time",
    "to_variant_object",
    "to_xml",
    "try_aes_decrypt",
    "try_parse_json",
    "try_reflect",
    "try_to_time",
    "try_variant_get",
    "uniform",
    "variant_explode",
    "variant_explode_outer",
    "variant_get",
    "xpath",
    "xpath_boolean",
    "xpath_double",
    "xpath_float",
    "xpath_int",
    "xpath_long",
    "xpath_number",
    "xpath_short",
    "xpath_string",
};

#define NAME_MAX_LEN 48

static int compare(const void *key, const void *entry)
{
    return strcmp(key, *(const char *const *)entry);
}

bool mr_function_is_lacking(mr_str name)
{
    char lower[NAME_MAX_LEN];

    if (name.len >= sizeof(lower))
        return false;
    for (size_t i = 0; i < name.len; i++)
        lower[i] =
            name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? (char)(name.ptr[i] + 32) : name.ptr[i];
    lower[name.len] = '\0';
    return bsearch(lower, names, sizeof(names) / sizeof(names[0]), sizeof(names[0]), compare) !=
           NULL;
}
