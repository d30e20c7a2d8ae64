/* arith_time.c - operators over dates, timestamps and intervals. */
#include "function/arith_priv.h"

#include <math.h>

#include "value/time.h"

static bool is_stamp(const mr_type *t)
{
    return t->id == MR_TYPE_TIMESTAMP || t->id == MR_TYPE_TIMESTAMP_NTZ;
}

static bool is_interval(const mr_type *t)
{
    return t->id == MR_TYPE_INTERVAL_DT || t->id == MR_TYPE_INTERVAL_YM ||
           t->id == MR_TYPE_INTERVAL_CALENDAR;
}

static const mr_type *plus_interval(mr_fn_resolve *r, int moment)
{
    const mr_type *t = r->args[moment].type, *by = r->args[1 - moment].type;

    if (mr_type_is_string(t))
        return r->args[moment].want = mr_type_of(MR_TYPE_TIMESTAMP);
    if (t->id == MR_TYPE_DATE && by->id == MR_TYPE_INTERVAL_YM)
        return t;
    if (t->id == MR_TYPE_DATE && by->id == MR_TYPE_INTERVAL_CALENDAR)
        return t;
    if (t->id == MR_TYPE_DATE && by->id == MR_TYPE_INTERVAL_DT)
        return by->end_field == 0 ? t : (r->args[moment].want = mr_type_of(MR_TYPE_TIMESTAMP));
    return is_stamp(t) ? t : NULL;
}

static const mr_type *difference(mr_fn_resolve *r)
{
    const mr_type *a = r->args[0].type, *b = r->args[1].type;
    mr_type *days;

    if (a->id == MR_TYPE_DATE && b->id == MR_TYPE_DATE) {
        days = MR_NEW(r->arena, mr_type);
        days->id = MR_TYPE_INTERVAL_DT;
        return days;
    }
    if ((is_stamp(a) || a->id == MR_TYPE_DATE) && (is_stamp(b) || b->id == MR_TYPE_DATE)) {
        r->args[0].want = r->args[1].want = mr_type_of(is_stamp(a) ? a->id : b->id);
        return mr_type_of(MR_TYPE_INTERVAL_DT);
    }
    return NULL;
}

static const mr_type *scaled_interval(mr_fn_resolve *r, mr_arith_op op)
{
    int interval = is_interval(r->args[0].type) ? 0 : 1;
    const mr_type *t = r->args[interval].type;
    mr_fn_arg *by = &r->args[1 - interval];

    if (!is_interval(t) || t->id == MR_TYPE_INTERVAL_CALENDAR ||
        (op == MR_ARITH_DIVIDE && interval))
        return NULL;
    if (!mr_type_is_numeric(by->type) && !mr_type_is_string(by->type))
        return NULL;
    by->want = mr_type_of(MR_TYPE_DOUBLE);
    return mr_type_of(t->id);
}

static const mr_type *sum_type(mr_fn_resolve *r, mr_arith_op op)
{
    const mr_type *a = r->args[0].type, *b = r->args[1].type;

    if (a->id == MR_TYPE_DATE && mr_type_is_integral(b)) {
        r->args[1].want = mr_type_of(MR_TYPE_INT);
        return a;
    }
    if (op == MR_ARITH_ADD && b->id == MR_TYPE_DATE && mr_type_is_integral(a)) {
        r->args[0].want = mr_type_of(MR_TYPE_INT);
        return b;
    }
    if (is_interval(a) && is_interval(b)) {
        const mr_type *common = mr_coerce_common(r->arena, a, b, r->ansi);

        if (common != NULL)
            r->args[0].want = r->args[1].want = common;
        return common;
    }
    if (is_interval(b))
        return plus_interval(r, 0);
    if (is_interval(a) && op == MR_ARITH_ADD)
        return plus_interval(r, 1);
    return op == MR_ARITH_SUBTRACT ? difference(r) : NULL;
}

bool mr_arith_resolve_time(mr_fn_resolve *r, mr_arith_op op)
{
    const mr_type *result =
        op == MR_ARITH_ADD || op == MR_ARITH_SUBTRACT ? sum_type(r, op) : scaled_interval(r, op);

    if (result == NULL)
        return false;
    r->result = result;
    r->nullable = mr_fn_any_nullable(r);
    return true;
}

int32_t mr_arith_add_months(int32_t days, int64_t months)
{
    mr_civil c;
    int64_t total;
    int32_t year, month, day;

    mr_time_civil_from_days(days, &c);
    total = (int64_t)c.year * 12 + c.month - 1 + months;
    year = (int32_t)(total >= 0 ? total / 12 : -((11 - total) / 12));
    month = (int32_t)(total - (int64_t)year * 12) + 1;
    for (day = c.day; day > 28 && !mr_time_valid_date(year, month, day);)
        day--;
    return mr_time_days(year, month, day);
}

bool mr_arith_add_interval(int64_t us, mr_interval by, const mr_zone *zone, int64_t *out)
{
    if (by.months != 0 || by.days != 0) {
        int64_t local = zone == NULL ? us : mr_zone_to_local(zone, us);
        int64_t in_day = ((local % MR_US_PER_DAY) + MR_US_PER_DAY) % MR_US_PER_DAY;
        int64_t days = mr_arith_add_months((int32_t)((local - in_day) / MR_US_PER_DAY), by.months);

        if (__builtin_mul_overflow(days + by.days, MR_US_PER_DAY, &local) ||
            __builtin_add_overflow(local, in_day, &local))
            return false;
        us = zone == NULL ? local : mr_zone_to_utc(zone, local);
    }
    return !__builtin_add_overflow(us, by.us, out);
}

/* The interval at a row as months, days and microseconds; negated for subtraction. */
static mr_interval interval_at(const mr_vec *vec, int32_t row, bool negate)
{
    int32_t at = mr_vec_index(vec, row);
    mr_interval v = { 0, 0, 0 };

    if (vec->type->id == MR_TYPE_INTERVAL_YM)
        v.months = vec->i32[at];
    else if (vec->type->id == MR_TYPE_INTERVAL_DT)
        v.us = vec->i64[at];
    else
        v = vec->interval[at];
    if (negate)
        v = (mr_interval){ (int32_t)(0 - (uint32_t)v.months), (int32_t)(0 - (uint32_t)v.days),
                           (int64_t)(0 - (uint64_t)v.us) };
    return v;
}

static mr_status interval_overflow(mr_error *err, const char *hint)
{
    if (hint == NULL)
        return mr_raise(err, MR_EXC_ARITHMETIC, "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION",
                        NULL);
    return mr_raise(err, MR_EXC_ARITHMETIC, "INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION",
                    "functionName", hint, NULL);
}

static mr_status move_date(const mr_vec *by, int32_t row, int32_t days, bool negate, int32_t *out,
                           mr_error *err)
{
    int64_t moved = days;

    if (is_interval(by->type)) {
        mr_interval v = interval_at(by, row, negate);

        moved = (int64_t)mr_arith_add_months(days, v.months) + v.days + v.us / MR_US_PER_DAY;
    } else {
        moved += negate ? -(int64_t)MR_AT(by, i32, row) : MR_AT(by, i32, row);
    }
    *out = (int32_t)moved;
    if (moved != *out)
        return mr_fn_overflow(err, "integer overflow", NULL);
    return MR_OK;
}

static mr_status sum_intervals(const mr_vec *const *args, int32_t row, bool negate, mr_vec *out,
                               mr_error *err)
{
    mr_interval a = interval_at(args[0], row, false), b = interval_at(args[1], row, false), v;
    bool bad;

    if (negate) {
        bad = __builtin_sub_overflow(a.months, b.months, &v.months);
        bad |= __builtin_sub_overflow(a.days, b.days, &v.days);
        bad |= __builtin_sub_overflow(a.us, b.us, &v.us);
    } else {
        bad = __builtin_add_overflow(a.months, b.months, &v.months);
        bad |= __builtin_add_overflow(a.days, b.days, &v.days);
        bad |= __builtin_add_overflow(a.us, b.us, &v.us);
    }
    if (bad)
        return interval_overflow(err, negate ? "`try_subtract`" : "`try_add`");
    if (out->type->id == MR_TYPE_INTERVAL_YM)
        out->i32[row] = v.months;
    else if (out->type->id == MR_TYPE_INTERVAL_DT)
        out->i64[row] = v.us;
    else
        out->interval[row] = v;
    return MR_OK;
}

/* Spark moves a moment by the whole days of an interval in local time, then by the rest. */
static mr_interval whole_days(mr_interval v)
{
    v.days += (int32_t)(v.us / MR_US_PER_DAY);
    v.us %= MR_US_PER_DAY;
    return v;
}

static mr_status add_row(const mr_fn_call *call, const mr_vec *const *args, int32_t row,
                         bool negate, mr_vec *out, mr_error *err)
{
    int moment = is_interval(args[0]->type) || mr_type_is_integral(args[0]->type) ? 1 : 0;
    const mr_vec *m = args[moment], *by = args[1 - moment];

    if (is_interval(args[0]->type) && is_interval(args[1]->type))
        return sum_intervals(args, row, negate, out, err);
    if (out->type->id == MR_TYPE_INTERVAL_DT) {
        bool is_date = args[0]->type->id == MR_TYPE_DATE;
        int64_t a = mr_fn_long_at(args[0], row), b = mr_fn_long_at(args[1], row);

        if (__builtin_sub_overflow(a, b, &out->i64[row]) ||
            __builtin_mul_overflow(out->i64[row], is_date ? MR_US_PER_DAY : 1, &out->i64[row]))
            return mr_fn_overflow(err, "long overflow", NULL);
        return MR_OK;
    }
    if (out->type->id == MR_TYPE_DATE)
        return move_date(by, row, MR_AT(m, i32, row), negate, &out->i32[row], err);
    if (!mr_arith_add_interval(MR_AT(m, i64, row), whole_days(interval_at(by, row, negate)),
                               out->type->id == MR_TYPE_TIMESTAMP ? call->bound->zone : NULL,
                               &out->i64[row]))
        return mr_fn_overflow(err, "long overflow", NULL);
    return MR_OK;
}

static mr_status scale_row(const mr_vec *const *args, int32_t row, bool divide, mr_vec *out,
                           mr_error *err)
{
    int interval = is_interval(args[0]->type) ? 0 : 1;
    double v = (double)mr_fn_long_at(args[interval], row), by = MR_AT(args[1 - interval], f64, row);
    double result = divide ? v / by : v * by;
    double limit = out->type->id == MR_TYPE_INTERVAL_YM ? 2147483647.0 : 9223372036854774784.0;

    if (divide && by == 0)
        return mr_raise(err, MR_EXC_ARITHMETIC, "INTERVAL_DIVIDED_BY_ZERO", NULL);
    result = round(result);
    if (!(fabs(result) <= limit))
        return interval_overflow(err, divide ? "`try_divide`" : "`try_multiply`");
    if (out->type->id == MR_TYPE_INTERVAL_YM)
        out->i32[row] = (int32_t)result;
    else
        out->i64[row] = (int64_t)result;
    return MR_OK;
}

mr_status mr_arith_time(const mr_fn_call *call, mr_arith_op op, const mr_vec *const *args,
                        mr_sel sel, mr_vec *out, mr_error *err)
{
    MR_EACH(sel, row)
    {
        if (op == MR_ARITH_ADD || op == MR_ARITH_SUBTRACT)
            MR_TRY(add_row(call, args, row, op == MR_ARITH_SUBTRACT, out, err));
        else
            MR_TRY(scale_row(args, row, op == MR_ARITH_DIVIDE, out, err));
    }
    return MR_OK;
}
