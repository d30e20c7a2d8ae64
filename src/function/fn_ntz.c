/* fn_ntz.c - times without a zone: to_timestamp_ntz and convert_timezone. */
#include "function/fn_priv.h"

#include "value/pattern.h"
#include "value/time.h"

/* --- to_timestamp_ntz(text or time[, pattern]) ------------------------------------------------ */

static mr_status resolve_ntz(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *ntz = mr_type_of(MR_TYPE_TIMESTAMP_NTZ), *t = r->args[0].type;
    mr_pattern *p = NULL;

    r->result = ntz;
    if (t->id != MR_TYPE_DATE && t->id != MR_TYPE_TIMESTAMP && t->id != MR_TYPE_TIMESTAMP_NTZ &&
        !mr_type_is_string(t))
        t = r->args[0].want = mr_type_of(MR_TYPE_STRING);
    r->nullable = mr_fn_any_nullable(r) || !r->ansi || (t->id == MR_TYPE_DATE && r->n_args == 1);
    if (r->n_args == 1) {
        r->nullable = r->nullable || mr_cast_makes_null(t, ntz);
        return MR_OK;
    }
    if (!mr_type_is_string(r->args[1].type))
        r->args[1].want = mr_type_of(MR_TYPE_STRING);
    if (r->args[1].is_literal && !r->args[1].literal.is_null && mr_type_is_string(r->args[1].type))
        MR_TRY(mr_pattern_compile(r->arena, r->args[1].literal.str, r->legacy_time,
                                  MR_PATTERN_PARSE, &p, err));
    r->data = p;
    return MR_OK;
}

static mr_status parse_row(const mr_fn_call *call, const mr_vec *const *args, int32_t row,
                           mr_vec *out, mr_error *err)
{
    mr_pattern *p = call->bound->data;
    mr_str text = MR_AT(args[0], str, row);
    bool has_rest = false;
    size_t at;

    if (p == NULL)
        MR_TRY(mr_pattern_compile(call->arena, MR_AT(args[1], str, row), call->bound->legacy_time,
                                  MR_PATTERN_PARSE, &p, err));
    if (mr_pattern_parse_ntz(p, text, &out->i64[row]))
        return MR_OK;
    if (!call->bound->ansi) {
        mr_fn_null(call, out, row);
        return MR_OK;
    }
    at = mr_pattern_failed_at(p, text, &has_rest);
    return mr_raise(err, MR_EXC_DATETIME, "CANNOT_PARSE_TIMESTAMP", "message",
                    mr_arena_printf(call->arena, "Text '%.*s' could not be parsed%s at index %zu",
                                    MR_STR_ARG(text), has_rest ? ", unparsed text found" : "", at)
                        .ptr,
                    "func", "`try_to_timestamp`", NULL);
}

/* Without a pattern: as a cast. */
static mr_status cast_rows(const mr_fn_call *call, const mr_vec *in, mr_sel sel, mr_vec *out,
                           mr_error *err)
{
    mr_vec cast;

    MR_TRY(mr_cast_eval(in, sel, out->type, call->bound->ansi ? 2 : 1, call->bound->zone,
                        call->arena, &cast, err));
    MR_EACH(sel, row)
    {
        if (mr_vec_is_null(&cast, row))
            mr_fn_null(call, out, row);
        else
            out->i64[row] = MR_AT(&cast, i64, row);
    }
    return MR_OK;
}

MR_FN_EVAL(eval_ntz)
{
    if (call->bound->n_args == 1)
        return cast_rows(call, args[0], sel, out, err);
    MR_EACH(sel, row)
    {
        if (mr_type_is_string(args[0]->type))
            MR_TRY(parse_row(call, args, row, out, err));
        else if (args[0]->type->id == MR_TYPE_DATE)
            out->i64[row] = (int64_t)MR_AT(args[0], i32, row) * 86400 * MR_US_PER_SECOND;
        else /* as Spark: an instant keeps its number */
            out->i64[row] = MR_AT(args[0], i64, row);
    }
    return MR_OK;
}

/* --- convert_timezone([from, ]to, time) ------------------------------------------------------- */

static mr_status resolve_convert(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *ntz = mr_type_of(MR_TYPE_TIMESTAMP_NTZ);
    int last = r->n_args - 1;

    r->nullable = mr_fn_any_nullable(r);
    for (int i = 0; i < last; i++)
        if (!mr_type_is_string(r->args[i].type)) {
            if (!mr_coerce_implicit(r->args[i].type, mr_type_of(MR_TYPE_STRING), r->ansi))
                return mr_fn_mismatch_arg(r, i, "\"STRING\"", err);
            r->args[i].want = mr_type_of(MR_TYPE_STRING);
        }
    if (r->args[last].type->id != MR_TYPE_TIMESTAMP_NTZ) {
        if (!mr_coerce_implicit(r->args[last].type, ntz, r->ansi))
            return mr_fn_mismatch_arg(r, last, "\"TIMESTAMP_NTZ\"", err);
        r->nullable |= r->args[last].type->id == MR_TYPE_DATE; /* as Spark calls it */
        r->args[last].want = ntz;
    }
    r->result = ntz;
    return MR_OK;
}

MR_FN_EVAL(eval_convert)
{
    int last = call->bound->n_args - 1;

    MR_EACH(sel, row)
    {
        const mr_zone *from = call->bound->zone, *to = NULL;
        int64_t us = MR_AT(args[last], i64, row);

        if (last == 2)
            MR_TRY(mr_zone_find(MR_AT(args[0], str, row), &from, err));
        MR_TRY(mr_zone_find(MR_AT(args[last - 1], str, row), &to, err));
        out->i64[row] = mr_zone_to_local(to, mr_zone_to_utc(from, us));
    }
    return MR_OK;
}

static const mr_function rows[] = {
    { .name = "convert_timezone",
      .min_args = 2,
      .max_args = 3,
      .can_raise = true,
      .resolve = resolve_convert,
      .eval = eval_convert },
    { .name = "to_timestamp_ntz",
      .min_args = 1,
      .max_args = 2,
      .can_raise = true,
      .resolve = resolve_ntz,
      .eval = eval_ntz },
};

MR_FN_GROUP(mr_fn_ntz_group, rows);
