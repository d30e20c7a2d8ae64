/* fn_interval.c - intervals made of numbers; timestampadd, timestampdiff; names of days and months.
 */
#include "function/fn_priv.h"

#include <stdio.h>

#include "function/arith_priv.h"
#include "value/time.h"

static bool is_try(const mr_fn_resolve *r)
{
    return strncmp(r->function->name, "try", 3) == 0;
}

static mr_status overflow(const mr_fn_call *call, mr_vec *out, int32_t row, mr_error *err)
{
    if (call->bound->data != NULL || !call->bound->ansi) {
        mr_fn_null(call, out, row);
        return MR_OK;
    }
    return mr_raise(err, MR_EXC_ARITHMETIC, "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION",
                    NULL);
}

static int64_t int_at(const mr_fn_call *call, const mr_vec *const *args, int arg, int32_t row)
{
    return arg < call->bound->n_args ? MR_AT(args[arg], i32, row) : 0;
}

/* Whole arguments first, then seconds with six digits. */
static mr_status resolve_parts(mr_fn_resolve *r, int n_whole, mr_error *err)
{
    for (int i = 0; i < r->n_args; i++) {
        const mr_type *want =
            i < n_whole ? mr_type_of(MR_TYPE_INT) : mr_type_decimal(r->arena, 18, 6);

        if (!mr_type_is_numeric(r->args[i].type) &&
            !mr_coerce_implicit(r->args[i].type, want, r->ansi))
            return mr_fn_mismatch_arg(r, i, i < n_whole ? "\"INT\"" : "\"DECIMAL(18,6)\"", err);
        r->args[i].want = want;
    }
    r->nullable = mr_fn_any_nullable(r) || is_try(r) || !r->ansi;
    r->data = is_try(r) ? (void *)(uintptr_t)r->function : NULL;
    return MR_OK;
}

static mr_status resolve_calendar(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(resolve_parts(r, 6, err));
    r->result = mr_type_of(MR_TYPE_INTERVAL_CALENDAR);
    return MR_OK;
}

MR_FN_EVAL(eval_calendar)
{
    MR_EACH(sel, row)
    {
        int64_t months = int_at(call, args, 0, row) * 12 + int_at(call, args, 1, row);
        int64_t days = int_at(call, args, 2, row) * 7 + int_at(call, args, 3, row);
        int64_t minutes = int_at(call, args, 4, row) * 60 + int_at(call, args, 5, row);
        mr_int128 us = (mr_int128)minutes * 60000000 +
                       (call->bound->n_args > 6 ? MR_AT(args[6], i128, row) : 0);

        if (months != (int32_t)months || days != (int32_t)days || us != (int64_t)us)
            MR_TRY(overflow(call, out, row, err));
        out->interval[row] = (mr_interval){ (int32_t)months, (int32_t)days, (int64_t)us };
    }
    return MR_OK;
}

static mr_status resolve_day_time(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(resolve_parts(r, 3, err));
    r->result = mr_type_of(MR_TYPE_INTERVAL_DT);
    return MR_OK;
}

MR_FN_EVAL(eval_day_time)
{
    MR_EACH(sel, row)
    {
        mr_int128 minutes =
            ((mr_int128)int_at(call, args, 0, row) * 24 + int_at(call, args, 1, row)) * 60 +
            int_at(call, args, 2, row);
        mr_int128 us =
            minutes * 60000000 + (call->bound->n_args > 3 ? MR_AT(args[3], i128, row) : 0);

        if (us != (int64_t)us)
            MR_TRY(overflow(call, out, row, err));
        out->i64[row] = (int64_t)us;
    }
    return MR_OK;
}

static mr_status resolve_year_month(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(resolve_parts(r, 2, err));
    r->result = mr_type_of(MR_TYPE_INTERVAL_YM);
    return MR_OK;
}

MR_FN_EVAL(eval_year_month)
{
    MR_EACH(sel, row)
    {
        int64_t months = int_at(call, args, 0, row) * 12 + int_at(call, args, 1, row);

        if (months != (int32_t)months)
            MR_TRY(overflow(call, out, row, err));
        out->i32[row] = (int32_t)months;
    }
    return MR_OK;
}

/* --- timestampadd(unit, n, ts), timestampdiff(unit, a, b)
 * ----------------------------------------- */

typedef struct unit {
    const char *name;
    int months;
    int64_t us;
} unit;

static const unit units[] = {
    { "MICROSECOND", 0, 1 },
    { "MILLISECOND", 0, 1000 },
    { "SECOND", 0, 1000000 },
    { "MINUTE", 0, 60000000 },
    { "HOUR", 0, INT64_C(3600000000) },
    { "DAY", 0, MR_US_PER_DAY },
    { "DAYOFYEAR", 0, MR_US_PER_DAY },
    { "WEEK", 0, 7 * MR_US_PER_DAY },
    { "MONTH", 1, 0 },
    { "QUARTER", 3, 0 },
    { "YEAR", 12, 0 },
};

static mr_status resolve_unit(mr_fn_resolve *r, mr_error *err)
{
    const mr_fn_arg *name = &r->args[0];

    if (!name->is_literal || name->literal.is_null || !mr_type_is_string(name->type))
        return mr_fn_mismatch_arg(r, 0, "\"STRING\"", err);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (mr_str_is_nocase(name->literal.str, units[i].name))
            r->data = (void *)(uintptr_t)&units[i];
    if (r->data == NULL)
        return mr_raise(err, MR_EXC_ANALYSIS, "INVALID_PARAMETER_VALUE.DATETIME_UNIT",
                        "functionName", mr_arena_printf(r->arena, "`%s`", r->function->name).ptr,
                        "parameter", "`unit`", "invalidValue",
                        mr_arena_printf(r->arena, "'%.*s'", MR_STR_ARG(name->literal.str)).ptr,
                        NULL);
    return MR_OK;
}

static mr_status want_timestamp(mr_fn_resolve *r, int arg, mr_error *err)
{
    const mr_type *t = r->args[arg].type;

    if (t->id == MR_TYPE_TIMESTAMP || t->id == MR_TYPE_TIMESTAMP_NTZ)
        return MR_OK;
    if (!mr_coerce_implicit(t, mr_type_of(MR_TYPE_TIMESTAMP), r->ansi))
        return mr_fn_mismatch_arg(r, arg, "\"TIMESTAMP\"", err);
    r->args[arg].want = mr_type_of(MR_TYPE_TIMESTAMP);
    return MR_OK;
}

static mr_status resolve_add(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(resolve_unit(r, err));
    MR_TRY(want_timestamp(r, 2, err));
    if (!mr_coerce_implicit(r->args[1].type, mr_type_of(MR_TYPE_LONG), r->ansi))
        return mr_fn_mismatch_arg(r, 1, "\"BIGINT\"", err);
    r->args[1].want = mr_type_of(MR_TYPE_LONG);
    r->result = r->args[2].want != NULL ? r->args[2].want : r->args[2].type;
    r->nullable = mr_fn_any_nullable(r);
    return MR_OK;
}

MR_FN_EVAL(eval_add)
{
    const unit *u = call->bound->data;
    const mr_zone *zone = out->type->id == MR_TYPE_TIMESTAMP ? call->bound->zone : NULL;

    MR_EACH(sel, row)
    {
        int64_t n = MR_AT(args[1], i64, row), months, us, days;
        mr_interval by;

        if (__builtin_mul_overflow(n, (int64_t)u->months, &months) || months != (int32_t)months ||
            __builtin_mul_overflow(n, u->us, &us))
            return mr_raise(
                err, MR_EXC_ARITHMETIC, "DATETIME_OVERFLOW", "operation",
                mr_arena_printf(call->arena, "add %lld %s to a timestamp", (long long)n, u->name)
                    .ptr,
                NULL);
        days = u->us >= MR_US_PER_DAY ? us / MR_US_PER_DAY : 0;
        by = (mr_interval){ (int32_t)months, (int32_t)days, us - days * MR_US_PER_DAY };
        if (days != (int32_t)days ||
            !mr_arith_add_interval(MR_AT(args[2], i64, row), by, zone, &out->i64[row]))
            return mr_fn_overflow(err, "long overflow", NULL);
    }
    return MR_OK;
}

static mr_status resolve_diff(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(resolve_unit(r, err));
    MR_TRY(want_timestamp(r, 1, err));
    MR_TRY(want_timestamp(r, 2, err));
    r->result = mr_type_of(MR_TYPE_LONG);
    r->nullable = mr_fn_any_nullable(r);
    return MR_OK;
}

static int64_t local_at(const mr_fn_call *call, const mr_vec *v, int32_t row)
{
    int64_t us = MR_AT(v, i64, row);

    return v->type->id == MR_TYPE_TIMESTAMP ? mr_zone_to_local(call->bound->zone, us) : us;
}

/* Whole months from a to b in local time. */
static int64_t months_between(int64_t a, int64_t b)
{
    mr_civil x, y;
    int64_t months, day_a, day_b;

    mr_time_civil(a, &x);
    mr_time_civil(b, &y);
    months = ((int64_t)y.year - x.year) * 12 + y.month - x.month;
    day_a = a - (int64_t)mr_time_days(x.year, x.month, 1) * MR_US_PER_DAY;
    day_b = b - (int64_t)mr_time_days(y.year, y.month, 1) * MR_US_PER_DAY;
    if (months > 0 && day_b < day_a)
        return months - 1;
    return months < 0 && day_b > day_a ? months + 1 : months;
}

MR_FN_EVAL(eval_diff)
{
    const unit *u = call->bound->data;

    (void)err;
    MR_EACH(sel, row)
    {
        int64_t a = MR_AT(args[1], i64, row), b = MR_AT(args[2], i64, row);

        if (u->months > 0 || u->us >= MR_US_PER_DAY) {
            a = local_at(call, args[1], row);
            b = local_at(call, args[2], row);
        }
        out->i64[row] = u->months > 0 ? months_between(a, b) / u->months : (b - a) / u->us;
    }
    return MR_OK;
}

/* --- dates and their numbers
 * ------------------------------------------------------------------------ */

MR_FN_EVAL(eval_same_days)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->i32[row] = MR_AT(args[0], i32, row);
    return MR_OK;
}

MR_FN_EVAL(eval_dayname)
{
    static const char *const names[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };

    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->str[row] = mr_str_from(names[((MR_AT(args[0], i32, row) % 7) + 7) % 7]);
    return MR_OK;
}

MR_FN_EVAL(eval_monthname)
{
    static const char *const names[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

    (void)call;
    (void)err;
    MR_EACH(sel, row)
    {
        mr_civil c;

        mr_time_civil_from_days(MR_AT(args[0], i32, row), &c);
        out->str[row] = mr_str_from(names[c.month - 1]);
    }
    return MR_OK;
}

#define PARTS(row_name, most, left_out, res, ev)                                                   \
    {                                                                                              \
        .name = (row_name), .max_args = (most), .can_raise = true, .defaults = (left_out),         \
        .resolve = (res), .eval = (ev)                                                             \
    }
#define FN(row_name, n, sig, res, ev)                                                              \
    {                                                                                              \
        .name = (row_name), .min_args = (n), .max_args = (n), .can_raise = (n) > 1,                \
        .signature = (sig), .resolve = (res), .eval = (ev)                                         \
    }

static const mr_function rows[] = {
    FN("date_from_unix_date", 1, "i:D", mr_fn_resolve_signature, eval_same_days),
    FN("dayname", 1, "D:s", mr_fn_resolve_signature, eval_dayname),
    PARTS("make_dt_interval", 4, "0\n0\n0\n0.000000", resolve_day_time, eval_day_time),
    PARTS("make_interval", 7, "0\n0\n0\n0\n0\n0\n0.000000", resolve_calendar, eval_calendar),
    PARTS("make_ym_interval", 2, "0\n0", resolve_year_month, eval_year_month),
    FN("monthname", 1, "D:s", mr_fn_resolve_signature, eval_monthname),
    FN("timestampadd", 3, NULL, resolve_add, eval_add),
    FN("timestampdiff", 3, NULL, resolve_diff, eval_diff),
    PARTS("try_make_interval", 7, "0\n0\n0\n0\n0\n0\n0.000000", resolve_calendar, eval_calendar),
    FN("unix_date", 1, "D:i", mr_fn_resolve_signature, eval_same_days),
};

MR_FN_GROUP(mr_fn_interval_group, rows);
