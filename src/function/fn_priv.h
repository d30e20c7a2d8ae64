/* fn_priv.h - what the files of the function room share. */
#ifndef MR_FUNCTION_FN_PRIV_H
#define MR_FUNCTION_FN_PRIV_H

#include "function/function.h"

/* One group of rows; a file defines one and table.c lists it. */
typedef struct mr_fn_group {
    const mr_function *rows;
    int n;
} mr_fn_group;

#define MR_FN_GROUP(name, rows)                                                                    \
    const mr_fn_group name = { rows, (int)(sizeof(rows) / sizeof(*(rows))) }

extern const mr_fn_group mr_fn_arith_group, mr_fn_decimal_group, mr_fn_compare_group,
    mr_fn_conditional_group, mr_fn_math_group, mr_fn_bits_group, mr_fn_string_group,
    mr_fn_list_group, mr_fn_regex_group, mr_fn_time_group, mr_fn_date_group, mr_fn_clock_group,
    mr_fn_collection_group, mr_fn_lambda_group, mr_fn_hash_group, mr_fn_misc_group,
    mr_fn_field_group, mr_fn_url_group, mr_agg_basic_group, mr_agg_sum_group, mr_agg_moment_group,
    mr_agg_pick_group, mr_agg_hll_group, mr_agg_collect_group, mr_agg_by_group, mr_agg_pair_group,
    mr_fn_digest_group, mr_fn_array_group, mr_fn_json_group, mr_fn_printf_group, mr_fn_text_group,
    mr_fn_number_group, mr_fn_interval_group, mr_agg_values_group, mr_fn_session_group,
    mr_fn_random_group, mr_fn_ntz_group, mr_agg_regr_group, mr_fn_stack_group, mr_fn_csv_group,
    mr_fn_mask_group, mr_fn_utf8_group, mr_fn_template_group;

/* The head of a function's evaluation (mr_function.eval). */
#define MR_FN_EVAL(name)                                                                           \
    static mr_status name(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,           \
                          mr_vec *out, mr_error *err)

/* Visits the selected rows: MR_EACH(sel, row) { ... } */
#define MR_EACH(sel, row)                                                                          \
    for (int32_t i_##row = 0, row; i_##row < (sel).n && (row = mr_sel_row((sel), i_##row), true);  \
         i_##row++)

/* out[i] = expr(x, y): dense loops for column and constant sides, a gather loop otherwise. */
#define MR_LOOP2(TA, TB, TO, va, vb, sel, vout, expr)                                              \
    do {                                                                                           \
        const TA *restrict a_ = (va)->data;                                                        \
        const TB *restrict b_ = (vb)->data;                                                        \
        TO *restrict o_ = (vout)->data;                                                            \
        if ((sel).rows == NULL && !(va)->constant && !(vb)->constant) {                            \
            for (int32_t k_ = 0; k_ < (sel).n; k_++) {                                             \
                TA x = a_[k_];                                                                     \
                TB y = b_[k_];                                                                     \
                o_[k_] = (TO)(expr);                                                               \
            }                                                                                      \
        } else if ((sel).rows == NULL && !(va)->constant) {                                        \
            TB y = b_[0];                                                                          \
            for (int32_t k_ = 0; k_ < (sel).n; k_++) {                                             \
                TA x = a_[k_];                                                                     \
                o_[k_] = (TO)(expr);                                                               \
            }                                                                                      \
        } else {                                                                                   \
            for (int32_t k_ = 0; k_ < (sel).n; k_++) {                                             \
                int32_t r_ = mr_sel_row((sel), k_);                                                \
                TA x = a_[(va)->constant ? 0 : r_];                                                \
                TB y = b_[(vb)->constant ? 0 : r_];                                                \
                o_[r_] = (TO)(expr);                                                               \
            }                                                                                      \
        }                                                                                          \
    } while (0)

#define MR_LOOP1(TA, TO, va, sel, vout, expr)                                                      \
    do {                                                                                           \
        const TA *restrict a_ = (va)->data;                                                        \
        TO *restrict o_ = (vout)->data;                                                            \
        if ((sel).rows == NULL && !(va)->constant) {                                               \
            for (int32_t k_ = 0; k_ < (sel).n; k_++) {                                             \
                TA x = a_[k_];                                                                     \
                o_[k_] = (TO)(expr);                                                               \
            }                                                                                      \
        } else {                                                                                   \
            for (int32_t k_ = 0; k_ < (sel).n; k_++) {                                             \
                int32_t r_ = mr_sel_row((sel), k_);                                                \
                TA x = a_[(va)->constant ? 0 : r_];                                                \
                o_[r_] = (TO)(expr);                                                               \
            }                                                                                      \
        }                                                                                          \
    } while (0)

/* The value of a row, whatever the vector's shape. */
#define MR_AT(vec, member, row) ((vec)->member[mr_vec_index((vec), (row))])

static inline void mr_fn_null(const mr_fn_call *call, mr_vec *out, int32_t row)
{
    mr_vec_need_valid(out, call->arena);
    out->valid[row] = 0;
}

/* Spark's xxhash64 of a value; null leaves the seed. */
uint64_t mr_fn_hash64(const mr_vec *vec, int32_t row, uint64_t seed);
/* The same vector may be shared; numbers of any width as a wide value. */
int64_t mr_fn_long_at(const mr_vec *vec, int32_t row);
double mr_fn_double_at(const mr_vec *vec, int32_t row);
/* Stores an integer that fits into the width of the vector's type. */
static inline void mr_fn_put_long(mr_vec *out, int32_t row, int64_t v)
{
    switch (out->type->id) {
    case MR_TYPE_BYTE:
        out->i8[row] = (int8_t)v;
        break;
    case MR_TYPE_SHORT:
        out->i16[row] = (int16_t)v;
        break;
    case MR_TYPE_INT:
        out->i32[row] = (int32_t)v;
        break;
    default:
        out->i64[row] = v;
        break;
    }
}

/* resolve() of rows with a signature. */
mr_status mr_fn_resolve_signature(mr_fn_resolve *r, mr_error *err);
/* Is the type one the signature letter takes? */
bool mr_fn_letter_accepts(char letter, const mr_type *type);
/* DATATYPE_MISMATCH.* of the call. */
mr_status mr_fn_mismatch_binary(mr_fn_resolve *r, const char *wanted, mr_error *err);
mr_status mr_fn_mismatch_sides(mr_fn_resolve *r, mr_error *err);
mr_status mr_fn_mismatch_arg(mr_fn_resolve *r, int arg, const char *wanted, mr_error *err);
mr_status mr_fn_mismatch_data(mr_fn_resolve *r, mr_error *err);
/* Are all arguments nullable-free? */
bool mr_fn_any_nullable(const mr_fn_resolve *r);
/* The quoted SQL spelling of a type: "\"BIGINT\"". */
const char *mr_fn_type_sql(mr_arena *arena, const mr_type *type);
/* All arguments to their common type, or DATA_DIFF_TYPES. */
mr_status mr_fn_resolve_common(mr_fn_resolve *r, int from, const mr_type **out, mr_error *err);

struct mr_options;
/* The literal map of options at argument `arg`, none when there is no such argument;
 * INVALID_OPTIONS.NON_MAP_FUNCTION for what is no map of texts. */
mr_status mr_fn_options(mr_fn_resolve *r, int arg, struct mr_options *out, mr_error *err);
/* The type that the literal second argument spells, as JSON or DDL. */
mr_status mr_fn_schema(mr_fn_resolve *r, const mr_type **out, mr_error *err);
/* The result of schema_of_*: a type as DDL, the same for every row. */
void mr_fn_schema_result(mr_fn_resolve *r, const mr_type *type);
mr_status mr_fn_eval_schema(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err);
/* DATATYPE_MISMATCH.NON_FOLDABLE_INPUT of an argument that must be a constant `type`. */
mr_status mr_fn_not_foldable(mr_fn_resolve *r, int arg, const char *input, const char *type,
                             mr_error *err);

/* Errors of many functions. */
mr_status mr_fn_overflow(mr_error *err, const char *what, const char *try_function);
mr_status mr_fn_divide_by_zero(mr_error *err);
mr_status mr_fn_remainder_by_zero(mr_error *err);
mr_status mr_fn_decimal_overflow(mr_error *err, mr_int128 v, int scale, const mr_type *to);

/* Types the coercion rules agree on. */
const mr_type *mr_fn_decimal_for(mr_arena *arena, const mr_type *type, const mr_fn_arg *arg);
const mr_type *mr_fn_decimal_bounded(mr_arena *arena, int precision, int scale);

/* 256-bit steps behind decimal multiplication and division; HALF_UP.  False = more than 38 digits.
 */
bool mr_wide_mul_scaled(mr_int128 a, mr_int128 b, int drop_digits, mr_int128 *out);
bool mr_wide_div_scaled(mr_int128 a, mr_int128 b, int add_digits, mr_int128 *out);

#endif /* MR_FUNCTION_FN_PRIV_H */
