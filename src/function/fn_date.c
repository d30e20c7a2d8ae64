/* fn_date.c - parts of dates and times, truncation, arithmetic by days and months. */
#include "function/arith_priv.h"

#include <stdio.h>

#include "value/time.h"

/* Local time of a timestamp row; dates count as midnight. */
static int64_t local_at(const mr_fn_call *call, const mr_vec *vec, int32_t row)
{
    if (vec->type->id == MR_TYPE_DATE)
        return (int64_t)MR_AT(vec, i32, row) * MR_US_PER_DAY;
    if (vec->type->id == MR_TYPE_TIMESTAMP_NTZ)
        return MR_AT(vec, i64, row);
    return mr_zone_to_local(call->bound->zone, MR_AT(vec, i64, row));
}

static int weekday_monday0(int32_t days)
{
    return (int)((((int64_t)days + 3) % 7 + 7) % 7);
}

static int32_t iso_week(int32_t days)
{
    int32_t thursday = days - weekday_monday0(days) + 3;
    mr_civil c;

    mr_time_civil_from_days(thursday, &c);
    return (thursday - mr_time_days(c.year, 1, 1)) / 7 + 1;
}

static int32_t day_of(int64_t local)
{
    return (int32_t)(local / MR_US_PER_DAY - (local % MR_US_PER_DAY < 0));
}

#define PART(name, expression)                                                                     \
    static mr_status name(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,           \
                          mr_vec *out, mr_error *err)                                              \
    {                                                                                              \
        (void)err;                                                                                 \
        MR_EACH(sel, row)                                                                          \
        {                                                                                          \
            int64_t local = local_at(call, args[0], row);                                          \
            int32_t days = day_of(local);                                                          \
            mr_civil c;                                                                            \
            mr_time_civil(local, &c);                                                              \
            (void)days;                                                                            \
            out->i32[row] = (int32_t)(expression);                                                 \
        }                                                                                          \
        return MR_OK;                                                                              \
    }

PART(eval_year, c.year)
PART(eval_quarter, (c.month + 2) / 3)
PART(eval_month, c.month)
PART(eval_day, c.day)
PART(eval_dayofweek, (weekday_monday0(days) + 1) % 7 + 1)
PART(eval_weekday, weekday_monday0(days))
PART(eval_dayofyear, days - mr_time_days(c.year, 1, 1) + 1)
PART(eval_week, iso_week(days))
PART(eval_hour, c.hour)
PART(eval_minute, c.minute)
PART(eval_second, c.second)

static int32_t last_day(int32_t days)
{
    mr_civil c;

    mr_time_civil_from_days(days, &c);
    for (c.day = 31; !mr_time_valid_date(c.year, c.month, c.day);)
        c.day--;
    return mr_time_days(c.year, c.month, c.day);
}

static mr_status eval_last_day(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                               mr_vec *out, mr_error *err)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->i32[row] = last_day(MR_AT(args[0], i32, row));
    return MR_OK;
}

static mr_status move_days(const mr_vec *const *args, mr_sel sel, mr_vec *out, int64_t sign,
                           mr_error *err)
{
    MR_EACH(sel, row)
    {
        int64_t v = (int64_t)MR_AT(args[0], i32, row) + sign * MR_AT(args[1], i32, row);

        out->i32[row] = (int32_t)v;
        if (v != out->i32[row])
            return mr_fn_overflow(err, "integer overflow", NULL);
    }
    return MR_OK;
}

static mr_status eval_date_add(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                               mr_vec *out, mr_error *err)
{
    (void)call;
    return move_days(args, sel, out, 1, err);
}

static mr_status eval_date_sub(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                               mr_vec *out, mr_error *err)
{
    (void)call;
    return move_days(args, sel, out, -1, err);
}

static mr_status eval_datediff(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                               mr_vec *out, mr_error *err)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->i32[row] = (int32_t)((int64_t)MR_AT(args[0], i32, row) - MR_AT(args[1], i32, row));
    return MR_OK;
}

static mr_status eval_add_months(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                 mr_vec *out, mr_error *err)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->i32[row] = mr_arith_add_months(MR_AT(args[0], i32, row), MR_AT(args[1], i32, row));
    return MR_OK;
}

static mr_status eval_make_date(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                mr_vec *out, mr_error *err)
{
    MR_EACH(sel, row)
    {
        int32_t y = MR_AT(args[0], i32, row), m = MR_AT(args[1], i32, row);
        int32_t d = MR_AT(args[2], i32, row);
        char text[96];

        if (mr_time_valid_date(y, m, d)) {
            out->i32[row] = mr_time_days(y, m, d);
        } else if (!call->bound->ansi) {
            mr_fn_null(call, out, row);
        } else {
            if (m < 1 || m > 12)
                snprintf(text, sizeof(text),
                         "Invalid value for MonthOfYear (valid values 1 - 12): %d", (int)m);
            else if (d < 1 || d > 31)
                snprintf(text, sizeof(text),
                         "Invalid value for DayOfMonth (valid values 1 - 28/31): %d", (int)d);
            else
                snprintf(text, sizeof(text), "Invalid date '%d-%d-%d'", (int)y, (int)m, (int)d);
            return mr_raise(err, MR_EXC_DATETIME, "DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION",
                            "rangeMessage", text, "ansiConfig", "\"spark.sql.ansi.enabled\"", NULL);
        }
    }
    return MR_OK;
}

typedef enum unit {
    UNIT_NONE,
    UNIT_MICROSECOND,
    UNIT_MILLISECOND,
    UNIT_SECOND,
    UNIT_MINUTE,
    UNIT_HOUR,
    UNIT_DAY,
    UNIT_WEEK,
    UNIT_MONTH,
    UNIT_QUARTER,
    UNIT_YEAR
} unit;

static unit unit_of(mr_str name)
{
    static const struct {
        const char *name;
        unit unit;
    } names[] = {
        { "microsecond", UNIT_MICROSECOND },
        { "millisecond", UNIT_MILLISECOND },
        { "second", UNIT_SECOND },
        { "minute", UNIT_MINUTE },
        { "hour", UNIT_HOUR },
        { "day", UNIT_DAY },
        { "dd", UNIT_DAY },
        { "week", UNIT_WEEK },
        { "mon", UNIT_MONTH },
        { "month", UNIT_MONTH },
        { "mm", UNIT_MONTH },
        { "quarter", UNIT_QUARTER },
        { "year", UNIT_YEAR },
        { "yyyy", UNIT_YEAR },
        { "yy", UNIT_YEAR },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (mr_str_is_nocase(name, names[i].name))
            return names[i].unit;
    return UNIT_NONE;
}

static int64_t floor_to(int64_t v, int64_t step)
{
    int64_t rest = v % step;

    return v - (rest < 0 ? rest + step : rest);
}

static int32_t truncate_days(int32_t days, unit u)
{
    mr_civil c;

    if (u == UNIT_WEEK)
        return days - weekday_monday0(days);
    mr_time_civil_from_days(days, &c);
    if (u == UNIT_MONTH)
        return mr_time_days(c.year, c.month, 1);
    if (u == UNIT_QUARTER)
        return mr_time_days(c.year, (c.month - 1) / 3 * 3 + 1, 1);
    return u == UNIT_YEAR ? mr_time_days(c.year, 1, 1) : days;
}

static int64_t truncate_local(int64_t local, unit u)
{
    static const int64_t steps[] = { 1, 1, 1000, 1000000, 60000000, INT64_C(3600000000) };

    if (u <= UNIT_HOUR)
        return floor_to(local, steps[u]);
    return truncate_days(day_of(local), u) * MR_US_PER_DAY;
}

static mr_status eval_date_trunc(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                 mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    {
        unit u = unit_of(MR_AT(args[0], str, row));
        int64_t local = local_at(call, args[1], row);

        if (u == UNIT_NONE) {
            mr_fn_null(call, out, row);
            continue;
        }
        local = truncate_local(local, u);
        out->i64[row] =
            out->type->id == MR_TYPE_TIMESTAMP ? mr_zone_to_utc(call->bound->zone, local) : local;
    }
    return MR_OK;
}

static mr_status eval_trunc(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    {
        unit u = unit_of(MR_AT(args[1], str, row));

        if (u < UNIT_WEEK)
            mr_fn_null(call, out, row);
        else
            out->i32[row] = truncate_days(MR_AT(args[0], i32, row), u);
    }
    return MR_OK;
}

/* Null only for what is no date, which raises under ANSI. */
static mr_status resolve_made(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(mr_fn_resolve_signature(r, err));
    r->nullable = r->nullable || !r->ansi;
    return MR_OK;
}

static mr_status resolve_date_trunc(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(mr_fn_resolve_signature(r, err));
    if (r->args[1].type->id == MR_TYPE_TIMESTAMP_NTZ)
        r->args[1].want = r->result = mr_type_of(MR_TYPE_TIMESTAMP);
    r->nullable = true;
    return MR_OK;
}

static mr_status resolve_trunc(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(mr_fn_resolve_signature(r, err));
    r->nullable = true;
    return MR_OK;
}

/* --- extract(field FROM source), date_part('field', source)
 * ------------------------------------------------------------------------ */

static mr_status eval_yearofweek(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                 mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    {
        int32_t days = day_of(local_at(call, args[0], row));
        mr_civil thursday;

        mr_time_civil_from_days(days - weekday_monday0(days) + 3, &thursday);
        out->i32[row] = thursday.year;
    }
    return MR_OK;
}

static mr_status eval_seconds(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                              mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    {
        int64_t local = local_at(call, args[0], row);

        out->i128[row] = local - floor_to(local, 60 * MR_US_PER_SECOND);
    }
    return MR_OK;
}

PART(eval_weekday_iso, weekday_monday0(days) + 1)

typedef mr_status (*part_eval)(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                               mr_vec *out, mr_error *err);

typedef struct part {
    const char *names; /* each between blanks */
    part_eval eval;
} part;

static const part parts[] = {
    { " YEAR Y YEARS YR YRS ", eval_year },
    { " YEAROFWEEK ", eval_yearofweek },
    { " QUARTER QTR ", eval_quarter },
    { " MONTH MON MONS MONTHS ", eval_month },
    { " WEEK W WEEKS ", eval_week },
    { " DAY D DAYS ", eval_day },
    { " DAYOFWEEK DOW ", eval_dayofweek },
    { " DAYOFWEEK_ISO DOW_ISO ", eval_weekday_iso },
    { " DOY ", eval_dayofyear },
    { " HOUR H HOURS HR HRS ", eval_hour },
    { " MINUTE M MIN MINS MINUTES ", eval_minute },
    { " SECOND S SEC SECONDS SECS ", eval_seconds },
};

static const part *part_of(mr_str name)
{
    char padded[24];

    if (name.len == 0 || name.len + 3 > sizeof(padded) || memchr(name.ptr, ' ', name.len) != NULL)
        return NULL;
    snprintf(padded, sizeof(padded), " %.*s ", MR_STR_ARG(name));
    for (char *c = padded; *c != '\0'; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 32);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strstr(parts[i].names, padded) != NULL)
            return &parts[i];
    return NULL;
}

/* Fields of intervals: years and months, or days, hours, minutes and seconds. */
static mr_status eval_interval_part(const mr_vec *v, char field, mr_sel sel, mr_vec *out)
{
    MR_EACH(sel, row)
    {
        int64_t x = mr_fn_long_at(v, row);

        switch (field) {
        case 'Y':
            out->i32[row] = (int32_t)(x / 12);
            break;
        case 'M':
            out->i8[row] = (int8_t)(x % 12);
            break;
        case 'D':
            out->i32[row] = (int32_t)(x / MR_US_PER_DAY);
            break;
        case 'H':
            out->i8[row] = (int8_t)(x % MR_US_PER_DAY / INT64_C(3600000000));
            break;
        case 'm':
            out->i8[row] = (int8_t)(x % INT64_C(3600000000) / 60000000);
            break;
        default:
            out->i128[row] = x % 60000000;
            break;
        }
    }
    return MR_OK;
}

/* Which field of eval_interval_part() an extract takes of an interval; '\0' = none. */
static char interval_field(const part *p, bool months)
{
    if (months)
        return p->eval == eval_year ? 'Y' : p->eval == eval_month ? 'M' : '\0';
    return p->eval == eval_day       ? 'D'
           : p->eval == eval_hour    ? 'H'
           : p->eval == eval_minute  ? 'm'
           : p->eval == eval_seconds ? 'S'
                                     : '\0';
}

static mr_status resolve_interval_part(mr_fn_resolve *r, const part *p, mr_error *err)
{
    char field = interval_field(p, r->args[1].type->id == MR_TYPE_INTERVAL_YM);

    if (field == '\0')
        return mr_raise(
            err, MR_EXC_ANALYSIS, "INVALID_EXTRACT_FIELD", "field",
            mr_arena_printf(r->arena, "`%.*s`", MR_STR_ARG(r->args[0].literal.str)).ptr, "expr",
            mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->args[1].sql)).ptr, NULL);
    r->data = (void *)(uintptr_t)p;
    r->result = field == 'S'                   ? mr_type_decimal(r->arena, 8, 6)
                : field == 'Y' || field == 'D' ? mr_type_of(MR_TYPE_INT)
                                               : mr_type_of(MR_TYPE_BYTE);
    r->nullable = r->args[1].nullable;
    return MR_OK;
}

static mr_status resolve_extract(mr_fn_resolve *r, mr_error *err)
{
    const mr_fn_arg *field = &r->args[0];
    const mr_type *source = r->args[1].type;
    const part *p;

    if (!field->is_literal || field->literal.is_null || !mr_type_is_string(field->type))
        return mr_raise(err, MR_EXC_ANALYSIS, "NON_FOLDABLE_ARGUMENT", "funcName",
                        mr_arena_printf(r->arena, "`%s`", r->function->name).ptr, "paramName",
                        "`field`", "paramType", "\"STRING\"", NULL);
    p = part_of(field->literal.str);
    if (p == NULL)
        return mr_raise(
            err, MR_EXC_ANALYSIS, "INVALID_EXTRACT_FIELD", "field",
            mr_arena_printf(r->arena, "`%.*s`", MR_STR_ARG(field->literal.str)).ptr, "expr",
            mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->args[1].sql)).ptr, NULL);
    if (source->id == MR_TYPE_INTERVAL_DT || source->id == MR_TYPE_INTERVAL_YM)
        return resolve_interval_part(r, p, err);
    if (source->id != MR_TYPE_DATE && source->id != MR_TYPE_TIMESTAMP &&
        source->id != MR_TYPE_TIMESTAMP_NTZ) {
        if (!mr_coerce_implicit(source, mr_type_of(MR_TYPE_TIMESTAMP), r->ansi))
            return mr_fn_mismatch_arg(r, 1, "\"TIMESTAMP\"", err);
        r->args[1].want = mr_type_of(MR_TYPE_TIMESTAMP);
    }
    r->data = (void *)(uintptr_t)p;
    r->result = p->eval == eval_seconds ? mr_type_decimal(r->arena, 8, 6) : mr_type_of(MR_TYPE_INT);
    r->nullable = r->args[1].nullable;
    return MR_OK;
}

static mr_status eval_extract(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                              mr_vec *out, mr_error *err)
{
    const part *p = call->bound->data;

    if (args[1]->type->id == MR_TYPE_INTERVAL_DT || args[1]->type->id == MR_TYPE_INTERVAL_YM)
        return eval_interval_part(
            args[1], interval_field(p, args[1]->type->id == MR_TYPE_INTERVAL_YM), sel, out);
    return p->eval(call, args + 1, sel, out, err);
}

/* --- next_day, months_between
 * ------------------------------------------------------------------------- */

/* 0 = Monday; -1 = not a day. */
static int day_named(mr_str name)
{
    static const char *const names[] = { "MO MON MONDAY",   "TU TUE TUESDAY", "WE WED WEDNESDAY",
                                         "TH THU THURSDAY", "FR FRI FRIDAY",  "SA SAT SATURDAY",
                                         "SU SUN SUNDAY" };

    for (int i = 0; i < 7; i++) {
        if (mr_str_is_nocase(name, names[i] + 7) ||
            (name.len == 3 &&
             mr_str_is_nocase(name, (char[4]){ names[i][3], names[i][4], names[i][5], '\0' })) ||
            (name.len == 2 && mr_str_is_nocase(name, (char[3]){ names[i][0], names[i][1], '\0' })))
            return i;
    }
    return -1;
}

static mr_status eval_next_day(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                               mr_vec *out, mr_error *err)
{
    MR_EACH(sel, row)
    {
        int32_t days = MR_AT(args[0], i32, row);
        int day = day_named(MR_AT(args[1], str, row));

        if (day >= 0)
            out->i32[row] = days + 1 + (day - weekday_monday0(days) + 6) % 7;
        else if (!call->bound->ansi)
            mr_fn_null(call, out, row);
        else
            return mr_raise(err, MR_EXC_ILLEGAL_ARGUMENT, "ILLEGAL_DAY_OF_WEEK", "string",
                            mr_arena_cstr(call->arena, MR_AT(args[1], str, row)), NULL);
    }
    return MR_OK;
}

static double months_between(int64_t a, int64_t b, bool rounded)
{
    int32_t day_a = day_of(a), day_b = day_of(b);
    mr_civil x, y;
    double months, seconds;

    mr_time_civil_from_days(day_a, &x);
    mr_time_civil_from_days(day_b, &y);
    months = (double)((x.year - y.year) * 12 + x.month - y.month);
    if (x.day == y.day || (day_a == last_day(day_a) && day_b == last_day(day_b)))
        return months;
    seconds = (double)((x.day - y.day) * INT64_C(86400) +
                       floor_to(a - day_a * MR_US_PER_DAY, MR_US_PER_SECOND) / MR_US_PER_SECOND -
                       floor_to(b - day_b * MR_US_PER_DAY, MR_US_PER_SECOND) / MR_US_PER_SECOND);
    months += seconds / (31.0 * 86400.0);
    return rounded ? __builtin_round(months * 1e8) / 1e8 : months;
}

static mr_status eval_months_between(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                     mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    out->f64[row] = months_between(local_at(call, args[0], row), local_at(call, args[1], row),
                                   call->bound->n_args < 3 || MR_AT(args[2], u8, row));
    return MR_OK;
}

/* make_timestamp(year, month, day, hour, minute, second): second 60 without a fraction carries. */
static mr_status resolve_make_timestamp(mr_fn_resolve *r, mr_error *err)
{
    for (int i = 0; i < 6; i++) {
        const mr_type *want = i < 5 ? mr_type_of(MR_TYPE_INT) : mr_type_decimal(r->arena, 16, 6);

        if (!mr_type_is_numeric(r->args[i].type) &&
            !mr_coerce_implicit(r->args[i].type, want, r->ansi))
            return mr_fn_mismatch_arg(r, i, i < 5 ? "\"INT\"" : "\"DECIMAL(16,6)\"", err);
        r->args[i].want = want;
    }
    if (r->n_args == 7)
        r->args[6].want = mr_type_of(MR_TYPE_STRING);
    r->data = strncmp(r->function->name, "try", 3) == 0 ? (void *)(uintptr_t)r->function : NULL;
    r->result = mr_type_of(strstr(r->function->name, "_ntz") != NULL ? MR_TYPE_TIMESTAMP_NTZ
                                                                     : MR_TYPE_TIMESTAMP);
    r->nullable = mr_fn_any_nullable(r) || !r->ansi || r->data != NULL;
    return MR_OK;
}

static mr_status bad_field(mr_error *err, const char *field, const char *range, int64_t value)
{
    char text[96];

    snprintf(text, sizeof(text), "Invalid value for %s (valid values %s): %lld", field, range,
             (long long)value);
    return mr_raise(err, MR_EXC_DATETIME, "DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION",
                    "rangeMessage", text, "ansiConfig", "\"spark.sql.ansi.enabled\"", NULL);
}

static mr_status make_timestamp_check(const mr_civil *c, mr_error *err)
{
    char text[64];

    if (c->month < 1 || c->month > 12)
        return bad_field(err, "MonthOfYear", "1 - 12", c->month);
    if (c->day < 1 || c->day > 31)
        return bad_field(err, "DayOfMonth", "1 - 28/31", c->day);
    if (c->hour < 0 || c->hour > 23)
        return bad_field(err, "HourOfDay", "0 - 23", c->hour);
    if (c->minute < 0 || c->minute > 59)
        return bad_field(err, "MinuteOfHour", "0 - 59", c->minute);
    if (c->second < 0 || c->second > 59)
        return bad_field(err, "SecondOfMinute", "0 - 59", c->second);
    if (mr_time_valid_date(c->year, c->month, c->day))
        return MR_OK;
    snprintf(text, sizeof(text), "Invalid date '%d-%d-%d'", (int)c->year, (int)c->month,
             (int)c->day);
    return mr_raise(err, MR_EXC_DATETIME, "DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION",
                    "rangeMessage", text, "ansiConfig", "\"spark.sql.ansi.enabled\"", NULL);
}

static mr_status eval_make_timestamp(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                     mr_vec *out, mr_error *err)
{
    MR_EACH(sel, row)
    {
        int64_t us = (int64_t)MR_AT(args[5], i128, row), local, carry = 0;
        const mr_zone *zone = call->bound->zone;
        mr_civil c = { MR_AT(args[0], i32, row),
                       MR_AT(args[1], i32, row),
                       MR_AT(args[2], i32, row),
                       MR_AT(args[3], i32, row),
                       MR_AT(args[4], i32, row),
                       0,
                       0 };
        mr_status status;

        if (us == 60 * MR_US_PER_SECOND)
            carry = us, us = 0;
        c.second = us / MR_US_PER_SECOND > 60 || us < 0 ? 60 : (int32_t)(us / MR_US_PER_SECOND);
        c.micro = us < 0 ? 0 : (int32_t)(us % MR_US_PER_SECOND);
        if (call->bound->n_args == 7)
            MR_TRY(mr_zone_find(MR_AT(args[6], str, row), &zone, err));
        status = make_timestamp_check(&c, err);
        if (status != MR_OK && call->bound->ansi && call->bound->data == NULL)
            return status;
        if (status != MR_OK || !mr_time_micros(&c, &local)) {
            mr_error_clear(err);
            mr_fn_null(call, out, row);
            continue;
        }
        out->i64[row] = out->type->id == MR_TYPE_TIMESTAMP_NTZ
                            ? local + carry
                            : mr_zone_to_utc(zone, local + carry);
    }
    return MR_OK;
}

#define FN(row_name, n, sig, res, ev, raises)                                                      \
    {                                                                                              \
        .name = (row_name), .min_args = (n), .max_args = (n), .can_raise = (raises),               \
        .signature = (sig), .resolve = (res), .eval = (ev)                                         \
    }
#define MAKE_TIMESTAMP(row_name, most)                                                             \
    {                                                                                              \
        .name = (row_name), .min_args = 6, .max_args = (most), .can_raise = true,                  \
        .resolve = resolve_make_timestamp, .eval = eval_make_timestamp                             \
    }
#define PART_OF_DATE(row_name, ev) FN(row_name, 1, "D:i", mr_fn_resolve_signature, ev, false)
#define PART_OF_TIME(row_name, ev) FN(row_name, 1, "t:i", mr_fn_resolve_signature, ev, false)

/* A window's end, less the smallest step: the last moment that is in it. */
static mr_status resolve_window_time(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;

    if (t->id != MR_TYPE_STRUCT || t->n_fields != 2 || !mr_str_is(t->fields[1].name, "end") ||
        (t->fields[1].type->id != MR_TYPE_TIMESTAMP &&
         t->fields[1].type->id != MR_TYPE_TIMESTAMP_NTZ))
        return mr_fn_mismatch_arg(r, 0, "\"STRUCT<start: TIMESTAMP, end: TIMESTAMP>\"", err);
    r->result = t->fields[1].type;
    return MR_OK;
}

static mr_status eval_window_time(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                  mr_vec *out, mr_error *err)
{
    const mr_vec *end = &args[0]->children[1];

    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->i64[row] = end->i64[mr_vec_index(end, mr_vec_index(args[0], row))] - 1;
    return MR_OK;
}

static const mr_function rows[] = {
    FN("add_months", 2, "Di:D", mr_fn_resolve_signature, eval_add_months, true),
    FN("date_add", 2, "Dj:D", mr_fn_resolve_signature, eval_date_add, true),
    FN("date_diff", 2, "DD:i", mr_fn_resolve_signature, eval_datediff, false),
    FN("date_sub", 2, "Dj:D", mr_fn_resolve_signature, eval_date_sub, true),
    FN("date_trunc", 2, "st:2", resolve_date_trunc, eval_date_trunc, false),
    { .name = "dateadd",
      .min_args = 2,
      .max_args = 2,
      .can_raise = true,
      .signature = "Dj:D",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_date_add,
      .print = "date_add" },
    FN("datediff", 2, "DD:i", mr_fn_resolve_signature, eval_datediff, false),
    FN("date_part", 2, NULL, resolve_extract, eval_extract, false),
    FN("datepart", 2, NULL, resolve_extract, eval_extract, false),
    PART_OF_DATE("day", eval_day),
    PART_OF_DATE("dayofmonth", eval_day),
    PART_OF_DATE("dayofweek", eval_dayofweek),
    PART_OF_DATE("dayofyear", eval_dayofyear),
    FN("extract", 2, NULL, resolve_extract, eval_extract, false),
    PART_OF_TIME("hour", eval_hour),
    FN("last_day", 1, "D:D", mr_fn_resolve_signature, eval_last_day, false),
    FN("make_date", 3, "iii:D", resolve_made, eval_make_date, true),
    MAKE_TIMESTAMP("make_timestamp", 7),
    MAKE_TIMESTAMP("make_timestamp_ltz", 7),
    MAKE_TIMESTAMP("make_timestamp_ntz", 6),
    PART_OF_TIME("minute", eval_minute),
    PART_OF_DATE("month", eval_month),
    { .name = "months_between",
      .min_args = 2,
      .max_args = 3,
      .signature = "ttb:d",
      .defaults = "true",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_months_between },
    FN("next_day", 2, "Ds:D", resolve_trunc, eval_next_day, true),
    PART_OF_DATE("quarter", eval_quarter),
    PART_OF_TIME("second", eval_second),
    MAKE_TIMESTAMP("try_make_timestamp", 7),
    MAKE_TIMESTAMP("try_make_timestamp_ltz", 7),
    MAKE_TIMESTAMP("try_make_timestamp_ntz", 6),
    FN("trunc", 2, "Ds:D", resolve_trunc, eval_trunc, false),
    PART_OF_DATE("weekday", eval_weekday),
    PART_OF_DATE("weekofyear", eval_week),
    FN("window_time", 1, NULL, resolve_window_time, eval_window_time, false),
    PART_OF_DATE("year", eval_year),
};

MR_FN_GROUP(mr_fn_date_group, rows);
