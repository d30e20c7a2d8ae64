/* syntax_print.c - syntax plans as s-expressions, for tests and for looking at. */
#include "plan/syntax.h"

#include "value/number.h"

static void print_scalar(const mr_scalar *s, mr_buf *out)
{
    char digits[48];

    if (s->is_null || s->type->id == MR_TYPE_NULL) {
        mr_buf_puts(out, "null");
    } else if (s->type->id == MR_TYPE_STRING || s->type->id == MR_TYPE_BINARY) {
        mr_buf_put_json(out, s->str);
    } else if (s->type->id == MR_TYPE_FLOAT || s->type->id == MR_TYPE_DOUBLE) {
        mr_buf_append(out, digits, mr_number_print_double(s->f64, digits));
    } else if (s->type->id == MR_TYPE_DECIMAL) {
        mr_buf_append(out, digits, mr_number_print_decimal(s->i128, s->type->scale, digits));
    } else if (s->type->id <= MR_TYPE_INTERVAL_DT && s->type->id != MR_TYPE_INTERVAL_CALENDAR) {
        mr_buf_printf(out, "%lld", (long long)s->i64);
    } else {
        mr_buf_puts(out, "?");
    }
    if (s->type->id != MR_TYPE_INT && s->type->id != MR_TYPE_STRING &&
        s->type->id != MR_TYPE_NULL) {
        mr_buf_putc(out, ':');
        mr_type_print_simple(s->type, out);
    }
}

static const char *xexpr_word(mr_xexpr_kind kind)
{
    static const char *const words[] = {
        [MR_X_TEXT] = "text",
        [MR_X_STAR] = "star",
        [MR_X_ALIAS] = "as",
        [MR_X_CAST] = "cast",
        [MR_X_REGEX] = "regex",
        [MR_X_SORT_ORDER] = "order",
        [MR_X_LAMBDA] = "lambda",
        [MR_X_WINDOW] = "over",
        [MR_X_EXTRACT] = "get",
        [MR_X_UPDATE_FIELDS] = "update",
        [MR_X_LAMBDA_VARIABLE] = "var",
        [MR_X_UDF] = "udf",
        [MR_X_CALL_FUNCTION] = "call",
        [MR_X_NAMED_ARGUMENT] = "named",
        [MR_X_UNSUPPORTED] = "unsupported",
    };

    return words[kind] == NULL ? "" : words[kind];
}

static void print_list(const char *label, mr_xexpr *const *items, int n, mr_buf *out)
{
    if (n == 0)
        return;
    mr_buf_printf(out, " %s[", label);
    for (int i = 0; i < n; i++) {
        if (i > 0)
            mr_buf_putc(out, ' ');
        mr_xexpr_print(items[i], out);
    }
    mr_buf_putc(out, ']');
}

static void print_names(const mr_str *names, int n, mr_buf *out)
{
    for (int i = 0; i < n; i++) {
        mr_buf_putc(out, ' ');
        mr_buf_put_json(out, names[i]);
    }
}

/* What a node has besides its kind and children. */
static void print_extras(const mr_xexpr *e, mr_buf *out)
{
    static const char *const modes[] = { "", " legacy", " ansi", " try" };

    if (e->kind == MR_X_CAST) {
        mr_buf_printf(out, "%s ", modes[e->eval_mode]);
        if (e->type != NULL)
            mr_type_print_simple(e->type, out);
        else
            mr_buf_add(out, e->type_text);
    }
    if (e->kind == MR_X_SORT_ORDER)
        mr_buf_printf(out, " %s%s", e->is_descending ? "desc" : "asc",
                      e->nulls == MR_NULLS_FIRST  ? " nulls-first"
                      : e->nulls == MR_NULLS_LAST ? " nulls-last"
                                                  : "");
}

void mr_xexpr_print(const mr_xexpr *e, mr_buf *out)
{
    if (e->kind == MR_X_LITERAL) {
        print_scalar(&e->literal, out);
        return;
    }
    if (e->kind == MR_X_ATTRIBUTE) {
        mr_buf_add(out, e->name);
        return;
    }
    mr_buf_printf(out, "(%s", xexpr_word(e->kind));
    if (e->name.len > 0)
        mr_buf_printf(out, "%s%.*s", e->kind == MR_X_FUNCTION ? "" : " ", MR_STR_ARG(e->name));
    mr_buf_puts(out, e->is_distinct ? " distinct" : "");
    for (int i = 0; i < e->n_args; i++) {
        mr_buf_putc(out, ' ');
        mr_xexpr_print(e->args[i], out);
    }
    print_names(e->names, e->n_names, out);
    print_extras(e, out);
    if (e->filter != NULL)
        print_list("filter", &e->filter, 1, out);
    mr_buf_putc(out, ')');
}

static const char *xrel_word(mr_xrel_kind kind)
{
    static const char *const words[] = {
        [MR_R_READ_TABLE] = "table",
        [MR_R_READ_SOURCE] = "source",
        [MR_R_PROJECT] = "project",
        [MR_R_FILTER] = "filter",
        [MR_R_JOIN] = "join",
        [MR_R_SET_OP] = "set-op",
        [MR_R_SORT] = "sort",
        [MR_R_LIMIT] = "limit",
        [MR_R_OFFSET] = "offset",
        [MR_R_TAIL] = "tail",
        [MR_R_AGGREGATE] = "aggregate",
        [MR_R_SQL] = "sql",
        [MR_R_LOCAL] = "local",
        [MR_R_DEDUPLICATE] = "distinct",
        [MR_R_RANGE] = "range",
        [MR_R_SUBQUERY_ALIAS] = "alias",
        [MR_R_REPARTITION] = "repartition",
        [MR_R_REPARTITION_BY] = "repartition-by",
        [MR_R_TO_DF] = "to-df",
        [MR_R_WITH_COLUMNS] = "with-columns",
        [MR_R_WITH_WATERMARK] = "watermark",
        [MR_R_WITH_RELATIONS] = "with",
        [MR_R_VALUES] = "values",
        [MR_R_LATERAL_VIEW] = "lateral-view",
    };
    const char *word = (size_t)kind < sizeof(words) / sizeof(words[0]) ? words[kind] : NULL;

    return word == NULL ? "relation" : word;
}

static void print_members(const mr_xrel *r, mr_buf *out)
{
    mr_buf_puts(out, r->is_streaming ? " stream" : "");
    if (r->name.len > 0)
        mr_buf_printf(out, " %.*s", MR_STR_ARG(r->name));
    if (r->format.len > 0)
        mr_buf_printf(out, " %.*s", MR_STR_ARG(r->format));
    if (r->text.len > 0)
        mr_buf_printf(out, " '%.*s'", MR_STR_ARG(r->text));
    print_names(r->paths, r->n_paths, out);
    print_names(r->names, r->n_names, out);
    if (r->kind == MR_R_RANGE)
        mr_buf_printf(out, " %lld %lld %lld", (long long)r->start, (long long)r->end,
                      (long long)r->step);
    if (r->count != 0)
        mr_buf_printf(out, " %lld", (long long)r->count);
    if (r->set_op != 0)
        mr_buf_printf(out, " %d%s", r->set_op, r->is_all ? " all" : "");
    if (r->join_type != 0)
        mr_buf_printf(out, " type%d", r->join_type);
    if (r->group_type > 1)
        mr_buf_printf(out, " group%d", r->group_type);
    for (int i = 0; i < r->options.n; i++)
        mr_buf_printf(out, " %.*s='%.*s'", MR_STR_ARG(r->options.pairs[i].key),
                      MR_STR_ARG(r->options.pairs[i].value));
}

void mr_xrel_print(const mr_xrel *r, mr_buf *out)
{
    mr_buf_printf(out, "(%s", xrel_word(r->kind));
    print_members(r, out);
    print_list("", r->exprs, r->n_exprs, out);
    print_list("aggs", r->aggs, r->n_aggs, out);
    for (int i = 0; i < r->n_refs; i++) {
        mr_buf_putc(out, ' ');
        mr_xrel_print(r->refs[i], out);
    }
    if (r->input != NULL) {
        mr_buf_putc(out, ' ');
        mr_xrel_print(r->input, out);
    }
    if (r->right != NULL) {
        mr_buf_putc(out, ' ');
        mr_xrel_print(r->right, out);
    }
    mr_buf_putc(out, ')');
}
