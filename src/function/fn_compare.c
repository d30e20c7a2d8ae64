/* fn_compare.c - comparisons, NOT, null tests, greatest and least. */
#include "function/fn_priv.h"
#include "function/nested.h"

#include <math.h>

static bool orderable(const mr_type *type)
{
    if (type->id == MR_TYPE_MAP || type->id == MR_TYPE_INTERVAL_CALENDAR)
        return false;
    for (int i = 0; i < type->n_fields; i++)
        if (!orderable(type->fields[i].type))
            return false;
    return true;
}

/* Legacy rule for a string beside something else: the other side's type. */
static const mr_type *legacy_pair(mr_fn_resolve *r, const mr_type *a, const mr_type *b)
{
    bool sa = mr_type_is_string(a), sb = mr_type_is_string(b);

    if (sa != sb) {
        const mr_type *other = sa ? b : a;

        if (other->id == MR_TYPE_DATE || other->id == MR_TYPE_TIMESTAMP ||
            other->id == MR_TYPE_BOOLEAN)
            return other;
        if (other->id == MR_TYPE_DECIMAL)
            return mr_type_of(MR_TYPE_DOUBLE);
        if (mr_type_is_numeric(other))
            return other;
    }
    return mr_coerce_common(r->arena, a, b, false);
}

static mr_status resolve_compare(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *a = r->args[0].type, *b = r->args[1].type;
    const mr_type *common = r->ansi ? mr_coerce_common(r->arena, a, b, true) : legacy_pair(r, a, b);
    const char *symbol = r->function->symbol;
    bool equality =
        symbol == NULL || symbol[0] == '=' || symbol[0] == '!' || strcmp(symbol, "<=>") == 0;

    if (common == NULL)
        return mr_fn_mismatch_sides(r, err);
    if (!orderable(common) && !(equality && common->id == MR_TYPE_INTERVAL_CALENDAR))
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "sqlExpr",
                        mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr,
                        "functionName", mr_arena_printf(r->arena, "`%s`", r->function->name).ptr,
                        "dataType", mr_fn_type_sql(r->arena, common), NULL);
    r->args[0].want = r->args[1].want = common;
    r->result = mr_type_of(MR_TYPE_BOOLEAN);
    r->nullable = !r->function->sees_nulls && mr_fn_any_nullable(r);
    return MR_OK;
}

/* Floating comparison in Spark's order: NaN equals NaN and is above all. */
#define F_EQ(x, y) (((x) == (y)) | (((x) != (x)) & ((y) != (y))))
#define F_LT(x, y) (((x) < (y)) | (((x) == (x)) & ((y) != (y))))

#define COMPARE_EVAL(name, symbol, FLOATING, ordered)                                              \
    static void name(const mr_vec *a, const mr_vec *b, mr_sel sel, mr_vec *out)                    \
    {                                                                                              \
        switch (a->type->id) {                                                                     \
        case MR_TYPE_BOOLEAN:                                                                      \
            MR_LOOP2(uint8_t, uint8_t, uint8_t, a, b, sel, out, x symbol y);                       \
            break;                                                                                 \
        case MR_TYPE_BYTE:                                                                         \
            MR_LOOP2(int8_t, int8_t, uint8_t, a, b, sel, out, x symbol y);                         \
            break;                                                                                 \
        case MR_TYPE_SHORT:                                                                        \
            MR_LOOP2(int16_t, int16_t, uint8_t, a, b, sel, out, x symbol y);                       \
            break;                                                                                 \
        case MR_TYPE_INT:                                                                          \
        case MR_TYPE_DATE:                                                                         \
        case MR_TYPE_INTERVAL_YM:                                                                  \
            MR_LOOP2(int32_t, int32_t, uint8_t, a, b, sel, out, x symbol y);                       \
            break;                                                                                 \
        case MR_TYPE_LONG:                                                                         \
        case MR_TYPE_TIMESTAMP:                                                                    \
        case MR_TYPE_TIMESTAMP_NTZ:                                                                \
        case MR_TYPE_INTERVAL_DT:                                                                  \
            MR_LOOP2(int64_t, int64_t, uint8_t, a, b, sel, out, x symbol y);                       \
            break;                                                                                 \
        case MR_TYPE_FLOAT:                                                                        \
            MR_LOOP2(float, float, uint8_t, a, b, sel, out, FLOATING);                             \
            break;                                                                                 \
        case MR_TYPE_DOUBLE:                                                                       \
            MR_LOOP2(double, double, uint8_t, a, b, sel, out, FLOATING);                           \
            break;                                                                                 \
        case MR_TYPE_DECIMAL:                                                                      \
            MR_LOOP2(mr_int128, mr_int128, uint8_t, a, b, sel, out, x symbol y);                   \
            break;                                                                                 \
        case MR_TYPE_STRING:                                                                       \
        case MR_TYPE_CHAR:                                                                         \
        case MR_TYPE_VARCHAR:                                                                      \
        case MR_TYPE_BINARY:                                                                       \
            MR_LOOP2(mr_str, mr_str, uint8_t, a, b, sel, out, ordered);                            \
            break;                                                                                 \
        default:                                                                                   \
            MR_EACH(sel, row)                                                                      \
            out->u8[row] = mr_vec_compare(a, row, b, row) symbol 0;                                \
            break;                                                                                 \
        }                                                                                          \
    }

COMPARE_EVAL(compare_eq, ==, F_EQ(x, y), mr_str_equal(x, y))
COMPARE_EVAL(compare_ne, !=, !F_EQ(x, y), !mr_str_equal(x, y))
COMPARE_EVAL(compare_lt, <, F_LT(x, y), mr_str_compare(x, y) < 0)
COMPARE_EVAL(compare_le, <=, !F_LT(y, x), mr_str_compare(x, y) <= 0)
COMPARE_EVAL(compare_gt, >, F_LT(y, x), mr_str_compare(x, y) > 0)
COMPARE_EVAL(compare_ge, >=, !F_LT(x, y), mr_str_compare(x, y) >= 0)

#define COMPARE_ROW(name, loop)                                                                    \
    static mr_status name(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,           \
                          mr_vec *out, mr_error *err)                                              \
    {                                                                                              \
        (void)call;                                                                                \
        (void)err;                                                                                 \
        loop(args[0], args[1], sel, out);                                                          \
        return MR_OK;                                                                              \
    }

COMPARE_ROW(eval_eq, compare_eq)
COMPARE_ROW(eval_ne, compare_ne)
COMPARE_ROW(eval_lt, compare_lt)
COMPARE_ROW(eval_le, compare_le)
COMPARE_ROW(eval_gt, compare_gt)
COMPARE_ROW(eval_ge, compare_ge)

static mr_status eval_null_safe(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                mr_vec *out, mr_error *err)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->u8[row] = mr_nested_equal(args[0], row, args[1], row);
    return MR_OK;
}

static mr_status eval_not(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                          mr_vec *out, mr_error *err)
{
    (void)call;
    (void)err;
    MR_LOOP1(uint8_t, uint8_t, args[0], sel, out, !x);
    return MR_OK;
}

static mr_status resolve_null_test(mr_fn_resolve *r, mr_error *err)
{
    (void)err;
    r->result = mr_type_of(MR_TYPE_BOOLEAN);
    r->nullable = false;
    return MR_OK;
}

static mr_status eval_is_null(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                              mr_vec *out, mr_error *err)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->u8[row] = mr_vec_is_null(args[0], row);
    return MR_OK;
}

static mr_status eval_is_not_null(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                  mr_vec *out, mr_error *err)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->u8[row] = !mr_vec_is_null(args[0], row);
    return MR_OK;
}

static mr_status resolve_is_nan(mr_fn_resolve *r, mr_error *err)
{
    if (r->args[0].type->id != MR_TYPE_FLOAT)
        MR_TRY(mr_fn_resolve_signature(r, err));
    return resolve_null_test(r, err);
}

static mr_status eval_is_nan(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->u8[row] = !mr_vec_is_null(args[0], row) && isnan(mr_fn_double_at(args[0], row));
    return MR_OK;
}

static mr_status resolve_extreme(mr_fn_resolve *r, mr_error *err)
{
    int n_strings = 0, n_others = 0;

    for (int i = 0; i < r->n_args; i++) {
        n_strings += mr_type_is_string(r->args[i].type);
        n_others += !mr_type_is_string(r->args[i].type) && r->args[i].type->id != MR_TYPE_NULL;
    }
    if (n_strings > 0 && n_others > 0) /* no promotion here */
        return mr_fn_mismatch_data(r, err);
    MR_TRY(mr_fn_resolve_common(r, 0, &r->result, err));
    r->nullable = true;
    for (int i = 0; i < r->n_args; i++)
        r->nullable = r->nullable && r->args[i].nullable;
    return MR_OK;
}

static mr_status extreme(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel, mr_vec *out,
                         int sign)
{
    MR_EACH(sel, row)
    {
        const mr_vec *best = NULL;

        for (int i = 0; i < call->bound->n_args; i++)
            if (!mr_vec_is_null(args[i], row) &&
                (best == NULL || mr_vec_compare(args[i], row, best, row) * sign > 0))
                best = args[i];
        if (best == NULL)
            mr_fn_null(call, out, row);
        else
            mr_nested_copy(out, row, best, row, call->arena);
    }
    return MR_OK;
}

static mr_status eval_greatest(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                               mr_vec *out, mr_error *err)
{
    (void)err;
    return extreme(call, args, sel, out, 1);
}

static mr_status eval_least(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    (void)err;
    return extreme(call, args, sel, out, -1);
}

#define CMP(row_name, sym, ev)                                                                     \
    {                                                                                              \
        .name = (row_name), .min_args = 2, .max_args = 2, .resolve = resolve_compare,              \
        .eval = (ev), .symbol = (sym), .total = true                                               \
    }

static const mr_function rows[] = {
    CMP("!=", "!=", eval_ne),
    CMP("<", "<", eval_lt),
    CMP("<=", "<=", eval_le),
    { .name = "<=>",
      .min_args = 2,
      .max_args = 2,
      .sees_nulls = true,
      .resolve = resolve_compare,
      .eval = eval_null_safe,
      .symbol = "<=>" },
    CMP("<>", "!=", eval_ne),
    CMP("=", "=", eval_eq),
    CMP("==", "=", eval_eq),
    CMP(">", ">", eval_gt),
    CMP(">=", ">=", eval_ge),
    { .name = "equal_null",
      .min_args = 2,
      .max_args = 2,
      .sees_nulls = true,
      .resolve = resolve_compare,
      .eval = eval_null_safe },
    { .name = "greatest",
      .min_args = 2,
      .max_args = -1,
      .sees_nulls = true,
      .resolve = resolve_extreme,
      .eval = eval_greatest },
    { .name = "isnan",
      .min_args = 1,
      .max_args = 1,
      .sees_nulls = true,
      .signature = "d:b",
      .resolve = resolve_is_nan,
      .eval = eval_is_nan },
    { .name = "isnotnull",
      .min_args = 1,
      .max_args = 1,
      .sees_nulls = true,
      .resolve = resolve_null_test,
      .eval = eval_is_not_null },
    { .name = "isnull",
      .min_args = 1,
      .max_args = 1,
      .sees_nulls = true,
      .resolve = resolve_null_test,
      .eval = eval_is_null },
    { .name = "least",
      .min_args = 2,
      .max_args = -1,
      .sees_nulls = true,
      .resolve = resolve_extreme,
      .eval = eval_least },
    { .name = "not",
      .min_args = 1,
      .max_args = 1,
      .signature = "b:b",
      .total = true,
      .resolve = mr_fn_resolve_signature,
      .eval = eval_not },
    { .name = "!",
      .min_args = 1,
      .max_args = 1,
      .signature = "b:b",
      .total = true,
      .resolve = mr_fn_resolve_signature,
      .eval = eval_not,
      .print = "not" },
};

MR_FN_GROUP(mr_fn_compare_group, rows);

/* Lazy forms: analyze makes their own kinds of expression. */
#define FORM(row_name, least, most, kind)                                                          \
    {                                                                                              \
        .name = (row_name), .min_args = (least), .max_args = (most), .special = (kind),            \
        .sees_nulls = true                                                                         \
    }

static const mr_function forms[] = {
    FORM("and", 2, 2, MR_SPECIAL_AND),       FORM("between", 3, 3, MR_SPECIAL_BETWEEN),
    FORM("case", 2, -1, MR_SPECIAL_CASE),    FORM("coalesce", 1, -1, MR_SPECIAL_COALESCE),
    FORM("if", 3, 3, MR_SPECIAL_IF),         FORM("ifnull", 2, 2, MR_SPECIAL_COALESCE),
    FORM("in", 2, -1, MR_SPECIAL_IN),        FORM("nvl", 2, 2, MR_SPECIAL_COALESCE),
    FORM("or", 2, 2, MR_SPECIAL_OR),         FORM("when", 2, -1, MR_SPECIAL_CASE),
    FORM("window", 2, 4, MR_SPECIAL_WINDOW),
};

MR_FN_GROUP(mr_fn_conditional_group, forms);
