/* fn_clock.c - the batch's clock, epoch conversions, parsing and printing of times. */
#include "function/fn_priv.h"

#include "value/pattern.h"
#include "value/time.h"

static mr_status resolve_plain(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(mr_fn_resolve_signature(r, err));
    r->nullable = r->n_args > 0 && r->nullable;
    return MR_OK;
}

/* --- now: one instant for the whole batch
 * ----------------------------------------------------------- */

static mr_status resolve_local(mr_fn_resolve *r, mr_error *err)
{
    (void)err;
    r->result = mr_type_of(MR_TYPE_TIMESTAMP_NTZ);
    r->nullable = false;
    return MR_OK;
}

static mr_status eval_now(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                          mr_vec *out, mr_error *err)
{
    int64_t us = call->batch_time_us;

    (void)args;
    (void)err;
    if (out->type->id == MR_TYPE_TIMESTAMP_NTZ)
        us = mr_zone_to_local(call->bound->zone, us);
    MR_EACH(sel, row)
    out->i64[row] = us;
    return MR_OK;
}

static mr_status eval_today(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    int32_t day = mr_time_to_date(call->batch_time_us, call->bound->zone);

    (void)args;
    (void)err;
    MR_EACH(sel, row)
    out->i32[row] = day;
    return MR_OK;
}

static mr_status eval_zone_name(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                mr_vec *out, mr_error *err)
{
    (void)args;
    (void)err;
    MR_EACH(sel, row)
    out->str[row] = mr_zone_name(call->bound->zone);
    return MR_OK;
}

/* --- epoch numbers
 * ------------------------------------------------------------------------------------ */

static mr_status scale_up(const mr_vec *in, mr_sel sel, int64_t by, mr_vec *out, mr_error *err)
{
    bool bad = false;
    int64_t v;

    MR_LOOP1(int64_t, int64_t, in, sel, out, (bad |= __builtin_mul_overflow(x, by, &v), v));
    return bad ? mr_fn_overflow(err, "long overflow", NULL) : MR_OK;
}

static mr_status eval_seconds(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                              mr_vec *out, mr_error *err)
{
    if (args[0]->type->id != MR_TYPE_DOUBLE)
        return scale_up(args[0], sel, 1000000, out, err);
    MR_EACH(sel, row)
    {
        double us = MR_AT(args[0], f64, row) * 1e6;

        if (us != us || us - us != 0)
            mr_fn_null(call, out, row);
        else if (!(us < 9223372036854775808.0 && us >= -9223372036854775808.0))
            return mr_fn_overflow(err, "Overflow", NULL);
        else
            out->i64[row] = (int64_t)us;
    }
    return MR_OK;
}

static mr_status eval_millis(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    (void)call;
    return scale_up(args[0], sel, 1000, out, err);
}

static mr_status eval_micros(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    (void)call;
    return scale_up(args[0], sel, 1, out, err);
}

static mr_status resolve_seconds(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;

    if (!mr_type_is_numeric(t) && t->id != MR_TYPE_NULL)
        return mr_fn_mismatch_arg(r, 0, "\"NUMERIC\"", err);
    r->args[0].want = mr_type_of(mr_type_is_integral(t) ? MR_TYPE_LONG : MR_TYPE_DOUBLE);
    r->result = mr_type_of(MR_TYPE_TIMESTAMP);
    r->nullable = r->args[0].nullable || t->id == MR_TYPE_FLOAT || t->id == MR_TYPE_DOUBLE;
    return MR_OK;
}

static inline int64_t floor_by(int64_t v, int64_t by)
{
    return v / by - (v % by < 0);
}

#define UNIX_EVAL(name, unit)                                                                      \
    static mr_status name(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,           \
                          mr_vec *out, mr_error *err)                                              \
    {                                                                                              \
        (void)call;                                                                                \
        (void)err;                                                                                 \
        MR_LOOP1(int64_t, int64_t, args[0], sel, out, floor_by(x, unit));                          \
        return MR_OK;                                                                              \
    }

UNIX_EVAL(eval_unix_seconds, 1000000)
UNIX_EVAL(eval_unix_millis, 1000)
UNIX_EVAL(eval_unix_micros, 1)

/* --- patterns
 * -------------------------------------------------------------------------------------------- */

/* The pattern is compiled once when it is a constant; then bound->data holds it. */
static mr_status constant_pattern(mr_fn_resolve *r, int arg, mr_pattern_use use, mr_error *err)
{
    mr_pattern *p = NULL;

    if (r->n_args <= arg || !r->args[arg].is_literal || r->args[arg].literal.is_null)
        return MR_OK;
    MR_TRY(mr_pattern_compile(r->arena, r->args[arg].literal.str, r->legacy_time, use, &p, err));
    r->data = p;
    return MR_OK;
}

static mr_status pattern_at(const mr_fn_call *call, const mr_vec *const *args, int32_t row,
                            mr_pattern_use use, mr_pattern **out, mr_error *err)
{
    *out = call->bound->data;
    if (*out != NULL)
        return MR_OK;
    return mr_pattern_compile(call->arena, MR_AT(args[1], str, row), call->bound->legacy_time, use,
                              out, err);
}

static mr_status resolve_parse(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;
    bool is_time =
        t->id == MR_TYPE_DATE || t->id == MR_TYPE_TIMESTAMP || t->id == MR_TYPE_TIMESTAMP_NTZ;

    MR_TRY(constant_pattern(r, 1, MR_PATTERN_PARSE, err));
    if (r->n_args == 1 && r->function->signature[0] == 'l' && !is_time) {
        mr_pattern *usual = NULL;

        MR_TRY(mr_pattern_compile(r->arena, MR_STR("yyyy-MM-dd HH:mm:ss"), r->legacy_time,
                                  MR_PATTERN_PARSE, &usual, err));
        r->data = usual;
    }
    if (t->id == MR_TYPE_DATE)
        r->args[0].want = mr_type_of(MR_TYPE_TIMESTAMP);
    else if (r->n_args == 1 && r->function->signature[0] == 't' && mr_type_is_numeric(t))
        r->args[0].want = mr_type_of(MR_TYPE_TIMESTAMP);
    else if (!is_time && !mr_type_is_string(t))
        r->args[0].want = mr_type_of(MR_TYPE_STRING);
    r->result = mr_type_of(r->function->signature[0] == 'D'   ? MR_TYPE_DATE
                           : r->function->signature[0] == 'l' ? MR_TYPE_LONG
                                                              : MR_TYPE_TIMESTAMP);
    r->nullable = mr_fn_any_nullable(r) || !r->ansi || strncmp(r->function->name, "try", 3) == 0 ||
                  (r->n_args == 1 && mr_type_is_string(t) && r->function->signature[0] != 'l');
    return MR_OK;
}

/* Without a pattern, a text is read as a cast would. */
static bool is_cast(const mr_fn_call *call)
{
    return call->bound->n_args == 1 && call->bound->data == NULL;
}

/* Text to microseconds: by the pattern, or as a cast would. */
static mr_status parse_row(const mr_fn_call *call, const mr_vec *const *args, int32_t row,
                           int64_t *us, bool *good, mr_error *err)
{
    mr_str text = MR_AT(args[0], str, row);
    mr_pattern *p;

    if (is_cast(call)) {
        *good = mr_time_parse_timestamp(mr_str_trim(text), call->bound->zone, us);
        return MR_OK;
    }
    MR_TRY(pattern_at(call, args, row, MR_PATTERN_PARSE, &p, err));
    *good = mr_pattern_parse(p, text, call->bound->zone, us);
    return MR_OK;
}

static mr_status unparsable(const mr_fn_call *call, const mr_vec *const *args, int32_t row,
                            mr_vec *out, mr_error *err)
{
    mr_str text = MR_AT(args[0], str, row);
    const char *type = out->type->id == MR_TYPE_DATE ? "\"DATE\"" : "\"TIMESTAMP\"";
    mr_pattern *p;
    bool has_rest = false;
    size_t at = 0;

    if (!call->bound->ansi) {
        mr_fn_null(call, out, row);
        return MR_OK;
    }
    if (is_cast(call))
        return mr_raise(err, MR_EXC_DATETIME, "CAST_INVALID_INPUT", "expression",
                        mr_arena_printf(call->arena, "'%.*s'", MR_STR_ARG(text)).ptr, "sourceType",
                        "\"STRING\"", "targetType", type, NULL);
    MR_TRY(pattern_at(call, args, row, MR_PATTERN_PARSE, &p, err));
    at = mr_pattern_failed_at(p, text, &has_rest);
    return mr_raise(err, MR_EXC_DATETIME, "CANNOT_PARSE_TIMESTAMP", "message",
                    mr_arena_printf(call->arena, "Text '%.*s' could not be parsed%s at index %zu",
                                    MR_STR_ARG(text), has_rest ? ", unparsed text found" : "", at)
                        .ptr,
                    "func", out->type->id == MR_TYPE_DATE ? "`try_to_date`" : "`try_to_timestamp`",
                    NULL);
}

static void put_time(const mr_fn_call *call, mr_vec *out, int32_t row, int64_t us)
{
    if (out->type->id == MR_TYPE_DATE)
        out->i32[row] = mr_time_to_date(us, call->bound->zone);
    else
        out->i64[row] = out->type->id == MR_TYPE_LONG ? us / 1000000 : us;
}

static mr_status eval_parse(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    bool is_text = mr_type_is_string(args[0]->type);

    MR_EACH(sel, row)
    {
        int64_t us = 0;
        bool good = true;

        if (is_text)
            MR_TRY(parse_row(call, args, row, &us, &good, err));
        else
            us = MR_AT(args[0], i64, row);
        if (args[0]->type->id == MR_TYPE_TIMESTAMP_NTZ)
            us = mr_zone_to_utc(call->bound->zone, us);
        if (good)
            put_time(call, out, row, us);
        else
            MR_TRY(unparsable(call, args, row, out, err));
    }
    return MR_OK;
}

static mr_status eval_try_parse(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                mr_vec *out, mr_error *err)
{
    mr_fn_bound bound = *call->bound;
    mr_fn_call lenient = *call;

    bound.ansi = false;
    lenient.bound = &bound;
    return eval_parse(&lenient, args, sel, out, err);
}

static mr_status eval_unix_timestamp(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                     mr_vec *out, mr_error *err)
{
    if (call->bound->n_args > 0)
        return eval_parse(call, args, sel, out, err);
    MR_EACH(sel, row)
    out->i64[row] = floor_by(call->batch_time_us, 1000000);
    return MR_OK;
}

static mr_status resolve_unix_timestamp(mr_fn_resolve *r, mr_error *err)
{
    if (r->n_args > 0)
        return resolve_parse(r, err);
    r->result = mr_type_of(MR_TYPE_LONG);
    r->nullable = false;
    return MR_OK;
}

static mr_status resolve_format(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(constant_pattern(r, 1, MR_PATTERN_FORMAT, err));
    return mr_fn_resolve_signature(r, err);
}

static mr_status format_row(const mr_fn_call *call, const mr_vec *const *args, int32_t row,
                            int64_t us, mr_vec *out, mr_error *err)
{
    mr_buf buf = { 0 };
    char text[48];
    mr_pattern *p;

    if (call->bound->n_args == 1) {
        size_t n = mr_time_print_timestamp(us, call->bound->zone, text);

        out->str[row] = mr_arena_str(call->arena, (mr_str){ text, n });
        return MR_OK;
    }
    MR_TRY(pattern_at(call, args, row, MR_PATTERN_FORMAT, &p, err));
    mr_pattern_format(p, us, call->bound->zone, &buf);
    out->str[row] = mr_arena_str(call->arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    return MR_OK;
}

static mr_status eval_date_format(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                  mr_vec *out, mr_error *err)
{
    MR_EACH(sel, row)
    {
        int64_t us = MR_AT(args[0], i64, row);

        if (args[0]->type->id == MR_TYPE_TIMESTAMP_NTZ)
            us = mr_zone_to_utc(call->bound->zone, us);
        MR_TRY(format_row(call, args, row, us, out, err));
    }
    return MR_OK;
}

static mr_status eval_from_unixtime(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                    mr_vec *out, mr_error *err)
{
    MR_EACH(sel, row)
    {
        int64_t us;

        if (__builtin_mul_overflow(MR_AT(args[0], i64, row), MR_US_PER_SECOND, &us))
            return mr_fn_overflow(err, "long overflow", NULL);
        MR_TRY(format_row(call, args, row, us, out, err));
    }
    return MR_OK;
}

static mr_status shift_zone(const mr_vec *const *args, mr_sel sel, mr_vec *out, bool from_utc,
                            mr_error *err)
{
    MR_EACH(sel, row)
    {
        const mr_zone *zone = NULL;
        int64_t us = MR_AT(args[0], i64, row);

        MR_TRY(mr_zone_find(MR_AT(args[1], str, row), &zone, err));
        out->i64[row] = from_utc ? mr_zone_to_local(zone, us) : mr_zone_to_utc(zone, us);
    }
    return MR_OK;
}

static mr_status eval_from_utc(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                               mr_vec *out, mr_error *err)
{
    (void)call;
    return shift_zone(args, sel, out, true, err);
}

static mr_status eval_to_utc(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    (void)call;
    return shift_zone(args, sel, out, false, err);
}

#define NOW(row_name, sig, res, ev)                                                                \
    {                                                                                              \
        .name = (row_name), .max_args = 0, .special = MR_SPECIAL_NOW, .signature = (sig),          \
        .resolve = (res), .eval = (ev)                                                             \
    }
#define FN(row_name, least, most, sig, res, ev)                                                    \
    {                                                                                              \
        .name = (row_name), .min_args = (least), .max_args = (most), .can_raise = true,            \
        .signature = (sig), .resolve = (res), .eval = (ev)                                         \
    }

static const mr_function rows[] = {
    NOW("curdate", ":D", resolve_plain, eval_today),
    NOW("current_date", ":D", resolve_plain, eval_today),
    NOW("current_timestamp", ":t", resolve_plain, eval_now),
    { .name = "current_timezone",
      .signature = ":s",
      .resolve = resolve_plain,
      .eval = eval_zone_name },
    FN("date_format", 2, 2, "ts:s", resolve_format, eval_date_format),
    { .name = "from_unixtime",
      .min_args = 1,
      .max_args = 2,
      .can_raise = true,
      .always_nullable = true,
      .signature = "ls:s",
      .defaults = "yyyy-MM-dd HH:mm:ss",
      .resolve = resolve_format,
      .eval = eval_from_unixtime },
    FN("from_utc_timestamp", 2, 2, "ts:t", resolve_plain, eval_from_utc),
    NOW("localtimestamp", ":t", resolve_local, eval_now),
    NOW("now", ":t", resolve_plain, eval_now),
    FN("timestamp_micros", 1, 1, "l:t", resolve_plain, eval_micros),
    FN("timestamp_millis", 1, 1, "l:t", resolve_plain, eval_millis),
    FN("timestamp_seconds", 1, 1, "n:t", resolve_seconds, eval_seconds),
    FN("to_date", 1, 2, "D", resolve_parse, eval_parse),
    FN("to_timestamp", 1, 2, "t", resolve_parse, eval_parse),
    { .name = "to_unix_timestamp",
      .min_args = 1,
      .max_args = 2,
      .can_raise = true,
      .signature = "l",
      .defaults = "yyyy-MM-dd HH:mm:ss",
      .resolve = resolve_parse,
      .eval = eval_parse },
    FN("to_utc_timestamp", 2, 2, "ts:t", resolve_plain, eval_to_utc),
    FN("to_timestamp_ltz", 1, 2, "t", resolve_parse, eval_parse),
    FN("try_to_date", 1, 2, "D", resolve_parse, eval_try_parse),
    FN("try_to_timestamp", 1, 2, "t", resolve_parse, eval_try_parse),
    FN("unix_micros", 1, 1, "t:l", resolve_plain, eval_unix_micros),
    FN("unix_millis", 1, 1, "t:l", resolve_plain, eval_unix_millis),
    FN("unix_seconds", 1, 1, "t:l", resolve_plain, eval_unix_seconds),
    { .name = "unix_timestamp",
      .min_args = 0,
      .max_args = 2,
      .can_raise = true,
      .special = MR_SPECIAL_NOW,
      .signature = "l",
      .defaults = "current_timestamp()\nyyyy-MM-dd HH:mm:ss",
      .resolve = resolve_unix_timestamp,
      .eval = eval_unix_timestamp },
};

MR_FN_GROUP(mr_fn_clock_group, rows);
